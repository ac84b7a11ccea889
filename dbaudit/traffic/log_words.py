"""The server's words in its log, in every language of lc_messages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

#: The messages about a statement: that it ended (with its duration), parts of it, that it began.
Kind = Literal[
    "statement", "execute", "fetch", "parse", "bind", "plan", "duration",
    "logged_statement", "logged_execute", "logged_fetch",
]  # fmt: skip

_MS = r"(?P<ms>[\d.]+)"
#: What a message names: a prepared statement, `<unnamed>`, with its portal `S_1/C_2`.
_NAME = r"(?P<name>[^\n]*?)"


@dataclass(frozen=True, slots=True)
class Words:
    """What every language together can write.

    `severities` and `labels` lead from a word to English: FEHLER to ERROR, ANWEISUNG to STATEMENT.
    `forms` are the messages that hold statements, by language and then by kind (a key of
    `log_words.toml`'s messages, or `logged_execute` and `logged_fetch`): expressions with the
    groups `ms` and `name` as they apply; the statement stands behind the match. `heads` matches
    what any of them begins with. `parameters` finds what stands before the bound values in a DETAIL
    or CONTEXT. `unknown` stand in a prefix for a name that is not there.
    """

    severities: Mapping[str, str]
    labels: Mapping[str, str]
    forms: Mapping[str, Mapping[Kind, re.Pattern[str]]]
    heads: re.Pattern[str]
    parameters: re.Pattern[str]
    unknown: frozenset[str]


@cache
def words() -> Words:
    """The words of all languages, read once."""
    text = files("dbaudit.traffic").joinpath("log_words.toml").read_text("utf-8")
    languages: dict[str, Any] = tomllib.loads(text)
    return Words(
        severities=_by_word(languages, "severities"),
        labels=_by_word(languages, "labels"),
        forms={name: _forms(each["messages"]) for name, each in languages.items()},
        heads=_heads([each["messages"] for each in languages.values()]),
        parameters=_parameters([each["messages"] for each in languages.values()]),
        unknown=frozenset(each["messages"]["unknown"] for each in languages.values()),
    )


def _by_word(languages: Mapping[str, Any], kind: str) -> dict[str, str]:
    """English first, which an alternation of the words tries first."""
    found: dict[str, str] = {}
    for language in languages.values():
        for english, word in language[kind].items():
            found.setdefault(word, english.upper())
    return found


def _forms(templates: Mapping[str, str]) -> dict[Kind, re.Pattern[str]]:
    bare = _pieces(templates["duration"])
    return {
        "statement": _filled(templates["duration_statement"], _MS),
        "parse": _filled(templates["duration_parse"], _MS, _NAME),
        "bind": _filled(templates["duration_bind"], _MS, _NAME),
        "fetch": _filled(templates["duration_execute"], _MS, _word(templates["execute_fetch"])),
        "execute": _filled(templates["duration_execute"], _MS, _word(templates["execute"])),
        "duration": re.compile(bare[0] + _MS + bare[1] + r"\Z"),
        "logged_statement": _filled(templates["logged_statement"]),
        "logged_fetch": re.compile(f"{_word(templates['execute_fetch'])} {_NAME}: "),
        "logged_execute": re.compile(f"{_word(templates['execute'])} {_NAME}: "),
    }


def _filled(template: str, *values: str) -> re.Pattern[str]:
    """The template with expressions for its values, up to the last, which is the statement."""
    pieces = _pieces(template.replace("%s%s%s", "%s"))
    known = [*values, _NAME][: len(pieces) - 2]
    return re.compile("".join(a + b for a, b in zip(pieces, [*known, ""], strict=False)))


def _pieces(template: str) -> list[str]:
    """What stands between the values, with spaces as any catalog writes them."""
    return [_word(piece) for piece in template.split("%s")]


def _word(text: str) -> str:
    return re.sub(r"(?:\\ |\xa0)+", "[ \xa0]+", re.escape(text))


def _heads(languages: list[Mapping[str, str]]) -> re.Pattern[str]:
    keys = ("duration", "duration_execute", "logged_statement", "execute", "execute_fetch")
    return re.compile(
        "|".join(sorted({_pieces(each[key])[0] for each in languages for key in keys}))
    )


def _parameters(languages: list[Mapping[str, str]]) -> re.Pattern[str]:
    """ "Parameters: $1 = …", "parameters: …" (before 16), "unnamed portal with parameters: …"."""
    keys = ("parameters", "portal_parameters", "unnamed_portal_parameters")
    heads = {"[^\n]*".join(_pieces(each[key])[:-1]) for each in languages for key in keys}
    return re.compile(rf"^(?:{'|'.join(sorted(heads))})(?=\$1 = )", re.IGNORECASE | re.MULTILINE)
