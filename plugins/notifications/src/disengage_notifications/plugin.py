"""What the entry point names: nothing yet that listens."""
