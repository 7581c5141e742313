"""Connector of disengage for AuditCase."""
