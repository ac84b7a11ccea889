"""Operators as PostgreSQL spells them, and which of them an index can serve."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

#: sqlglot's classes of binary operators.
BINARY: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Like: "~~",
    exp.ILike: "~~*",
    exp.SimilarTo: "similar to",
    exp.RegexpLike: "~",
    exp.RegexpILike: "~*",
    exp.NullSafeEQ: "is not distinct from",
    exp.NullSafeNEQ: "is distinct from",
    exp.ArrayContainsAll: "@>",
    exp.ArrayContainedBy: "<@",
    exp.ArrayOverlaps: "&&",
    exp.JSONBContainsTopKey: "?",
    exp.JSONBContainsAnyTopKeys: "?|",
    exp.JSONBContainsAllTopKeys: "?&",
    exp.JSONBPathExists: "@?",
    exp.StartsWith: "^@",
    exp.BitwiseLeftShift: "<<",
    exp.BitwiseRightShift: ">>",
    exp.Adjacent: "-|-",
    exp.Mod: "%",
}

NEGATED: Mapping[str, str] = {
    "=": "<>",
    "<>": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "~~": "!~~",
    "~~*": "!~~*",
    "~": "!~",
    "~*": "!~*",
    "in": "not in",
    "is null": "is not null",
    "is true": "is not true",
    "is false": "is not false",
    "is distinct from": "is not distinct from",
    "is not distinct from": "is distinct from",
}

#: What an operator becomes when its sides are exchanged (pg_operator.oprcom).
COMMUTED: Mapping[str, str] = {
    "=": "=",
    "<>": "<>",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
    "@>": "<@",
    "<@": "@>",
    "&&": "&&",
    "@@": "@@",
    "%": "%",
    "<<": ">>",
    ">>": "<<",
    "<<=": ">>=",
    ">>=": "<<=",
    "<<|": "|>>",
    "|>>": "<<|",
    "-|-": "-|-",
    "~=": "~=",
    "<%": "%>",
    "%>": "<%",
    "<<%": "%>>",
    "%>>": "<<%",
    "is distinct from": "is distinct from",
    "is not distinct from": "is not distinct from",
}

#: Operators that measure how far two values are apart, and what each is with its sides exchanged.
DISTANCES: Mapping[str, str] = {
    "<->": "<->",
    "<->>": "<<->",
    "<<->": "<->>",
    "<->>>": "<<<->",
    "<<<->": "<->>>",
}

#: Operators that some operator class of core or contrib (pg_trgm, hstore, ltree) has.
_INDEXABLE = frozenset(
    """
    = < <= > >= @> <@ && ? ?| ?& @? @@ @@@ ^@ % <% %> <<% %>> << >> <<| |>> &< &> &<| |&> <<= >>=
    -|- ~= ~<~ ~<=~ ~>~ ~>=~
    """.split()
) | {"in", "is null", "is not null", "is true", "is false"}

_PATTERN_OPERATORS = frozenset(("~~", "~~*", "~", "similar to"))
_LITERAL = re.compile(r"[eE]?'((?:[^']|'')*)'(?:::\w+)?\Z", re.DOTALL)


def is_indexable(operator: str, value: str | None, is_constant: bool) -> bool:
    """Whether some index on the operator's left side could serve it.

    A pattern that is a constant must have a fixed beginning (PostgreSQL's like_support.c); of one
    that is a parameter nobody knows, so LIKE passes and ILIKE does not.
    """
    if operator not in _PATTERN_OPERATORS:
        return operator in _INDEXABLE
    literal = _LITERAL.match(value or "") if is_constant else None
    if literal is None:
        return operator != "~~*"
    return _has_fixed_beginning(operator, literal[1])


def _has_fixed_beginning(operator: str, pattern: str) -> bool:
    if operator == "~":
        return bool(re.match(r"\^[^.\[(\\*+?{|$^]", pattern)) and "|" not in pattern
    if operator == "~~*":
        return pattern[:1] not in ("", "%", "_", "\\") and not pattern[0].isalpha()
    if operator == "similar to":
        return bool(re.match(r"[^%_\[(\\*+?{|]", pattern)) and "|" not in pattern
    return pattern[:1] not in ("", "%", "_")
