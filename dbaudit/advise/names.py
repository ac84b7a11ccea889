"""Names for new indexes that nothing in their schema has."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable

from dbaudit.identifiers import fit_identifier
from dbaudit.index_definition import IndexDefinition


def free_names(
    indexes: Iterable[IndexDefinition], taken: Collection[tuple[str, str]]
) -> dict[IndexDefinition, str]:
    """A name for each index that is not `taken` as (schema, name): its own, or with a number."""
    used = set(taken)
    names = {}
    for index in indexes:
        numbered = (f"{index.name}_{number}" for number in itertools.count(2))
        for name in itertools.chain([index.name], map(fit_identifier, numbered)):
            if (index.schema, name) not in used:
                break
        used.add((index.schema, name))
        names[index] = name
    return names
