"""Pieces of Python source, written so that a person would have written them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

#: What Black and Django's own code base keep to.
WIDTH = 88

_BLANK = re.compile(r"(?<=[^ ]) ")


def literal(text: str) -> str:
    """The text as a literal, in double quotes where that needs no escape."""
    written = repr(text)
    if written.startswith("'") and '"' not in text:
        return '"' + written[1:-1].replace("\\'", "'") + '"'
    return written


def literal_lines(text: str, indent: str) -> list[str]:
    """The text as one literal a line, which Python joins again; each line is indented."""
    lines: list[str] = []
    current = ""
    for piece in _pieces(text):
        if current and len(indent) + len(literal(current + piece)) > WIDTH:
            lines.append(indent + literal(current))
            current = ""
        current += piece
    return [*lines, indent + literal(current)]


def call(function: str, arguments: Sequence[str], indent: str = "") -> str:
    """A call with its arguments, on one line where it fits; the first line is not indented."""
    line = f"{function}({', '.join(arguments)})"
    if len(indent) + len(line) < WIDTH and "\n" not in line:
        return line
    inner = indent + "    "
    return "\n".join([f"{function}(", *(f"{inner}{one}," for one in arguments), f"{indent})"])


def call_with_text(function: str, text: str, indent: str) -> str:
    """A call with one literal as its argument, over several lines where it is long."""
    if len(indent) + len(function) + len(literal(text)) + 2 <= WIDTH:
        return f"{indent}{function}({literal(text)})"
    return "\n".join([f"{indent}{function}(", *literal_lines(text, indent + "    "), f"{indent})"])


def texts(items: Iterable[str]) -> str:
    """A list of texts."""
    return f"[{', '.join(map(literal, items))}]"


def comment(lines: Iterable[str]) -> list[str]:
    """The lines as comments."""
    return [f"# {line}".rstrip() for line in lines]


def _pieces(text: str) -> list[str]:
    """The text cut before its blanks."""
    cuts = [0, *(match.start() for match in _BLANK.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(cuts) if end > start]
