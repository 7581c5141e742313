"""Connector of disengage for PowerOffice Go."""
