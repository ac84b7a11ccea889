"""An advice written down as migrations: plain SQL, Alembic revisions, Django migrations."""
