"""What the shadow lacks though its tables are there: plans may differ from the target's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from dbaudit.shadow.extended_statistics import unread_reason
from dbaudit.shadow.restore import Failure
from dbaudit.shadow.source import RelationName

#: A foreign key steers only joins of its two tables: one to a table that no query reads does not.
_ELSEWHERE = re.compile(r'relation ".*" does not exist')

#: Entries of a dump that decide plans. What lacks a function, type or table is found out when a
#: query needs it; without one of these a query would be planned differently, and nobody told.
_DECIDING = frozenset(
    {
        "CONSTRAINT",
        "FK CONSTRAINT",
        "INDEX",
        "INDEX ATTACH",
        "POLICY",
        "ROW SECURITY",
        "RULE",
        "STATISTICS",
        "STATISTICS DATA",
        "TABLE ATTACH",
    }
)


def limits(
    failures: Collection[Failure],
    unread: Collection[RelationName],
    missing: Collection[RelationName],
) -> tuple[str, ...]:
    """One line each; nothing of the relations that are `missing` altogether, which are listed."""
    return tuple(dict.fromkeys([*_failed(failures, missing), *map(unread_reason, unread)]))


def _failed(failures: Collection[Failure], missing: Collection[RelationName]) -> Iterator[str]:
    gone = {name for _, name in missing}
    for failure in failures:
        entry = failure.entry
        is_elsewhere = entry.kind == "FK CONSTRAINT" and _ELSEWHERE.fullmatch(failure.message)
        if entry.kind in _DECIDING and gone.isdisjoint(entry.name.split()) and not is_elsewhere:
            yield (
                f"the shadow lacks the target's {entry.kind.lower()} {entry.name}: "
                f"{failure.message}"
            )
