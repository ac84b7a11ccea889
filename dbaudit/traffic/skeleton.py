"""A statement cut into its form and its values by one regular expression.

It keeps most statements away from the lexer: two with the same skeleton have the same fingerprint,
and one split at C speed gives skeleton and values. Several skeletons may have one fingerprint, such
as those of IN lists of different lengths.

The fast expression knows strings and numbers only. It goes wrong from the first comment, dollar
quote, E'' string or odd quoted identifier on, and that first one it leaves in the skeleton, where
`is_sound` finds it: such a statement is cut by a slower expression that knows them all.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: Pieces that are joined at a time.
_TOGETHER = 10_000

#: Stands where a value was cut out: no statement holds a NUL.
GAP = "\0"

#: A number is cut out between these only: elsewhere it may be part of a name or of an operator.
#: One that stays makes one skeleton more.
_BEFORE_NUMBER = r"(?<=[ \t\n\r\f\v(,=<>+*/\[-][0-9])"
_NUMBER_REST = r"[0-9]*+(?:\.[0-9]++|)(?:[eE][+-]?[0-9]++|)(?![^ \t\n\r\f\v),;\]:=<>+*/|-])"

#: Python's `re` skips ahead by character set only where a pattern begins with one: this takes
#: 1.3 µs for a statement of 180 characters, the same as an alternation 8 µs. What the first
#: character began is told apart behind it.
_FAST = re.compile(rf"(['0-9](?:{_BEFORE_NUMBER}{_NUMBER_REST}|(?<=')[^']*+(?:''[^']*+)*+'))")

_TAG = r"\$(?P<tag>(?:[A-Za-z_\u0080-\U0010ffff][A-Za-z_0-9\u0080-\U0010ffff]*)?)\$"
_FULL = re.compile(
    rf"""
    (?P<value>
        (?<![\w$:\u0080-\U0010ffff])[eE]'(?:[^'\\]|\\.|'')*'
        | '[^']*(?:''[^']*)*'
        | (?<![\w$\u0080-\U0010ffff]){_TAG}.*?\$(?P=tag)\$
        | [0-9]{_BEFORE_NUMBER}{_NUMBER_REST}
    )
    | (?P<kept>"[^"]*(?:""[^"]*)*")
    | --[^\n\r]*
    | /\*[^*/]*(?:\*(?!/)[^*/]*|/(?!\*)[^*/]*)*\*/
    """,
    re.DOTALL | re.VERBOSE,
)

#: What the fast expression does not know, and what would make skeletons alike that are not.
_UNSOUND = re.compile(
    r"""
    ' | -- | /\* | [eE]\0 | \$(?![0-9])     # unread strings, comments, dollar quotes
    | \0[ \t\n\r\f\v]*(?:[bBxXnN]|[uU]&)?\0  # 'a' 'b' is one string, 1 2 are two numbers
    | %\([^()'";\s]*\0                     # %(1)s is a parameter, %('1')s is none
    | [0-9_.][eE][+-]\0                    # the end of a number such as .5e-3
    | \0:[^:=\s]                           # $$x$$:name is a parameter, 'x':name is none
    """,
    re.VERBOSE,
)

#: U&E'…' and u&$$…$$ are an operator and a string; rendered without E and $$ they would be one.
_PREFIXED = re.compile(r"(?:[bBxXnN]|[uU]&)\0")
_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"')

#: IN lists and rows of VALUES beyond the first member or row, values only.
_LONGER_LIST = re.compile(r"(\bin\s*\(|\barray\s*\[)\s*\0(?:\s*,\s*\0)+(?=\s*[)\]])", re.IGNORECASE)
_MORE_ROWS = re.compile(r"(\bvalues\s*)(\(\s*\0(?:\s*,\s*\0)*\s*\))(?:\s*,\s*\2)+", re.IGNORECASE)
#: Rows of anything, in brackets three deep at most.
_TWO_ROWS = re.compile(
    r"\bvalues\s*\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\)\s*,\s*\(", re.IGNORECASE
)


class Cut(NamedTuple):
    """A statement's skeleton, with a GAP for each value, and the values as written."""

    skeleton: str
    values: tuple[str, ...]
    comments: tuple[str, ...] = ()


#: Cuts out strings and numbers: gives the pieces between, and at odd places the values. To be used
#: where `is_sound` says so of the skeleton, which is the pieces with a GAP for each value.
split_fast = _FAST.split


def skeleton_of_long(text: str) -> str:
    """The skeleton, cut the fast way, without the memory that millions of pieces take."""
    joined: list[str] = []
    pieces: list[str] = []
    position = 0
    for match in _FAST.finditer(text):
        pieces.append(text[position : match.start()])
        position = match.end()
        if len(pieces) >= _TOGETHER:
            joined.append(GAP.join((*pieces, "")))
            pieces.clear()
    return "".join((*joined, GAP.join((*pieces, text[position:]))))


def cut_fully(text: str) -> Cut:
    """Cut out every literal, and the comments."""
    skeleton: list[str] = []
    values: list[str] = []
    comments: list[str] = []
    position = 0
    for match in _FULL.finditer(text):
        skeleton.append(text[position : match.start()])
        position = match.end()
        if match["value"] is not None:
            values.append(match["value"])
            skeleton.append(GAP)
        elif match["kept"] is not None:
            skeleton.append(match["kept"])
        else:
            comments.append(match[0])
            skeleton.append(" ")
    skeleton.append(text[position:])
    return Cut("".join(skeleton), tuple(values), tuple(comments))


def is_sound(skeleton: str) -> bool:
    """Whether every statement with this skeleton, cut the fast way, has the same fingerprint."""
    if _UNSOUND.search(skeleton) is not None or skeleton.count('"') % 2:
        return False
    return '"' not in skeleton or not any(GAP in name for name in _QUOTED.findall(skeleton))


def is_sound_in_full(skeleton: str) -> bool:
    """Whether every statement with this skeleton, cut fully, has the same fingerprint."""
    bare = _QUOTED.sub("", skeleton)
    return not ('"' in bare or _UNSOUND.search(bare) or _PREFIXED.search(bare))


def rendered(skeleton: str) -> str:
    """A statement with this skeleton."""
    return skeleton.replace(GAP, "''")


def has_more_rows(skeleton: str) -> bool:
    """Whether VALUES has several rows."""
    return _TWO_ROWS.search(skeleton) is not None


def shortened(skeleton: str) -> str:
    """The skeleton with one member in each list of values and one row in VALUES."""
    return _MORE_ROWS.sub(r"\1\2", _LONGER_LIST.sub(r"\1" + GAP, skeleton))
