"""What the statements inside functions ask of their tables: the table `function_predicates`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from dbaudit.errors import QueryError
from dbaudit.query import Query
from dbaudit.snapshot.snapshot import Note, Snapshot, frame_of
from dbaudit.targets.function_bodies import FunctionBody, function_bodies
from dbaudit.targets.session import Session
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.function_body import body_statements
from dbaudit.workload.predicates import predicate_rows, query_uses

_TABLE = "function_predicates"
_KEPT = ("schemaname", "tablename", "attname", "operator", "shape", "expression", "value_kind")
_PARAMETER = re.compile(r"\$(\d+)")


def with_function_predicates(session: Session, snapshot: Snapshot, catalog: Catalog) -> Snapshot:
    """The snapshot with the conditions that the user's functions put to the user's tables.

    A statement that cannot be parsed is left out. Raises TargetError when the connection is lost.
    """
    try:
        bodies = function_bodies(session)
    except QueryError as error:
        return snapshot.with_frames({}, [Note(_TABLE, str(error))])
    rows = [row for body in bodies for row in _rows(body, catalog)]
    return snapshot.with_frames({_TABLE: frame_of(_TABLE, rows)})


def _rows(body: FunctionBody, catalog: Catalog) -> Iterator[dict[str, Any]]:
    found = body_statements(body.language, body.text, body.arguments)
    for number, statement in enumerate(found, 1):
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
