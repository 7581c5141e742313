"""The triggers that keep the event log append-only, and the check that they are still there."""

from __future__ import annotations

from sqlalchemy import Connection, text

#: SQLite: ``INSERT OR REPLACE`` deletes without asking the delete trigger, hence the third.
SQLITE: dict[str, str] = {
    "events_no_update": "CREATE TRIGGER events_no_update BEFORE UPDATE ON events "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "events_no_delete": "CREATE TRIGGER events_no_delete BEFORE DELETE ON events "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "events_no_replace": "CREATE TRIGGER events_no_replace BEFORE INSERT ON events "
    "WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq) "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
}

_BODY = "BEGIN RAISE EXCEPTION 'events are append-only'; END"

POSTGRESQL: dict[str, str] = {
    "events_no_change": "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events "
    "FOR EACH ROW EXECUTE FUNCTION refuse_event_change()",
    "events_no_truncate": "CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()",
}
POSTGRESQL_FUNCTION = f"CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$"

_POSTGRESQL_THERE = text(
    "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE t.tgrelid = to_regclass('events') AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
)
_SQLITE_THERE = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'")


def missing(connection: Connection) -> list[str]:
    """Return the names of the triggers that are missing, switched off, or not what they were."""
    if connection.dialect.name == "sqlite":
        there = {row.name: row.sql for row in connection.execute(_SQLITE_THERE)}
        return [name for name, sql in SQLITE.items() if there.get(name) != sql]
    there = {row.tgname: row.prosrc for row in connection.execute(_POSTGRESQL_THERE)}
    return [name for name in POSTGRESQL if there.get(name) != _BODY]
