"""Rewritten queries compared with the original ones on some of the target's rows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from dbaudit.advise.advice import Rewrite
from dbaudit.audit.explained import kind_of
from dbaudit.errors import QueryError
from dbaudit.query import Query
from dbaudit.targets.explain import as_application
from dbaudit.targets.own_statement import OWN_STATEMENT
from dbaudit.targets.session import Guards, Session
from dbaudit.targets.statistics import volatile_functions

#: What a comparison may take, in ms, and after how many seconds in all none begins.
_TIMEOUT_MS, _SECONDS = 5_000, 20.0


def compared(
    session: Session, rewrites: Iterable[Rewrite], queries: Mapping[str, Query]
) -> tuple[tuple[Rewrite, ...], tuple[str, ...]]:
    """The rewrites that no row speaks against, and a note for each that one does.

    Each is asked about in a read-only transaction of its own, as the query's role. Raises
    TargetError when the connection is lost.
    """
    kept, notes = [], []
    ends = time.monotonic() + _SECONDS
    for rewrite in rewrites:
        if time.monotonic() > ends:
            kept.append(replace(rewrite, checked="not compared: those before took too long"))
            continue
        rows, differing, reason = counts(session, rewrite.check, queries[rewrite.query])
        if differing:
            notes.append(
                f"{rewrite.query}: other words for it give other rows, so they are left out: "
                f"{rewrite.reason}"
            )
        else:
            said = reason or f"the same for {rows:,} rows of the target"
            kept.append(replace(rewrite, checked=said))
    return tuple(kept), tuple(notes)


def counts(session: Session, check: str | None, query: Query) -> tuple[int, int, str]:
    """The two counts of a check, and why there are none: read-only, as the query's role.

    Raises TargetError when the connection is lost.
    """
    if check is None:
        return 0, 0, "not compared: the query has no values, or nobody registered it"
    volatile = volatile_functions(session, {name for _, name in kind_of(query).functions})
    if volatile:
        return 0, 0, f"not compared: it calls the volatile function {volatile[0]}"
    guards = Guards(statement_timeout_ms=_TIMEOUT_MS)
    try:
        with session.transaction(guards=guards) as cursor, as_application(cursor, query):
            row = cursor.execute(f"{OWN_STATEMENT} {check}".encode()).fetchone()
    except QueryError as error:
        return 0, 0, f"not compared: {error}"
    return (int(row[0] or 0), int(row[1] or 0), "") if row else (0, 0, "not compared")
