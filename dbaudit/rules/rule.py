"""A rule as a value, and the parser of its file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbaudit.config import Option
from dbaudit.errors import RuleError
from dbaudit.findings import Severity

_HEADER = re.compile(r"\A\s*/\*(.*?)\*/(.*)\Z", re.DOTALL)
_REQUIRED = ("id", "title", "category", "severity", "needs", "why")
_OPTIONAL = ("engines", "options", "references", "counters_suffice")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `needs` are the snapshot tables it cannot do without; `options` its defaults.

    `counters_suffice` marks a rule about what applications sent that can judge it by the counters
    of pg_stat_statements too, without a log or trace.
    """

    id: str
    title: str
    category: str
    severity: Severity
    needs: tuple[str, ...]
    why: str
    sql: str
    path: Path
    engines: tuple[str, ...] = ("postgresql",)
    options: Mapping[str, Option] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    counters_suffice: bool = False


def parse_rule(text: str, path: Path) -> Rule:
    """The rule in a file: a comment `/* TOML */`, then one SELECT.

    Raises RuleError naming the file and what was expected.
    """
    match = _HEADER.match(text)
    if match is None:
        raise RuleError(f"{path}: a rule begins with /* and a TOML header")
    header = _header(match[1], path)
    if header["id"] != path.stem:
        raise RuleError(f"{path}: id is {header['id']!r}; expected the file's stem {path.stem!r}")
    return Rule(
        id=header["id"],
        title=header["title"],
        category=header["category"],
        severity=_severity(header["severity"], path),
        needs=_words(header, "needs", path),
        why=header["why"].strip(),
        sql=match[2].strip().rstrip(";"),
        path=path,
        engines=_words(header, "engines", path) or ("postgresql",),
        options=header.get("options", {}),
        references=_words(header, "references", path),
        counters_suffice=header.get("counters_suffice") is True,
    )


def _header(text: str, path: Path) -> Mapping[str, Any]:
    try:
        header = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{path}: the header is not TOML: {error}") from None
    missing = [key for key in _REQUIRED if key not in header]
    unknown = [key for key in header if key not in _REQUIRED + _OPTIONAL]
    if missing:
        raise RuleError(f"{path}: the header lacks {', '.join(missing)}")
    if unknown:
        known = ", ".join(_REQUIRED + _OPTIONAL)
        raise RuleError(f"{path}: unknown key {unknown[0]!r} in the header; known: {known}")
    for key in ("id", "title", "category", "severity", "why"):
        if not isinstance(header[key], str):
            raise RuleError(f"{path}: {key} must be a string")
    return header


def _severity(word: str, path: Path) -> Severity:
    try:
        return Severity(word)
    except ValueError:
        raise RuleError(f"{path}: severity is {word!r}; expected error, warning or info") from None


def _words(header: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
    value = header.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise RuleError(f"{path}: {key} must be a list of strings")
    return tuple(value)
