"""The connector of disengage for AuditCase."""
