"""Alembic's entry: runs one history on the connection that `budkavle.storage.database.migrate` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    on_version_apply=context.config.attributes.get("after_each"),
)
with context.begin_transaction():
    context.run_migrations()
