"""The comment lines before a statement in a query file: `-- key: value`.

A lower-case word with a colon is a key, and one that is not known is an error (a misspelt budget
would never fail a build). `-- Note: …`, with a capital, is prose, as is any other comment.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from dbaudit.query import Budgets, Parameter
from dbaudit.workload.parameter_declaration import parse_parameter

_LINE = re.compile(r"--+[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*:(?!//)[ \t]*(.*?)[ \t]*\Z", re.DOTALL)
_SETTING = re.compile(r"([A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*)[ \t]*=[ \t]*(.*)\Z", re.DOTALL)
#: What aiosql and sqlc write after the name: `^`, `<!`, `:one`, a list of arguments.
_NAME_SUFFIX = re.compile(
    r"(?:[ \t]*\([^()]*\))?(?:<!|\*!|[\^$!#])?(?:[ \t]+:[a-z]+)?\Z", re.IGNORECASE
)


class HeaderError(ValueError):
    """A header line is not valid; `line` is its 1-based number in the file."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """One `-- key: value` with its 1-based line."""

    key: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Header:
    """What the comments say of the statement below them; `name` is None where they do not."""

    name: str | None = None
    description: str = ""
    weight: float = 1.0
    budgets: Budgets = field(default_factory=Budgets)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    parameter_lines: Mapping[str, int] = field(default_factory=dict)
    role: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


def header_line(comment: str, line: int) -> HeaderLine | None:
    """The comment as a header line, None for prose. Raises HeaderError for an unknown key."""
    match = _LINE.match(comment)
    if match is None:
        return None
    key = match[1].lower()
    if key in _READERS:
        return HeaderLine(key, match[2], line)
    if match[1] != key:
        return None
    near = difflib.get_close_matches(key, _READERS, n=1, cutoff=0.5)
    known = f"did you mean {near[0]}?" if near else f"known are {', '.join(_READERS)}"
    raise HeaderError(
        f"unknown key {key}; {known} (an ordinary comment: -- {key.title()}: …)", line
    )


def read_header(lines: Iterable[HeaderLine]) -> Header:
    """The header of one statement. Raises HeaderError for a wrong or repeated value."""
    header = Header()
    seen: dict[str, int] = {}
    for line in lines:
        if line.key in _ONCE and line.key in seen:
            raise HeaderError(
                f"{line.key} is given twice, first on line {seen[line.key]}", line.line
            )
        seen[line.key] = line.line
        header = _READERS[line.key](header, line)
    return header


def _name(header: Header, line: HeaderLine) -> Header:
    name = _NAME_SUFFIX.sub("", line.value, count=1).strip()
    if not name:
        raise HeaderError("name is empty", line.line)
    return replace(header, name=name)


def _description(header: Header, line: HeaderLine) -> Header:
    return replace(header, description=f"{header.description} {line.value}".strip())


def _weight(header: Header, line: HeaderLine) -> Header:
    return replace(header, weight=_number(line))


def _max_ms(header: Header, line: HeaderLine) -> Header:
    return replace(header, budgets=replace(header.budgets, max_ms=_number(line)))


def _max_cost(header: Header, line: HeaderLine) -> Header:
    return replace(header, budgets=replace(header.budgets, max_cost=_number(line)))


def _max_rows_read(header: Header, line: HeaderLine) -> Header:
    rows = _number(line)
    if not rows.is_integer():
        raise HeaderError(f"max_rows_read must be a whole number, not {line.value}", line.line)
    return replace(header, budgets=replace(header.budgets, max_rows_read=int(rows)))


def _no_seq_scan(header: Header, line: HeaderLine) -> Header:
    value = line.value.lower()
    if value not in ("true", "false"):
        raise HeaderError(f"no_seq_scan must be true or false, not {line.value!r}", line.line)
    return replace(header, budgets=replace(header.budgets, no_seq_scan=value == "true"))


def _param(header: Header, line: HeaderLine) -> Header:
    try:
        parameter = parse_parameter(line.value)
    except ValueError as error:
        raise HeaderError(str(error), line.line) from error
    if parameter.name in header.parameters:
        first = header.parameter_lines[parameter.name]
        raise HeaderError(
            f"parameter {parameter.name} is declared twice, first on line {first}", line.line
        )
    return replace(
        header,
        parameters={**header.parameters, parameter.name: parameter},
        parameter_lines={**header.parameter_lines, parameter.name: line.line},
    )


def _role(header: Header, line: HeaderLine) -> Header:
    if not line.value:
        raise HeaderError("role is empty", line.line)
    return replace(header, role=_unquoted(line.value, '"'))


def _set(header: Header, line: HeaderLine) -> Header:
    match = _SETTING.match(line.value)
    if match is None:
        raise HeaderError(f"set wants key = value, not {line.value!r}", line.line)
    if match[1] in header.settings:
        raise HeaderError(f"{match[1]} is set twice", line.line)
    value = _unquoted(match[2], "'")
    return replace(header, settings={**header.settings, match[1]: value})


def _unquoted(text: str, quote: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == quote:
        return text[1:-1].replace(quote * 2, quote)
    return text


def _number(line: HeaderLine) -> float:
    try:
        number = float(line.value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number <= 0:
        raise HeaderError(f"{line.key} must be a number above 0, not {line.value!r}", line.line)
    return number


_READERS: Mapping[str, Callable[[Header, HeaderLine], Header]] = {
    "name": _name,
    "description": _description,
    "weight": _weight,
    "max_ms": _max_ms,
    "max_cost": _max_cost,
    "max_rows_read": _max_rows_read,
    "no_seq_scan": _no_seq_scan,
    "param": _param,
    "role": _role,
    "set": _set,
}
_ONCE = _READERS.keys() - {"description", "param", "set"}
