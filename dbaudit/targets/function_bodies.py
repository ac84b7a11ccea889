"""The text of the user's functions, read and not kept: it may hold values, even a password."""

from __future__ import annotations

from dataclasses import dataclass

from dbaudit.targets.session import Session

#: Longer ones are generated; nobody would look for a statement in them.
_MAX_CHARACTERS = 100_000

_STATEMENT = """
    select n.nspname::text, p.proname::text, l.lanname::text, p.prosrc,
        coalesce(p.proargnames, '{}')
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    join pg_catalog.pg_language as l on l.oid = p.prolang
    where l.lanname in ('sql', 'plpgsql') and length(p.prosrc) <= %s
        and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'dbaudit')
        and n.nspname !~ '^pg_(toast_)?temp_'
        and not exists (
            select from pg_catalog.pg_depend as d
            where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
        )
    order by n.nspname, p.proname, p.oid
"""


@dataclass(frozen=True, slots=True)
class FunctionBody:
    """A function or procedure in `language` sql or plpgsql; `arguments` are their names."""

    schema: str
    name: str
    language: str
    text: str
    arguments: tuple[str, ...]


def function_bodies(session: Session) -> list[FunctionBody]:
    """Those of the user's, not an extension's; a body in SQL-standard form has no text."""
    return [
        FunctionBody(row[0], row[1], row[2], row[3], tuple(row[4]))
        for row in session.rows(_STATEMENT, (_MAX_CHARACTERS,))
    ]
