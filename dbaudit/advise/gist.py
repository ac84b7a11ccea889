"""GiST indexes: ranges that overlap or contain, networks, shapes, and the nearest rows first.

Operators by operator class: https://www.postgresql.org/docs/current/gist.html#GIST-BUILTIN-OPCLASSES,
https://www.postgresql.org/docs/current/pgtrgm.html#PGTRGM-INDEX and
https://www.postgresql.org/docs/current/btree-gist.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dbaudit.advise.catalog import Catalog, TableFacts
from dbaudit.advise.gin import TRIGRAMS
from dbaudit.advise.keys import equality_key
from dbaudit.advise.proposal import Proposal
from dbaudit.identifiers import qualified
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.workload.table_use import ARRAY, COLUMN, Condition, Distance, TableUse

#: The extension that lets scalar columns stand in a GiST index.
BTREE_GIST = "btree_gist"

_SPANS = ("int4", "int8", "num", "ts", "tstz", "date")
_RANGES = frozenset(f"{span}{kind}" for span in _SPANS for kind in ("range", "multirange"))
_SHAPES = frozenset(("point", "box", "polygon", "circle", "cube"))
_NETWORKS = frozenset(("inet", "cidr"))
_TEXTS = frozenset(("text", "varchar", "bpchar", "citext"))
#: Scalars whose distance btree_gist measures (the <-> operators of btree_gist--1.2.sql).
_SCALARS = frozenset(
    "int2 int4 int8 float4 float8 money oid date time timestamp timestamptz interval".split()
)

_RANGE_OPERATORS = frozenset("&& @> <@ -|- << >> &< &>".split())
_NETWORK_OPERATORS = frozenset("&& << <<= >> >>=".split())
_SHAPE_OPERATORS = frozenset("&& @> <@ ~= << >> &< &> <<| |>> &<| |&>".split())
_TRIGRAM_DISTANCES = frozenset("<-> <->> <->>>".split())

#: Functions that make a cube (https://www.postgresql.org/docs/current/earthdistance.html).
_CUBES = frozenset(("ll_to_earth",))
#: Expressions whose type their first word tells.
_MAKER = re.compile(rf"({'|'.join(sorted(_RANGES | _SHAPES | _CUBES))})\s*\(", re.IGNORECASE)

#: Equalities in front of a GiST key; more of them would be a B-tree's work.
_MAX_SCALARS = 2


def gist_proposals(use: TableUse, table: TableFacts, catalog: Catalog) -> Iterator[Proposal]:
    """A GiST index for each condition that one serves and for the nearest first.

    Scalars stand in front, or behind where other queries do without them: a search goes by the
    first key mostly (https://www.postgresql.org/docs/current/indexes-multicolumn.html).
    """
    conditions = [c for c in use.conditions if not c.in_or]
    scalars = _scalars(conditions, table, catalog)
    for key, why in (*_condition_keys(conditions, table), *_nearest_keys(use, table, catalog)):
        yield Proposal((_gist(table, (key,)),), why, 0)
        if scalars:
            names = ", ".join(scalar.text for scalar in scalars)
            longer = f"{names} compared for equality (by {BTREE_GIST}), {why}"
            yield Proposal((_gist(table, (*scalars, key)),), longer, 1)
            yield Proposal((_gist(table, (key, *scalars)),), f"{why}, {names} besides", 2)


def _condition_keys(
    conditions: Sequence[Condition], table: TableFacts
) -> Iterator[tuple[IndexKey, str]]:
    for condition in conditions:
        key = gist_key(condition, table)
        if key is not None:
            yield key, f"{condition.operator} on {key.text} is served by GiST"


def gist_key(condition: Condition, table: TableFacts) -> IndexKey | None:
    """The key under which GiST serves the condition, None when no class of core does."""
    if condition.shape == ARRAY or condition.value_kind is None:
        return None
    typname = _typname(condition, table)
    text, is_expression = _text(condition)
    if typname in _NETWORKS and condition.operator in _NETWORK_OPERATORS:
        return IndexKey(text, is_expression, opclass="inet_ops")  # not the default of its type
    serves_range = typname in _RANGES and condition.operator in _RANGE_OPERATORS
    serves_shape = typname in _SHAPES and condition.operator in _SHAPE_OPERATORS
    return IndexKey(text, is_expression) if serves_range or serves_shape else None


def _nearest_keys(
    use: TableUse, table: TableFacts, catalog: Catalog
) -> Iterator[tuple[IndexKey, str]]:
    """Only under LIMIT: to give out all rows by distance, a sort is cheaper than the index."""
    first = use.sort[0] if use.sort else None
    if first is None or first.distance is None or first.descending or not use.has_limit:
        return
    key = _distance_key(first.distance, table, catalog)
    if key is not None:
        yield key, f"the nearest first, by {first.distance.operator} on {key.text}"


def _distance_key(distance: Distance, table: TableFacts, catalog: Catalog) -> IndexKey | None:
    text, is_expression = _text(distance)
    typname = _typname(distance, table)
    facts = table.columns.get(distance.column or "")
    if typname in _SHAPES:
        return IndexKey(text, is_expression) if distance.operator == "<->" else None
    if facts is None:
        return None
    if facts.typname in _TEXTS and distance.operator in _TRIGRAM_DISTANCES:
        schema = catalog.extensions.get(TRIGRAMS)
        opclass = schema and qualified(schema, "gist_trgm_ops")
        return IndexKey(text, is_expression, opclass=opclass) if opclass else None
    is_scalar = typname in _SCALARS and distance.operator == "<->"
    return IndexKey(text) if is_scalar and BTREE_GIST in catalog.extensions else None


def _scalars(
    conditions: Sequence[Condition], table: TableFacts, catalog: Catalog
) -> tuple[IndexKey, ...]:
    """Columns compared with one value, where btree_gist lets them stand in front."""
    if BTREE_GIST not in catalog.extensions:
        return ()
    keys = (
        equality_key(condition, table)
        for condition in conditions
        if condition.shape == COLUMN and not condition.is_list
    )
    return tuple(dict.fromkeys(key for key in keys if key is not None))[:_MAX_SCALARS]


def _typname(side: Condition | Distance, table: TableFacts) -> str | None:
    """The type of a column, or of an expression that makes a range or a shape."""
    if side.shape == COLUMN:
        facts = table.columns.get(side.column or "")
        return facts.typname if facts else None
    maker = _MAKER.match(side.expression)
    name = maker[1].lower() if maker else None
    return "cube" if name in _CUBES else name


def _text(side: Condition | Distance) -> tuple[str, bool]:
    """The key's text and whether it is an expression."""
    if side.shape == COLUMN and side.column is not None:
        return side.column, False
    return side.expression, True


def _gist(table: TableFacts, keys: tuple[IndexKey, ...]) -> IndexDefinition:
    return IndexDefinition(table.schema, table.name, keys, method="gist")
