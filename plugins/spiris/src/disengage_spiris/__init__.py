"""The connector of disengage for Spiris."""
