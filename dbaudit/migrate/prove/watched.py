"""Which indexes a measurement looks out for, and by which names plans know them.

A plan names the index of a partition; people speak of the partitioned table's, which stands here
for all that are attached to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session

#: An index by schema and name.
IndexName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Watched:
    """The indexes by oid and by name, each with the name that it goes by; none by default."""

    by_oid: Mapping[int, IndexName] = field(default_factory=dict)
    by_name: Mapping[IndexName, IndexName] = field(default_factory=dict)

    def known_as(self, names: Iterable[IndexName]) -> frozenset[IndexName]:
        """The names, a partition's index by that of the whole."""
        return frozenset(self.by_name.get(name, name) for name in names)


def watch(session: Session, indexes: Mapping[int, IndexName]) -> Watched:
    """Indexes by oid with those attached to them."""
    by_oid: dict[int, IndexName] = {}
    by_name: dict[IndexName, IndexName] = {}
    for oid, whole in indexes.items():
        for member, schema, name in session.rows(sql_file("index_members"), (oid, oid)):
            by_oid[member] = whole
            by_name[schema, name] = whole
            by_name.setdefault(("", name), ("", whole[1]))  # a plan that tells no schemas
    return Watched(by_oid, by_name)
