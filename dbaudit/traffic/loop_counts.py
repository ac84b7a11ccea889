"""Loops told by counts alone: what pg_stat_statements can know of N+1.

A lookup by one key that ran as often as another query returned rows, and that query much less
often, was probably sent once for each of them. It is taken for that only where a foreign key, or
the usual name of one, links the two, and where among all such pairs numbers so near one another
are hardly chance. Whether one session sent them nothing tells, so it is never more than possible.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dbaudit.findings import Confidence
from dbaudit.identifiers import KEYWORDS
from dbaudit.traffic.counted import CountedStatement
from dbaudit.traffic.loop import LoopKind, LoopLimits
from dbaudit.traffic.loop_links import ForeignKey, Links, bare_table
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.roles import Role, value_roles
from dbaudit.traffic.shape import Kind, Shape, read_shape
from dbaudit.workload.fingerprint import significant_tokens
from dbaudit.workload.lexer import Token, TokenKind
from dbaudit.workload.names import identifier_of

#: Fewer calls coincide with some other statement's rows too easily.
_MIN_CALLS = 200
#: How far calls and rows may be apart: statements that run while the counters are read, and keys
#: asked for twice, keep them from being equal.
_TOLERANCE = 0.01
#: How many pairs of unrelated statements may be as near one another by chance, in a whole database.
_CHANCE = 0.05
#: The natural logarithm of what the counts of a server's statements spread over: four powers of
#: ten. Of two unrelated counts the logarithms are nearer than d with a chance of 2 d by this.
_SPREAD = math.log(10_000)
#: What stands for the further members of a list (PostgreSQL 18's pg_stat_statements).
_SQUASHED = "/*, ... */"
_HARMLESS = frozenset((Role.KEY, Role.ARRAY, Role.LIMIT, Role.OTHER))


@dataclass(frozen=True, slots=True)
class _Counted:
    """A query; `refers_to` are the tables whose keys it gives, or for a lookup its key's."""

    statement: CountedStatement
    shape: Shape
    refers_to: frozenset[str]
    is_by_own_key: bool = False

    @property
    def calls(self) -> int:
        return self.statement.counters.calls

    @property
    def rows(self) -> int:
        return self.statement.counters.rows


def n_plus_one_by_counts(
    statements: Sequence[CountedStatement],
    keys: Iterable[ForeignKey] = (),
    limits: LoopLimits | None = None,
) -> tuple[LoopPattern, ...]:
    """The lookups that probably ran once for each row of another query, costliest first.

    `keys` are the foreign keys that are declared. `limits.executions` is the least number of rows
    that the other query returned on average.
    """
    turns = (limits or LoopLimits()).executions
    all_ms = sum(statement.counters.total_exec_time for statement in statements)
    pairs = list(_linked(*_parents_and_children(statements, Links(keys), turns), turns))
    pairs.sort(key=lambda pair: _distance(*pair))
    nearest = {child.shape.fingerprint: (parent, child) for parent, child in reversed(pairs)}
    found = [
        _pattern(parent, child, all_ms)
        for parent, child in nearest.values()
        if _distance(parent, child) <= _TOLERANCE
        and _by_chance(parent, child, len(pairs)) <= _CHANCE
    ]
    return tuple(sorted(found, key=lambda pattern: (-pattern.total_ms, pattern.children[0].text)))


def _parents_and_children(
    statements: Iterable[CountedStatement], links: Links, turns: int
) -> tuple[list[_Counted], list[_Counted]]:
    """The queries that give enough rows, and the lookups that ran often enough."""
    parents, children = list[_Counted](), list[_Counted]()
    for statement in statements:
        counters = statement.counters
        gives_rows = 0 < turns * counters.calls <= counters.rows
        is_frequent = counters.calls >= _MIN_CALLS
        if not gives_rows and not is_frequent:
            continue
        shape = read_shape(statement.fingerprint, statement.text, statement.sql)
        if shape.kind is not Kind.SELECT or not shape.reads_or_writes or shape.locks:
            continue
        if gives_rows:
            parents.append(_parent(statement, shape, links))
        if is_frequent:
            children += _child(statement, shape, links)
    return parents, children


def _parent(statement: CountedStatement, shape: Shape, links: Links) -> _Counted:
    found = significant_tokens(statement.sql)
    names = {name for token in found if (name := identifier_of(token)) is not None} - KEYWORDS
    names.update("*" for token in found if token.text == "*")
    return _Counted(statement, shape, links.to_key(shape.tables, names))


def _child(statement: CountedStatement, shape: Shape, links: Links) -> Iterable[_Counted]:
    """The statement, if it looks up by one key."""
    key = _key(statement.sql, significant_tokens(statement.sql))
    if key is not None:
        is_own = links.is_own_key(shape.tables[0], key)
        yield _Counted(statement, shape, links.of_key(shape.tables, key), is_own)


def _linked(
    parents: Sequence[_Counted], children: Iterable[_Counted], turns: int
) -> Iterable[tuple[_Counted, _Counted]]:
    """The pairs of a query and a lookup by a key that it gives, which ran so much more often."""
    by_table: dict[str, list[_Counted]] = {}
    giving: dict[str, list[_Counted]] = {}
    for parent in parents:
        for table in {bare_table(name) for name in parent.shape.tables}:
            by_table.setdefault(table, []).append(parent)
        for table in parent.refers_to:
            giving.setdefault(table, []).append(parent)
    for child in children:
        found = [parent for table in child.refers_to for parent in by_table.get(table, ())]
        if child.is_by_own_key:
            found += giving.get(bare_table(child.shape.tables[0]), ())
        for parent in {id(parent): parent for parent in found}.values():
            is_other = parent.statement is not child.statement
            if is_other and parent.calls * turns <= child.calls:
                yield parent, child


def _distance(parent: _Counted, child: _Counted) -> float:
    return abs(parent.rows - child.calls) / child.calls


def _by_chance(parent: _Counted, child: _Counted, pairs: int) -> float:
    """How many of so many unrelated pairs would be as near one another as these two."""
    return pairs * 2 * max(_distance(parent, child), 0.5 / child.calls) / _SPREAD


def _key(sql: str, found: Sequence[Token]) -> str | None:
    """The column that a lookup by one key compares; None where it is no such lookup."""
    if _SQUASHED in sql:
        return None
    _, roles = value_roles(sql)
    if not _HARMLESS.issuperset(roles) or sum(r in (Role.KEY, Role.ARRAY) for r in roles) != 1:
        return None
    number = next(n for n, role in enumerate(roles, 1) if role in (Role.KEY, Role.ARRAY))
    name: str | None = None
    for before, token in pairwise(found):
        if token.text == "=" or token.word == "in":
            name = identifier_of(before)
        if token.kind is TokenKind.NUMBERED_PARAMETER and token.parameter_name == str(number):
            return name
    return None


def _pattern(parent: _Counted, child: _Counted, all_ms: float) -> LoopPattern:
    total_ms = child.statement.counters.total_exec_time
    turns = round(parent.rows / parent.calls)
    return LoopPattern(
        kind=LoopKind.N_PLUS_ONE,
        parent=parent.shape,
        children=(child.shape,),
        occurrences=parent.calls,
        executions=child.calls,
        largest=turns,
        typical=turns,
        total_ms=total_ms,
        share=min(1.0, total_ms / all_ms) if all_ms > 0 else None,
        sessions=0,
        requests=0,
        routes=(),
        places=(),
        parent_matches=parent.calls,
        parent_rows=parent.rows,
        confidence=Confidence.POSSIBLE,
    )
