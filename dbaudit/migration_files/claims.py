"""Which registered queries an index says it is for, in its comment or by its name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

COMMENT, NAME = "comment", "name"

#: `for: x`, `serves: x`, `query: x`, `queries: x, y`, with a colon: what follows is meant.
_MARKED = re.compile(r"\b(?:for|serves?|used by|quer(?:y|ies))[ \t]*:[ \t]*([^\n]*)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Claim:
    """A query that is named; `source` is comment or name."""

    query: str
    source: str


def claimed_queries(
    comment: str, index: str, queries: Collection[str], own: Collection[str], names: Collection[str]
) -> list[Claim]:
    """The queries that are named, each once.

    A plain word such as `orders` is meant only behind a mark such as `for:`; so is what names a
    table or column too: `names` are those of the database. The index's name claims a query when it
    holds the query's whole name and that says more than `own`, its table and keys, do.
    """
    found = dict.fromkeys(Claim(name, COMMENT) for name in _in_comment(comment, queries, names))
    said = {claim.query for claim in found}
    named = (name for name in _in_name(index, queries, own) if name not in said)
    return [*found, *(Claim(name, NAME) for name in named)]


def _in_comment(comment: str, queries: Collection[str], names: Collection[str]) -> Iterator[str]:
    marked = "\n".join(match[1] for match in _MARKED.finditer(comment))
    known = {name.lower() for name in names}
    for name in queries:
        is_telling = _is_telling(name) and name.lower() not in known
        if _holds(marked, name) or (is_telling and _holds(comment, name)):
            yield name


def _in_name(index: str, queries: Collection[str], own: Collection[str]) -> Iterator[str]:
    words = _words(index)
    known = {word for name in own for word in _words(name)}
    for name in queries:
        wanted = _words(name)
        is_whole = any(
            words[begin : begin + len(wanted)] == wanted
            for begin in range(len(words) - len(wanted) + 1)
        )
        if is_whole and len(wanted) > 1 and not known.issuperset(wanted):
            yield name


def _is_telling(name: str) -> bool:
    return not name.isalpha() or not (name.islower() or name.istitle() or name.isupper())


def _holds(text: str, name: str) -> bool:
    return bool(name) and bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
