"""What the shadow must know of its target besides the dump: sizes, settings, roles, locale."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dbaudit.errors import QueryError, ShadowError
from dbaudit.shadow.sql import statement
from dbaudit.targets.session import Session

#: (schema, name) of a relation.
RelationName = tuple[str, str]

#: BLCKSZ of the shadow's server.
PAGE_BYTES = 8192

_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class Role:
    """A role by name; it never gets a login or a password in the shadow."""

    name: str
    is_superuser: bool
    bypasses_rls: bool
    inherits: bool


@dataclass(frozen=True, slots=True)
class Locale:
    """The database's locale; `provider` is pg_database.datlocprovider: c(libc), i(cu), b(uiltin).

    `locale` is the name for ICU and the builtin provider.
    """

    provider: str
    collate: str
    ctype: str
    locale: str


@dataclass(frozen=True, slots=True)
class ExtensionFunction:
    """A function that an extension brought. `volatility` is pg_proc.provolatile."""

    schema: str
    name: str
    arguments: str
    result: str
    volatility: str
    is_strict: bool
    extension: str


@dataclass(frozen=True, slots=True)
class Source:
    """The target as the shadow needs it; `excluded` is what the dump must leave out.

    `pages` holds the size of tables and indexes in pages of 8 kB, `metapages` what the role may
    read of B-tree and GIN metapages, `not_covered` the reason for each relation that was asked for
    and cannot be shadowed, `memberships` pairs (group, member).
    """

    relations: tuple[RelationName, ...]
    excluded: tuple[RelationName, ...]
    not_covered: Mapping[RelationName, str]
    pages: Mapping[RelationName, int]
    metapages: Mapping[RelationName, bytes]
    settings: Mapping[str, str]
    roles: tuple[Role, ...]
    memberships: tuple[tuple[str, str], ...]
    user: str
    locale: Locale
    collations: tuple[RelationName, ...]
    stand_ins: tuple[ExtensionFunction, ...]
    version_num: int


def read_source(
    session: Session, tables: Collection[RelationName], extensions: Collection[str]
) -> Source:
    """Read the target; `extensions` are those that the shadow's server has.

    Raises ShadowError when the target's page size is not the shadow's.
    """
    _check_page_size(session)
    rows = _relations(session, tables)
    needed = [row for row in rows if row[3]]
    not_covered = {(r[0], r[1]): reason for r in needed if (reason := _why_not(r))}
    found = {(row[0], row[1]) for row in needed}
    not_covered |= {name: "it does not exist" for name in tables if name not in found}
    covered = tuple(sorted(name for name in found if name not in not_covered))
    return Source(
        relations=covered,
        excluded=_with_sequences(session, {(r[0], r[1]) for r in rows} - set(covered)),
        not_covered=not_covered,
        pages=_pages(needed) | _index_pages(session, covered),
        metapages=_metapages(session, covered),
        settings=dict(session.rows(statement("settings"))),
        roles=tuple(Role(*row) for row in session.rows(statement("roles"))),
        memberships=tuple((g, m) for g, m in session.rows(statement("memberships"))),
        user=session.rows("select current_user")[0][0],
        locale=Locale(*session.rows(statement("locale"))[0]),
        collations=tuple((s, n) for s, n in session.rows(statement("collations"))),
        stand_ins=_stand_ins(session, extensions),
        version_num=session.version_num,
    )


def _relations(session: Session, tables: Collection[RelationName]) -> list[tuple[Any, ...]]:
    try:
        return session.rows(statement("relations"), (_as_json(tables),))
    except QueryError as error:
        if error.sqlstate != _LOCK_NOT_AVAILABLE:
            raise
        raise ShadowError(
            "a table that the queries use is locked exclusively; try again when that is over"
        ) from error


def _check_page_size(session: Session) -> None:
    size = int(session.rows("select current_setting('block_size')")[0][0])
    if size != PAGE_BYTES:
        raise ShadowError(
            f"the target's block size is {size} bytes and the shadow's {PAGE_BYTES}: "
            "their costs do not compare; use --planner hypopg"
        )


def _why_not(row: tuple[Any, ...]) -> str | None:
    if row[2] == "f":
        return "it is a foreign table, whose plans its remote server decides"
    return None if row[4] else "the role may not SELECT from it"


def _with_sequences(session: Session, tables: set[RelationName]) -> tuple[RelationName, ...]:
    """The tables and the sequences that belong to them."""
    owned = session.rows(statement("owned_sequences"))
    sequences = {(row[0], row[1]) for row in owned if (row[2], row[3]) in tables}
    return tuple(sorted(tables | sequences))


def _pages(rows: Iterable[tuple[Any, ...]]) -> dict[RelationName, int]:
    return {(row[0], row[1]): row[5] // PAGE_BYTES for row in rows if row[5] is not None}


def _index_pages(session: Session, tables: Collection[RelationName]) -> dict[RelationName, int]:
    rows = session.rows(statement("index_sizes"), (_as_json(tables),))
    return {(row[0], row[1]): row[2] // PAGE_BYTES for row in rows if row[2] is not None}


def _metapages(session: Session, tables: Collection[RelationName]) -> dict[RelationName, bytes]:
    """Only superusers and pg_read_server_files may; nobody else's server need have pageinspect."""
    reader = "pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)"
    if not session.rows(f"select has_function_privilege('{reader}', 'execute')")[0][0]:
        return {}
    rows = session.rows(statement("index_metapages"), (_as_json(tables),))
    return {(row[0], row[1]): bytes(row[2]) for row in rows if row[2] is not None}


def _stand_ins(session: Session, extensions: Collection[str]) -> tuple[ExtensionFunction, ...]:
    rows = session.rows(statement("extension_functions"), (list(extensions),))
    return tuple(ExtensionFunction(*row) for row in rows)


def _as_json(names: Iterable[RelationName]) -> str:
    return json.dumps([list(name) for name in names])
