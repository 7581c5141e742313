"""What Alembic runs: the scripts, on the connection and in the transaction of ``disengage.store.migrating``."""

from alembic import context

from disengage.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
