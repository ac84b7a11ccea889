"""Loops told by counts alone: what pg_stat_statements can know of N+1.

A lookup by one key that ran about as often as another query returned rows, and that query much less
often, was probably sent once for each of them. Nothing tells that the two belong together but
numbers and names, so it is never more than possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dbaudit.findings import Confidence
from dbaudit.traffic.counted import CountedStatement
from dbaudit.traffic.loop import LoopKind, LoopLimits
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.roles import Role, value_roles
from dbaudit.traffic.shape import Kind, Shape, read_shape
from dbaudit.workload.fingerprint import significant_tokens
from dbaudit.workload.lexer import Token, TokenKind
from dbaudit.workload.names import identifier_of

#: Fewer calls coincide with some other statement's rows too easily.
_MIN_CALLS = 200
#: How far calls and rows may be apart where names link the two statements; statements that run
#: while the counters are read, and keys asked for twice, keep them from being equal.
_LINKED = 0.01
#: Likewise where nothing but the numbers links them: among a thousand statements a few are within
#: a hundredth of one another by chance, hardly any within a thousandth.
_UNLINKED = 0.001
_HARMLESS = frozenset((Role.KEY, Role.ARRAY, Role.LIMIT, Role.OTHER))


@dataclass(frozen=True, slots=True)
class _Counted:
    statement: CountedStatement
    shape: Shape
    key: str | None
    names: frozenset[str]

    @property
    def calls(self) -> int:
        return self.statement.counters.calls

    @property
    def rows(self) -> int:
        return self.statement.counters.rows


def n_plus_one_by_counts(
    statements: Iterable[CountedStatement], limits: LoopLimits | None = None
) -> tuple[LoopPattern, ...]:
    """The lookups that probably ran once for each row of another query, costliest first.

    `limits.executions` is the least number of rows that the other query returned on average.
    """
    turns = (limits or LoopLimits()).executions
    all_ms = 0.0
    queries = []
    for statement in statements:
        all_ms += statement.counters.total_exec_time
        shape = read_shape(statement.fingerprint, statement.text, statement.sql)
        if shape.kind is Kind.SELECT and shape.reads_or_writes and not shape.locks:
            queries.append(_counted(statement, shape))
    parents = [q for q in queries if q.calls and q.rows >= turns * q.calls]
    children = [q for q in queries if q.key is not None and q.calls >= _MIN_CALLS]
    pairs = ((_parent(child, parents, turns), child) for child in children)
    found = [_pattern(parent, child, all_ms) for parent, child in pairs if parent is not None]
    return tuple(sorted(found, key=lambda pattern: (-pattern.total_ms, pattern.children[0].text)))


def _counted(statement: CountedStatement, shape: Shape) -> _Counted:
    found = significant_tokens(statement.sql)
    names = frozenset(name for token in found if (name := identifier_of(token)) is not None)
    return _Counted(statement, shape, _key(statement.sql, found), names)


def _key(sql: str, found: Sequence[Token]) -> str | None:
    """The column that a lookup by one key compares; None where it is no such lookup."""
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


def _parent(child: _Counted, parents: Sequence[_Counted], turns: int) -> _Counted | None:
    """The query whose rows were looked up: the nearest that names link, else the only equal one."""
    near = [
        parent
        for parent in parents
        if parent.statement is not child.statement
        and parent.calls * turns <= child.calls
        and _distance(child, parent) <= _LINKED
    ]
    linked = [parent for parent in near if _is_linked(child, parent)]
    if linked:
        return min(linked, key=lambda parent: _distance(child, parent))
    equal = [parent for parent in near if _distance(child, parent) <= _UNLINKED]
    return equal[0] if len(equal) == 1 else None


def _distance(child: _Counted, parent: _Counted) -> float:
    return abs(parent.rows - child.calls) / child.calls


def _is_linked(child: _Counted, parent: _Counted) -> bool:
    """Whether a foreign key's usual name links the two, from the child's side or the parent's."""
    assert child.key is not None
    if any(_is_key_to(child.key, table) for table in parent.shape.tables):
        return True
    return any(_is_key_to(name, t) for t in child.shape.tables[:1] for name in parent.names)


def _is_key_to(column: str, table: str) -> bool:
    """Whether a column is named for a table: order_id, orderid or order for orders."""
    name = table.rpartition(".")[2].lower().replace("_", "")
    stem = column.lower().replace("_", "").removesuffix("id").removesuffix("uu")
    return bool(stem) and (name in (stem, stem + "s", stem + "es", stem[:-1] + "ies"))


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
        confidence=Confidence.POSSIBLE,
        first_at=None,
        last_at=None,
    )
