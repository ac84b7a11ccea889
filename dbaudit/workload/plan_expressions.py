"""Expressions as EXPLAIN (VERBOSE) prints them, taken apart by the parser of queries.

PostgreSQL writes them anew from its own tree (src/backend/utils/adt/ruleutils.c): every column
qualified by its reference's alias, every literal cast, every conjunct in brackets. So this language
is far smaller than SQL, whatever the query was written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from dbaudit.workload.blocks import Block, Reference
from dbaudit.workload.conditions import Scope, add_conditions
from dbaudit.workload.keys import read_keys
from dbaudit.workload.lexer import LexError, Token, significant, tokens
from dbaudit.workload.names import identifier_of
from dbaudit.workload.source_text import ParseError, SourceText, source_text

#: What EXPLAIN prints where the query has a subquery; before PostgreSQL 17 one without outer
#: columns stands as the parameter that it sets (`Subplan Name: InitPlan 1 (returns $0)`).
_SUBPLAN = re.compile(
    r"\((?:alternatives: |rescan )?(?:hashed )?(?:SubPlan|InitPlan) [^()]*\)(?:\.col\d+)?"
)
_SUBQUERY = "(SELECT 1)"
_PARTIAL = re.compile(r"\APARTIAL ")


def add_quals(text: str, block: Block, clause: str, returned: Sequence[str]) -> None:
    """Hang the conditions of a plan node's quals on the references that they are about.

    `returned` are the parameters, such as $0, that stand for subqueries. A conjunct that the
    parser does not know is left out.
    """
    for conjunct in _conjuncts(_with_subqueries(text, returned)):
        parsed = _parsed(f"SELECT 1 WHERE {conjunct}")
        if parsed is not None:
            add_conditions(parsed[0].args["where"].this, Scope(block, clause, parsed[1]))


def add_keys(clause: str, keys: Sequence[str], block: Block) -> None:
    """Hang the keys of a Sort or an Aggregate; `clause` is ORDER BY or GROUP BY."""
    parsed = _parsed(f"SELECT 1 {clause} {', '.join(keys)}")
    if parsed is not None:
        read_keys(parsed[0], Scope(block, "where", parsed[1]))


def add_extremum(output: str, block: Block) -> None:
    """Hang the order that the only output of an Aggregate wants, where it is min() or max()."""
    parsed = _parsed(f"SELECT {_PARTIAL.sub('', output)}")
    if parsed is not None:
        read_keys(parsed[0], Scope(block, "where", parsed[1]))


def columns_named(
    text: str, references: Mapping[str, Reference]
) -> Iterator[tuple[Reference, str]]:
    """The columns in an expression, bare ones where there is but one reference."""
    only = next(iter(references.values())) if len(references) == 1 else None
    found = [(token.text, identifier_of(token)) for token in _tokens(text)]
    for n, (_, name) in enumerate(found):
        if name is None:
            continue
        is_qualified = n >= 2 and found[n - 1][0] == "."
        owner = references.get(found[n - 2][1] or "") if is_qualified else only
        if owner is not None and name in (owner.types or ()):
            yield owner, name


def _with_subqueries(text: str, returned: Sequence[str]) -> str:
    text = _SUBPLAN.sub(_SUBQUERY, text)
    if not returned:
        return text
    pieces = (_SUBQUERY if token.text in returned else token.text for token in tokens(text))
    return "".join(pieces)


def _conjuncts(text: str) -> Iterator[str]:
    """The sides of an AND at the top; the text itself where there is none."""
    found = _tokens(text)
    depths = list(_depths(found))
    if len(found) > 2 and found[0].text == "(" and min(depths[:-1]) > 0 and depths[-1] == 0:
        yield from _conjuncts(text[found[0].end : found[-1].start])
        return
    ands = [t for t, depth in zip(found, depths, strict=True) if t.word == "and" and depth == 0]
    begins = [0, *(token.end for token in ands)]
    ends = [*(token.start for token in ands), len(text)]
    for begin, end in zip(begins, ends, strict=True):
        yield text[begin:end]


def _depths(found: Sequence[Token]) -> Iterator[int]:
    depth = 0
    for token in found:
        depth += (token.text in "([") - (token.text in ")]")
        yield depth


def _tokens(text: str) -> list[Token]:
    try:
        return significant(tokens(text))
    except LexError:  # no expression of the server's own is cut off; a function's name may look so
        return []


def _parsed(sql: str) -> tuple[exp.Select, SourceText] | None:
    try:
        source = source_text(sql)
        tree = source.parse()
    except ParseError:
        return None
    return (tree, source) if isinstance(tree, exp.Select) else None
