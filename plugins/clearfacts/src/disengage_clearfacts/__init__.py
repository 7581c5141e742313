"""The connector of disengage for ClearFacts."""
