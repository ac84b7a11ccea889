"""Which index makes another one needless: the same keys, or the first keys of it."""

from __future__ import annotations

from dataclasses import replace

from dbaudit.advise.canonical import canonical_index
from dbaudit.index_definition import BTREE, IndexDefinition, IndexKey


def plays_role_of(wide: IndexDefinition, narrow: IndexDefinition) -> bool:
    """Whether `wide` can serve whatever `narrow` serves, apart from being larger.

    Both hold the same rows (same predicate), and the keys of `narrow` begin those of `wide`, read
    forward or, turned round as a whole, backward (a B-tree is scanned both ways). Methods other
    than B-tree must have the same keys.
    """
    wide, narrow = canonical_index(wide), canonical_index(narrow)
    if (wide.schema, wide.table, wide.method, wide.where) != (
        narrow.schema,
        narrow.table,
        narrow.method,
        narrow.where,
    ):
        return False
    if narrow.unique and not wide.unique:
        return False
    if wide.method != BTREE:
        return wide.keys == narrow.keys
    return _begins(wide.keys, narrow.keys) and _holds(wide, narrow)


def is_same_index(one: IndexDefinition, other: IndexDefinition) -> bool:
    """Whether both hold the same, whatever their names, spelling, storage and uniqueness."""
    return essence(one) == essence(other)


def essence(index: IndexDefinition) -> IndexDefinition:
    """What the index holds, for comparing: in one spelling, without storage and uniqueness."""
    return replace(canonical_index(index), unique=False)


def _begins(wide: tuple[IndexKey, ...], narrow: tuple[IndexKey, ...]) -> bool:
    first = wide[: len(narrow)]
    return first in (narrow, tuple(_reversed(key) for key in narrow))


def _reversed(key: IndexKey) -> IndexKey:
    nulls_first = None if key.nulls_first is None else not key.nulls_first
    return replace(key, descending=not key.descending, nulls_first=nulls_first)


def _holds(wide: IndexDefinition, narrow: IndexDefinition) -> bool:
    """Whether every column that an index-only scan of `narrow` can return is in `wide` too."""
    columns = {key.text for key in wide.keys if not key.is_expression} | set(wide.include)
    return set(narrow.include) <= columns
