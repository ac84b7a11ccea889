"""Migrations that people wrote: SQL, Alembic and Django files as values. Nothing is executed."""
