"""Registered query files: SQL with a few comment lines that say how each statement is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import QueryFileError
from dbaudit.query import Parameter, Query
from dbaudit.workload.lexer import LexError, Token, TokenKind, statements
from dbaudit.workload.placeholders import PlaceholderError, numbered
from dbaudit.workload.query_header import (
    Header,
    HeaderError,
    HeaderLine,
    header_line,
    read_header,
)

STANDARD_INPUT = "standard input"
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class _Section:
    """A statement without its semicolon, and the header lines before it."""

    lines: tuple[HeaderLine, ...]
    body: tuple[Token, ...]
    line: int


@dataclass(frozen=True, slots=True)
class _Source:
    """Text with what an error calls it."""

    text: str
    file: Path | None

    def line_of(self, position: int) -> int:
        """The 1-based line of an offset."""
        return self.text.count("\n", 0, position) + 1

    def error(self, line: int, message: str) -> QueryFileError:
        """The error that names the place."""
        return QueryFileError(f"{self.file or STANDARD_INPUT}:{line}: {message}")


def load_queries(paths: Iterable[str | Path], base: Path) -> list[Query]:
    """The queries of files, folders (all `.sql` below) and glob patterns, relative to `base`.

    A file that a pattern or folder brought in may hold no statement; one that was named may not.
    Raises QueryFileError for what is missing or not valid, and for a name used twice.
    """
    found: dict[Path, list[Query]] = {}
    for path in paths:
        files, is_named = _files(path, base)
        for file in files:
            if file in found:
                continue
            found[file] = read_queries(file)
            if is_named and not found[file]:
                raise QueryFileError(f"{file}: no statement in it; write one, or leave it out")
    queries = [query for file_queries in found.values() for query in file_queries]
    _refuse_same_names(queries)
    return queries


def read_queries(file: Path) -> list[Query]:
    """The queries of one file. Raises QueryFileError, also when it cannot be read."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise QueryFileError(f"{file}: {error.strerror or error}") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise QueryFileError(f"{file}:{line}: not valid UTF-8; save the file as UTF-8") from error
    return parse_queries(text, file)


def parse_queries(text: str, file: Path | None = None, default_name: str = "query") -> list[Query]:
    """The queries of a text; without a file, errors call it standard input.

    A single statement without `-- name:` is called by the file's stem, or else `default_name`.
    Raises QueryFileError with file and line.
    """
    source = _Source(text, file)
    if "\0" in text:
        raise source.error(source.line_of(text.index("\0")), "holds a null character; not SQL text")
    sections = _sections(source)
    lone = (file.stem if file else default_name) if len(sections) == 1 else None
    queries = [_query(source, section, lone) for section in sections]
    _refuse_same_names(queries)
    return queries


def _files(path: str | Path, base: Path) -> tuple[list[Path], bool]:
    """The files that a path stands for, and whether it names one file."""
    full = base / path
    try:
        if full.is_dir():
            return sorted(full.rglob("*.sql")), False
        if full.exists():
            return [full], True
        if not _MAGIC.search(str(path)):
            raise QueryFileError(f"{full}: no such query file")
        anchor = Path(full.anchor)
        matches = sorted(anchor.glob(str(full.relative_to(anchor))))
    except (OSError, ValueError) as error:
        raise QueryFileError(f"{path}: not a path or pattern of query files: {error}") from error
    return [match for match in matches if match.is_file()], False


def _sections(source: _Source) -> list[_Section]:
    try:
        pieces = [part for piece in statements(source.text) for part in _at_names(source, piece)]
    except LexError as error:
        raise source.error(source.line_of(error.position), str(error)) from error
    return [section for piece in pieces if (section := _section(source, piece)) is not None]


def _at_names(source: _Source, piece: Sequence[Token]) -> Iterator[list[Token]]:
    """The statement, cut where a `-- name:` begins the next although no semicolon ended this."""
    part: list[Token] = []
    for token in piece:
        if _is_name(source, token) and any(not earlier.is_blank for earlier in part):
            yield part
            part = []
        part.append(token)
    yield part


def _is_name(source: _Source, token: Token) -> bool:
    line = _header_line(source, token) if token.text.lower().lstrip("- \t")[:4] == "name" else None
    return line is not None and line.key == "name"


def _header_line(source: _Source, token: Token) -> HeaderLine | None:
    """The header line that a comment is; one after SQL on its line is none."""
    begin = source.text.rfind("\n", 0, token.start) + 1
    is_alone = not source.text[begin : token.start].strip()
    if token.kind is not TokenKind.COMMENT or not is_alone or not token.text.startswith("--"):
        return None
    try:
        return header_line(token.text, source.line_of(token.start))
    except HeaderError as error:
        raise source.error(error.line, str(error)) from error


def _section(source: _Source, piece: Sequence[Token]) -> _Section | None:
    """The piece as a section; None for blanks. A header without a statement is an error."""
    body = [token for token in piece if token.kind is not TokenKind.SEMICOLON]
    first = next((n for n, token in enumerate(body) if not token.is_blank), len(body))
    found = (_header_line(source, token) for token in body[:first])
    lines = tuple(line for line in found if line is not None)
    while body and body[-1].is_blank:
        body.pop()
    if body[first:]:
        return _Section(lines, tuple(body[first:]), source.line_of(body[first].start))
    if lines:
        raise source.error(lines[0].line, f"{lines[0].key} is not followed by a statement")
    return None


def _query(source: _Source, section: _Section, default_name: str | None) -> Query:
    try:
        header = read_header(section.lines)
        statement, names = numbered(section.body)
    except HeaderError as error:
        raise source.error(error.line, str(error)) from error
    except PlaceholderError as error:
        raise source.error(source.line_of(error.position), str(error)) from error
    name = header.name or default_name
    if name is None:
        raise source.error(
            section.line,
            "this statement has no name; several statements in one file each need a -- name: line",
        )
    return Query(
        name=name,
        sql="".join(token.text for token in section.body),
        statement=statement,
        parameters=_parameters(source, header, names),
        file=source.file,
        line=section.line,
        description=header.description,
        weight=header.weight,
        budgets=header.budgets,
        role=header.role,
        settings=header.settings,
    )


def _parameters(source: _Source, header: Header, names: Sequence[str]) -> tuple[Parameter, ...]:
    for name, line in header.parameter_lines.items():
        if name not in names:
            occurring = ", ".join(names) or "none"
            raise source.error(
                line, f"parameter {name} does not occur in the statement (there: {occurring})"
            )
    return tuple(header.parameters.get(name, Parameter(name)) for name in names)


def _refuse_same_names(queries: Iterable[Query]) -> None:
    first: dict[str, Query] = {}
    for query in queries:
        other = first.setdefault(query.name, query)
        if other is not query:
            raise QueryFileError(
                f"{place(query)}: the name {query.name} is taken by {place(other)}; rename one"
            )


def place(query: Query) -> str:
    """Where a query was written: `file:line`."""
    return f"{query.file or STANDARD_INPUT}:{query.line}"
