"""What a plan owes to the shadow's planner being newer than the target's.

Each feature is told by what EXPLAIN shows of it. The versions are those of the release notes,
section "Optimizer" (https://www.postgresql.org/docs/release/); the row estimate of Gather is
compute_gather_rows() in costsize.c, new in 18.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dbaudit.identifiers import quote_ident
from dbaudit.shadow.planner import PlanJson

_GATHER = frozenset({"Gather", "Gather Merge"})
_SORT = frozenset({"Sort", "Incremental Sort"})
_ANY = re.compile(r"\b(?:any|in|some)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a plan is of: its text, and the first key column of each B-tree by the index's name."""

    sql: str
    first_keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that planners from major version `since` on can do; `shows` looks at a node, its
    children and the statement."""

    since: int
    name: str
    shows: Callable[[PlanJson, Sequence[PlanJson], Statement], bool]

    def __str__(self) -> str:
        return f"{self.name} (since {self.since})"


def newer_features(plan: PlanJson, statement: Statement, target_major: int) -> tuple[Feature, ...]:
    """The features in a plan of the statement that the target's planner lacks."""
    found = (
        feature
        for node, children in _nodes(plan)
        for feature in FEATURES
        if feature.since > target_major and feature.shows(node, children, statement)
    )
    return tuple(dict.fromkeys(found))


def _nodes(node: PlanJson) -> Iterator[tuple[PlanJson, Sequence[PlanJson]]]:
    children = node.get("Plans", ())
    yield node, children
    for child in children:
        yield from _nodes(child)


def _is(node: PlanJson, *kinds: str) -> bool:
    return node["Node Type"] in kinds


def _is_join(node: PlanJson, *types: str) -> bool:
    return node.get("Join Type") in types


def _has_child(children: Sequence[PlanJson], *kinds: str) -> bool:
    return any(_is(child, *kinds) for child in children)


def _is_presorted(node: PlanJson, children: Sequence[PlanJson], _statement: Statement) -> bool:
    """Sorted for the aggregates' own ORDER BY or DISTINCT, beyond the keys of GROUP BY."""
    if not _is(node, "Aggregate") or not children or not _is(children[0], *_SORT):
        return False
    return len(children[0].get("Sort Key", ())) > len(node.get("Group Key", ()))


def _skips(node: PlanJson, _children: Sequence[PlanJson], statement: Statement) -> bool:
    """A B-tree is searched by other columns than its first."""
    first = statement.first_keys.get(node.get("Index Name", ""))
    condition = node.get("Index Cond")
    if first is None or condition is None:
        return False
    return not re.search(rf"(?<!\w){re.escape(quote_ident(first))}(?!\w)", condition)


def _is_gathered_whole(node: PlanJson, children: Sequence[PlanJson], _statement: Statement) -> bool:
    """An aggregate of rows that workers might have aggregated in part."""
    return (
        _is(node, "Aggregate")
        and node.get("Partial Mode", "Simple") == "Simple"
        and any(_is(child, *_GATHER) for child in children)
    )


FEATURES: tuple[Feature, ...] = (
    Feature(14, "memoised inner sides of nested loops", lambda n, _c, _s: _is(n, "Memoize")),
    Feature(16, "right anti joins", lambda n, _c, _s: _is_join(n, "Right Anti")),
    Feature(
        16,
        "parallel right and full hash joins",
        lambda n, _c, _s: (
            _is(n, "Hash Join") and bool(n.get("Parallel Aware")) and _is_join(n, "Right", "Full")
        ),
    ),
    Feature(
        16,
        "incremental sorts for DISTINCT and at a lower cost",
        lambda n, _c, _s: _is(n, "Incremental Sort"),
    ),
    Feature(16, "aggregates of sorted input", _is_presorted),
    Feature(
        16, "memoised UNION ALL", lambda n, c, _s: _is(n, "Memoize") and _has_child(c, "Append")
    ),
    Feature(
        17, "UNION by merging", lambda n, c, _s: _is(n, "Unique") and _has_child(c, "Merge Append")
    ),
    Feature(
        17,
        "a single B-tree scan for a list of values",
        lambda n, _c, _s: "Index Name" in n and "= ANY (" in n.get("Index Cond", ""),
    ),
    Feature(18, "right semi joins", lambda n, _c, _s: _is_join(n, "Right Semi")),
    Feature(
        18,
        "OR turned into a list of values",
        lambda n, _c, s: "= ANY (" in n.get("Index Cond", "") and not _ANY.search(s.sql),
    ),
    Feature(
        18,
        "merge joins of incrementally sorted input",
        lambda n, c, _s: _is(n, "Merge Join") and _has_child(c, "Incremental Sort"),
    ),
    Feature(
        18,
        "INTERSECT and EXCEPT of two inputs",
        lambda n, c, _s: _is(n, "SetOp") and len(c) == 2,
    ),
    Feature(18, "skip scans of B-trees", _skips),
    Feature(18, "the higher estimate of rows from parallel workers", _is_gathered_whole),
)
