"""Runs the migrations on the connection that ``Database.open`` hands over. Offline mode is not used."""

from alembic import context

from hearing_server.storage.keeping_schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
