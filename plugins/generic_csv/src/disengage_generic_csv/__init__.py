"""Connector of disengage for any system that exports and imports a table."""
