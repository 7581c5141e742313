"""The changes of the tables over time, applied by Alembic when a store is opened."""
