"""The collectors: one SQL file a table of the snapshot, its stem the table's name.

What differs between server versions is written in place: `{160000? new | old}` stands for `new` on
servers from that version number on, else for `old`. `{user_schema}` is the one definition of what
belongs to the user (on `n.nspname`); `{locked_tables}` a subquery of relations that would make a
collector wait; `{pg_stat_statements}` the view where the extension put it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_SINCE = re.compile(r"\{(\d{6})\?(.*?)\s\|\s(.*?)\}", re.DOTALL)

#: Everything but the system's schemas, temporary ones and dbaudit's own ledger.
USER_SCHEMA = (
    "n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'dbaudit') "
    "and n.nspname !~ '^pg_(toast_)?temp_'"
)

#: Relations under ACCESS EXCLUSIVE in this database, held or waited for. What deparses an
#: expression (pg_get_expr, pg_get_indexdef, pg_get_constraintdef …) or measures a file opens the
#: relation and would wait, so these are left out or given without.
LOCKED_TABLES = (
    "(select l.relation from pg_catalog.pg_locks as l "
    "join pg_catalog.pg_database as ld on ld.oid = l.database and ld.datname = current_database() "
    "where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock')"
)


@cache
def collector_names() -> tuple[str, ...]:
    """The tables that are collected, in alphabetical order."""
    folder = files(__name__)
    return tuple(sorted(f.name.removesuffix(".sql") for f in folder.iterdir() if _is_sql(f.name)))


def collector_sql(name: str, version_num: int, words: Mapping[str, str]) -> str:
    """The collector's statement for a server of this version; `words` fill its other braces."""
    text = files(__name__).joinpath(f"{name}.sql").read_text("utf-8")
    text = _SINCE.sub(lambda m: m[2] if version_num >= int(m[1]) else m[3], text)
    own = {"user_schema": USER_SCHEMA, "locked_tables": LOCKED_TABLES}
    for word, replacement in {**own, **words}.items():
        text = text.replace("{" + word + "}", replacement)
    return text


def _is_sql(name: str) -> bool:
    return name.endswith(".sql")
