"""What Alembic runs: the changes that are missing, on the connection that ``database`` holds."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
