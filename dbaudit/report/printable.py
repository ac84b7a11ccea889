"""Text that other people chose (names, messages, SQL) made safe to print on a terminal."""

from __future__ import annotations

import unicodedata

# Bidirectional overrides and isolates (Unicode TR9) reorder what is shown: a name could pass for
# another one. Joiners and variation selectors stay, emoji need them.
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


# Control characters, lone surrogates, line and paragraph separators.
_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")


def one_line(text: str) -> str:
    """The text on one line, with every control character shown as its escape (`\\x1b`).

    An escape sequence in a table's name would otherwise command the reader's terminal.
    """
    return "".join(_shown(character) for character in " ".join(text.splitlines()))


def lines_of(text: str) -> list[str]:
    """The lines of a statement, with every other control character shown as its escape.

    Tabs become four spaces. Where a name holds a control character the statement cannot be copied
    as it is shown: not being able to command the terminal weighs more.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    return ["".join(map(_shown, line.expandtabs(4))) for line in lines]


def _shown(character: str) -> str:
    if unicodedata.category(character) in _UNPRINTABLE or character in _BIDIRECTIONAL:
        return character.encode("unicode_escape").decode("ascii")
    return character
