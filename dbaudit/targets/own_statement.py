"""What tells our own statements from an application's."""

from __future__ import annotations

#: Marks a statement of ours on the user's tables, so that pg_stat_statements does not make it work.
OWN_STATEMENT = "/* dbaudit */"

#: The application_name of our sessions.
APPLICATION_NAME = "dbaudit"
