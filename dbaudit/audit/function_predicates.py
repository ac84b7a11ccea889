"""What the statements inside functions ask of their tables: the table `function_predicates`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from dbaudit.errors import QueryError
from dbaudit.query import Query
from dbaudit.snapshot.snapshot import Note, Snapshot, frame_of
from dbaudit.targets.function_bodies import FunctionBody, function_bodies
from dbaudit.targets.session import Session
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.function_body import BodyStatement, body_statements
from dbaudit.workload.predicates import predicate_rows, query_uses

_TABLE = "function_predicates"
_KEPT = ("schemaname", "tablename", "attname", "operator", "shape", "expression", "value_kind")
_PARAMETER = re.compile(r"\$(\d+)")
_WORD = re.compile(r"\w+")

#: What a function asks of a smaller table costs nothing.
_MIN_ROWS = 1_000

#: A statement takes about a millisecond to read, and a scan should not wait for thousands of them.
_MAX_STATEMENTS = 1_000

#: A function, the number of a statement in it from 1, and the statement.
_Found = tuple[FunctionBody, int, BodyStatement]


def with_function_predicates(session: Session, snapshot: Snapshot, catalog: Catalog) -> Snapshot:
    """The snapshot with the conditions that the user's functions put to the tables with many rows.

    A statement that cannot be parsed is left out. Raises TargetError when the connection is lost.
    """
    try:
        bodies = function_bodies(session)
    except QueryError as error:
        return snapshot.with_frames({}, [Note(_TABLE, str(error))])
    found = _statements(bodies, _names_of_large_tables(snapshot))
    read = list(islice(found, _MAX_STATEMENTS))
    rows = [row for entry in read for row in _rows(*entry, catalog)]
    is_cut = next(found, None) is not None
    reason = f"only the first {_MAX_STATEMENTS:,} statements inside functions were read"
    return snapshot.with_frames(
        {_TABLE: frame_of(_TABLE, rows)}, [Note(_TABLE, reason)] if is_cut else []
    )


def _names_of_large_tables(snapshot: Snapshot) -> list[frozenset[str]]:
    """The words that each name is made of."""
    tables = snapshot.frame("tables")
    large = tables[tables["reltuples"].astype(float) >= _MIN_ROWS]
    return [frozenset(_WORD.findall(name.lower())) for name in large["tablename"]]


def _statements(
    bodies: Sequence[FunctionBody], names: Sequence[frozenset[str]]
) -> Iterator[_Found]:
    for body in bodies:
        if not _may_name(body.text, names):
            continue
        inside = body_statements(body.language, body.text, body.arguments)
        for number, statement in enumerate(inside, 1):
            if _may_name(statement.sql, names):
                yield body, number, statement


def _may_name(text: str, names: Sequence[frozenset[str]]) -> bool:
    """Whether the text holds the words of one of the names: far quicker than to parse it."""
    words = set(_WORD.findall(text.lower()))
    return any(name <= words for name in names)


def _rows(
    body: FunctionBody, number: int, statement: BodyStatement, catalog: Catalog
) -> Iterator[dict[str, Any]]:
    uses = query_uses(Query(body.name, statement.sql, statement.sql), catalog)
    for row in predicate_rows(uses):
        if row["clause"] in ("where", "join") and row["tablename"] is not None:
            yield {
                "function_schemaname": body.schema,
                "function_name": body.name,
                "statement": number,
                "value": _written(row["value"], statement.variables),
                "is_sargable": row["is_sargable"],
                **{name: row[name] for name in _KEPT},
            }


def _written(value: str | None, variables: Sequence[str]) -> str | None:
    """The value with the variables' names again in place of their numbers; an argument without a
    name keeps its number."""
    if value is None:
        return None
    names = {f"${number}": name for number, name in enumerate(variables, 1)}
    return _PARAMETER.sub(lambda found: names.get(found[0], found[0]), value)
