"""What each value of a statement is for: a key that is looked up, a page's bound, a thing stored.

Told from the tokens, not from a syntax tree: what runs is not always what a parser knows, and
without a catalog a tree says no more about the column that a value is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from dbaudit.identifiers import KEYWORDS
from dbaudit.workload.fingerprint import significant_tokens
from dbaudit.workload.lexer import Token, TokenKind


class Role(StrEnum):
    """What a value does in its statement.

    `KEY`: `column = value`, also IN with one member, IS NOT DISTINCT FROM and `column @> value`.
    `ARRAY`: `= ANY (value)`, a key when it has one member. `MEMBER`: one of several of
    an IN list, array or row. `RANGE`: compared by order.
    """

    KEY = "key"
    ARRAY = "array"
    MEMBER = "member"
    RANGE = "range"
    LIMIT = "limit"
    OFFSET = "offset"
    ASSIGNED = "assigned"
    INSERTED = "inserted"
    OTHER = "other"


_CLAUSES = {
    "select": "select",
    "from": "from",
    "join": "from",
    "using": "from",
    "where": "where",
    "on": "where",
    "having": "where",
    "set": "set",
    "values": "values",
    "limit": "limit",
    "fetch": "limit",
    "offset": "offset",
    "order": "order",
    "group": "order",
    "returning": "select",
}
_OF_CLAUSE = {
    "limit": Role.LIMIT,
    "offset": Role.OFFSET,
    "set": Role.ASSIGNED,
    "values": Role.INSERTED,
}
_EQUALS = frozenset(("=", "@>"))
_NOT_DISTINCT = ["not", "distinct"]
_RANGES = frozenset(("<", "<=", ">", ">=", "between"))
_LISTS = frozenset(("in", "any", "some", "all"))
#: Keywords that may stand between an operator and its value: CAST ($1 AS …), INTERVAL '…'.
_TRANSPARENT = frozenset(("cast", "interval", "array", "timestamp", "time", "numeric", "coalesce"))


def value_roles(rendered: str) -> tuple[tuple[Role, ...], tuple[Role, ...]]:
    """The roles of a statement's literals in order, and those of its parameters by number.

    Every string of `rendered` stands for a literal (see `dbaudit.traffic.skeleton.rendered`). A
    parameter that occurs twice has the role of its first place.
    """
    found = significant_tokens(rendered)
    literals: list[Role] = []
    parameters: dict[str, Role] = {}
    for position, clause in enumerate(_clauses(found)):
        token = found[position]
        if token.kind is TokenKind.STRING:
            literals.append(_role(found, position, clause))
        elif token.is_parameter:
            positional = token.text in ("?", "%")
            name = str(len(parameters) + 1) if positional else token.parameter_name
            parameters.setdefault(name, _role(found, position, clause))
    names = list(parameters)
    if all(name.isdigit() for name in names):
        last = max(map(int, names), default=0)
        names = [str(number) for number in range(1, last + 1)]
    return tuple(literals), tuple(parameters.get(name, Role.OTHER) for name in names)


def _clauses(found: Sequence[Token]) -> Iterator[str]:
    """The clause in which each token stands; what is in brackets has its own."""
    clause = before = ""
    around: list[str] = []
    for token in found:
        if token.text in ("(", "["):
            around.append(clause)
        elif token.text in (")", "]") and around:
            clause = around.pop()
        elif before != "distinct":  # IS DISTINCT FROM
            clause = _CLAUSES.get(token.word, clause)
        before = token.word
        yield clause


def _role(found: Sequence[Token], position: int, clause: str) -> Role:
    if clause in _OF_CLAUSE:
        return _OF_CLAUSE[clause]
    if clause == "select" and found[0].word == "insert":
        return Role.INSERTED
    return _compared(found, position) if clause == "where" else Role.OTHER


def _compared(found: Sequence[Token], position: int) -> Role:
    at, via, is_one_of_many = _operator_before(found, position)
    operator = found[at].word or found[at].text if at >= 0 else ""
    if via == "in":
        is_negated = operator == "not"
        return Role.OTHER if is_negated else Role.MEMBER if is_one_of_many else Role.KEY
    if operator == "from":
        return Role.KEY if [t.word for t in found[at - 2 : at]] == _NOT_DISTINCT else Role.OTHER
    if operator in _EQUALS:
        if via in ("any", "some"):
            return Role.MEMBER if is_one_of_many else Role.ARRAY
        return Role.OTHER if via == "all" else Role.KEY
    if operator in _RANGES or (operator == "and" and _is_between(found, at)):
        return Role.RANGE
    return _compared_after(found, position) if operator in _CONNECTIVES else Role.OTHER


_CONNECTIVES = frozenset(("", "and", "or", "where", "on", "having", "not"))


def _operator_before(found: Sequence[Token], position: int) -> tuple[int, str, bool]:
    """Where the word or operator stands that a value belongs to, what list it is in, if long."""
    via = ""
    at = position - 1
    is_one_of_many = _has_more(found, position)
    while at >= 0:
        token = found[at]
        if token.text == ",":
            is_one_of_many = True
            at = _opening(found, at)
        elif token.text in ("(", "["):
            word = found[at - 1].word if at else ""
            if word in _LISTS:
                via = word
                at -= 1
            at -= 1
            if via == "in":
                return at, via, is_one_of_many
        elif token.text in ("+", "-") or _is_transparent(token):
            at -= 1
        else:
            break
    return at, via, is_one_of_many


def _is_transparent(token: Token) -> bool:
    word = token.word
    return word in _TRANSPARENT or (
        token.kind in (TokenKind.WORD, TokenKind.QUOTED_IDENT) and word not in KEYWORDS
    )


def _has_more(found: Sequence[Token], position: int) -> bool:
    """Whether a comma follows the value, a cast left out."""
    after = position + 1
    while after + 1 < len(found) and found[after].text == "::":
        after += 2
    return after < len(found) and found[after].text == ","


def _opening(found: Sequence[Token], position: int) -> int:
    """Where the bracket around a token opens; -1 when it stands in none."""
    depth = 0
    for at in range(position - 1, -1, -1):
        if found[at].text in (")", "]"):
            depth += 1
        elif found[at].text in ("(", "["):
            depth -= 1
            if depth < 0:
                return at
    return -1


def _is_between(found: Sequence[Token], position: int) -> bool:
    """Whether an AND is that of BETWEEN: no other AND, OR or WHERE comes first."""
    for token in reversed(found[:position]):
        if token.word == "between":
            return True
        if token.word in _CONNECTIVES and token.word:
            return False
    return False


def _compared_after(found: Sequence[Token], position: int) -> Role:
    """The role of a value on the left: `value = column`."""
    for at in range(position + 1, len(found)):
        text = found[at].text
        if text == "=":
            return Role.KEY
        if text in _RANGES:
            return Role.RANGE
        if text not in (")", "::") and found[at].kind is not TokenKind.WORD:
            return Role.OTHER
        if found[at].word in _CONNECTIVES and found[at].word:
            return Role.OTHER
    return Role.OTHER
