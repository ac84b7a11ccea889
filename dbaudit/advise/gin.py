"""GIN indexes with the operator class that the query's operators need.

jsonb: https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING; operator classes:
https://www.postgresql.org/docs/current/gin.html#GIN-BUILTIN-OPCLASSES; trigrams:
https://www.postgresql.org/docs/current/pgtrgm.html#PGTRGM-INDEX.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dbaudit.advise.catalog import Catalog, ColumnFacts, TableFacts
from dbaudit.advise.proposal import Proposal
from dbaudit.identifiers import qualified
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.workload.table_use import ARRAY, COLUMN, Condition, TableUse

TRIGRAMS = "pg_trgm"

_PATH_OPERATORS = frozenset(("@>", "@?", "@@"))
_EXISTENCE_OPERATORS = frozenset(("?", "?|", "?&"))
_ARRAY_OPERATORS = frozenset(("@>", "&&", "<@"))
_PATTERN_OPERATORS = frozenset(("~~", "~~*", "~", "~*", "%", "<%", "%>"))
_PREFIX = re.compile(r"'[^%_\\']+%'(::[\w ]+)?")
#: Not citext, whose LIKE is an operator of its own that no trigram class has.
_TEXT_TYPES = frozenset(("text", "varchar", "bpchar", "name"))


def gin_proposals(use: TableUse, table: TableFacts, catalog: Catalog) -> Iterator[Proposal]:
    """A GIN index for each condition that one serves, and one each for the branches of an OR."""
    branches = []
    for condition in use.conditions:
        keys = list(gin_keys(condition, table, catalog))
        if condition.in_or:
            branches.append(keys)
            continue
        # The default class serves no more of this query, and is larger; it may serve others.
        for rank, key in enumerate(keys):
            yield Proposal((_gin(table, key),), _why(condition, key), rank)
    if len(branches) > 1 and all(branches):
        indexes = tuple(dict.fromkeys(_gin(table, keys[0]) for keys in branches))
        yield Proposal(indexes, "an index for each branch of the OR", 0)


def gin_keys(condition: Condition, table: TableFacts, catalog: Catalog) -> Iterator[IndexKey]:
    """The keys under which a GIN index serves the condition; for jsonb the smaller class first."""
    if condition.shape == ARRAY or condition.value_kind is None or condition.is_within_row:
        return
    facts = table.columns.get(condition.column or "") if condition.shape == COLUMN else None
    typname = facts.typname if facts else None
    key = _key(condition, facts)
    if typname == "jsonb":
        if condition.operator in _PATH_OPERATORS:
            yield IndexKey(key.text, key.is_expression, opclass="jsonb_path_ops")
        if condition.operator in _PATH_OPERATORS | _EXISTENCE_OPERATORS:
            yield key
    elif typname and typname.startswith("_"):
        if condition.operator in _ARRAY_OPERATORS:
            yield key
    elif condition.operator == "@@":
        if typname in (None, "tsvector"):
            yield key
    elif _is_prefix(condition):
        return
    elif wants_trigrams(condition, table) and TRIGRAMS in catalog.extensions:
        opclass = qualified(catalog.extensions[TRIGRAMS], "gin_trgm_ops")
        yield IndexKey(key.text, key.is_expression, opclass=opclass)
    elif typname is None and condition.operator in _PATH_OPERATORS | _EXISTENCE_OPERATORS:
        yield key


def wants_trigrams(condition: Condition, table: TableFacts) -> bool:
    """Whether the condition matches a pattern that a trigram index could serve."""
    if condition.operator not in _PATTERN_OPERATORS or condition.is_within_row:
        return False
    facts = table.columns.get(condition.column or "") if condition.shape == COLUMN else None
    return facts is None or facts.typname in _TEXT_TYPES


def _is_prefix(condition: Condition) -> bool:
    """Whether it is LIKE 'x%' and nothing more: a B-tree's work, which reads nothing in vain."""
    is_like = condition.operator == "~~" and condition.value is not None
    return is_like and _PREFIX.fullmatch(str(condition.value)) is not None


def missing_trigrams(uses: Iterable[tuple[TableUse, TableFacts]], catalog: Catalog) -> list[str]:
    """Columns and expressions that pg_trgm would serve if it were installed."""
    if TRIGRAMS in catalog.extensions:
        return []
    found = (
        f"{table.name}.{condition.expression}"
        for use, table in uses
        for condition in use.conditions
        if wants_trigrams(condition, table) and not condition.is_sargable
    )
    return list(dict.fromkeys(found))


def _key(condition: Condition, facts: ColumnFacts | None) -> IndexKey:
    if facts is not None:
        return IndexKey(facts.name)
    return IndexKey(condition.expression, is_expression=True)


def _gin(table: TableFacts, key: IndexKey) -> IndexDefinition:
    return IndexDefinition(table.schema, table.name, (key,), method="gin")


def _why(condition: Condition, key: IndexKey) -> str:
    opclass = key.opclass or "the default operator class"
    return f"{condition.operator} on {key.text} is served by GIN with {opclass}"
