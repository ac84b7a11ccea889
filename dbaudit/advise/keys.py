"""From what a query does to a column or an expression to the key of an index."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from dbaudit.advise.asked import NAME
from dbaudit.advise.catalog import TableFacts
from dbaudit.identifiers import unquoted
from dbaudit.index_definition import IndexKey
from dbaudit.workload.operators import is_indexable
from dbaudit.workload.table_use import ARRAY, COLUMN, Condition, Key, SortKey

#: Types with a B-tree operator class for LIKE 'x%' (pg_opclass of PostgreSQL 18).
_PATTERN_CLASSES = {
    "text": "text_pattern_ops",
    "varchar": "varchar_pattern_ops",
    "bpchar": "bpchar_pattern_ops",
}

#: Types that no default B-tree operator class takes (pg_opclass of PostgreSQL 18 and pgvector).
_UNORDERED = frozenset("json xml point lseg box path polygon line circle xid cid aclitem".split())

#: Types whose B-tree order nobody searches by: a GIN or GiST index is meant for them.
_CONTAINERS = frozenset("jsonb tsvector tsquery hstore vector".split())

_PREFIX_OPERATORS = frozenset(("~~", "^@", "~", "similar to"))

#: Types on which LIKE is not the operator that the pattern classes have.
_OTHER_PATTERNS = frozenset(("citext", "name", "bytea"))

_COLLATED = re.compile(
    r"\(?(\"(?:[^\"]|\"\")+\"|\w+)\)?(?:::text)?\s+collate\s+(\S+)", re.IGNORECASE | re.DOTALL
)
_VALUE_COLLATION = re.compile(r"\scollate\s+(\S+)\Z", re.IGNORECASE)
_BYTE_ORDER = frozenset(('"C"', '"POSIX"', "ucs_basic", "pg_catalog.ucs_basic"))

#: Within a network is a range of addresses to a B-tree (match_network_subset in like_support.c).
_SUBNET_OPERATORS = frozenset(("<<", "<<="))
_NETWORKS = frozenset(("inet", "cidr"))


def equality_key(condition: Condition, table: TableFacts) -> IndexKey | None:
    """The key that serves `=` or IN with a value, None when no B-tree can."""
    if not condition.is_equality or condition.is_join:
        return None
    return plain_key(condition, table)


def join_key(condition: Condition, table: TableFacts) -> IndexKey | None:
    """The key that serves an equality with another table's column."""
    if not condition.is_equality or not condition.is_join:
        return None
    return plain_key(condition, table)


def range_key(condition: Condition, table: TableFacts) -> IndexKey | None:
    """The key that serves a range, the fixed beginning of a pattern, or the inside of a network."""
    if condition.is_range or _is_subnet(condition, table):
        return plain_key(condition, table)
    if condition.operator in _PREFIX_OPERATORS and _has_prefix(condition):
        return _prefix_key(condition, table)
    return None


def plain_key(condition: Condition, table: TableFacts) -> IndexKey | None:
    """The side of the condition that holds the column, as a key of a B-tree."""
    if condition.shape == ARRAY:
        return None
    if condition.shape == COLUMN:
        return _as_compared(column_key(condition.column, table), condition, table)
    return expression_key(condition.expression, table)


def _as_compared(key: IndexKey | None, condition: Condition, table: TableFacts) -> IndexKey | None:
    """The key in the collation that the value brings, which decides for both sides."""
    found = _VALUE_COLLATION.search(condition.value or "")
    if key is None or found is None:
        return key
    is_own = found[1] in _BYTE_ORDER and table.columns[key.text].is_c_collation
    return key if is_own else replace(key, collation=found[1])


def expression_key(expression: str, table: TableFacts) -> IndexKey:
    """An expression as a key; a column with another collation is still that column."""
    match = _COLLATED.fullmatch(expression)
    if match is not None:
        key = column_key(unquoted(match[1]), table)
        if key is not None:
            return replace(key, collation=match[2])
    return IndexKey(expression, is_expression=True)


def column_key(column: str | None, table: TableFacts) -> IndexKey | None:
    """The column as a key of a B-tree, None when its type has no useful order."""
    facts = table.columns.get(column or "")
    if facts is None or facts.typname in _UNORDERED | _CONTAINERS or facts.typname[0] == "_":
        return None
    return IndexKey(facts.name)


def grouping_keys(keys: Sequence[Key], table: TableFacts) -> tuple[IndexKey, ...]:
    """The keys of GROUP BY or DISTINCT; empty when one of them cannot be in a B-tree."""
    found = [
        column_key(key.column, table) if key.column else expression_key(key.expression, table)
        for key in keys
    ]
    return tuple(key for key in found if key) if all(found) else ()


def sorting_keys(keys: Sequence[SortKey], table: TableFacts) -> tuple[IndexKey, ...]:
    """The keys of ORDER BY with the directions that the sort demands.

    A B-tree is scanned backward at no cost, so one whose keys all ascend or all descend, nulls
    where they stand by default, is written ascending.
    """
    plain = [
        column_key(key.column, table) if key.column else expression_key(key.expression, table)
        for key in keys
    ]
    if not all(plain):
        return ()
    directions = {key.descending for key in keys}
    if len(directions) == 1 and all(key.nulls_first == key.descending for key in keys):
        return tuple(key for key in plain if key)
    return tuple(
        replace(key, descending=sort.descending, nulls_first=_odd_nulls(sort))
        for key, sort in zip(plain, keys, strict=True)
        if key
    )


def _is_subnet(condition: Condition, table: TableFacts) -> bool:
    facts = table.columns.get(condition.column or "")
    is_network = facts is not None and facts.typname in _NETWORKS
    return is_network and condition.operator in _SUBNET_OPERATORS and not condition.is_join


def _odd_nulls(sort: SortKey) -> bool | None:
    return None if sort.nulls_first == sort.descending else sort.nulls_first


def _has_prefix(condition: Condition) -> bool:
    if condition.shape == COLUMN:
        return condition.is_sargable
    return is_indexable(condition.operator, condition.value, condition.is_constant_value)


def _prefix_key(condition: Condition, table: TableFacts) -> IndexKey | None:
    """LIKE 'x%' needs byte order: text_pattern_ops where the collation is another.

    The collation of an expression is not known, but the class serves the pattern under each.
    """
    key = plain_key(condition, table)
    facts = table.columns.get(condition.column or "")
    if key is None or key.collation in _BYTE_ORDER:
        return key
    if condition.shape != COLUMN:
        return replace(key, opclass="text_pattern_ops")
    if facts is None or facts.typname in _OTHER_PATTERNS:
        return None
    opclass = _PATTERN_CLASSES.get(facts.typname, "text_pattern_ops")
    return key if facts.is_c_collation else replace(key, opclass=opclass)


#: Expressions whose values are about as distinct as those of their column.
_KEEPING = re.compile(
    rf"(?:lower|upper|trim|btrim|reverse|md5) \s* \( \s* ({NAME}) \s* \)"
    rf"| ({NAME}) \s* (?: ::\s*text | [+-] \s* \d+ )",
    re.IGNORECASE | re.VERBOSE,
)


def most_rows(key: IndexKey, table: TableFacts) -> float:
    """About how many rows have the key's most common value; infinity when that is not known."""
    found = _KEEPING.fullmatch(key.text) if key.is_expression else None
    column = unquoted(found[1] or found[2]) if found else key.text
    facts = table.columns.get(column)
    if facts is None or not facts.distinct:
        return math.inf
    return max(table.rows * facts.most_common_freq, table.rows / facts.distinct)


def distinct_values(key: IndexKey, table: TableFacts) -> float:
    """Distinct values of a key; of an expression unknown, taken as a hundredth of the rows."""
    facts = table.columns.get(key.text)
    if key.is_expression or facts is None or facts.distinct is None:
        return max(table.rows / 100, 1.0)
    return facts.distinct
