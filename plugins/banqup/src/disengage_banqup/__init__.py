"""Connector of disengage for Banqup."""
