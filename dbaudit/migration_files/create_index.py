"""CREATE INDEX as a value, from its tokens (gram.y, IndexStmt)."""

from __future__ import annotations

from collections.abc import Sequence

from dbaudit.index_definition import BTREE, IndexDefinition, IndexKey
from dbaudit.migration_files.effects import CreatedIndex
from dbaudit.migration_files.token_reader import (
    TokenReader,
    UnreadableError,
    joined,
    split_commas,
)
from dbaudit.workload.lexer import Token


def read_create_index(reader: TokenReader) -> CreatedIndex:
    """What stands behind CREATE [UNIQUE] INDEX; the reader is at its beginning.

    Raises UnreadableError.
    """
    is_unique = reader.skip("create", "unique", "index")
    if not is_unique and not reader.skip("create", "index"):
        raise UnreadableError(f"expected CREATE INDEX {reader.here()}")
    is_concurrent = reader.skip("concurrently")
    reader.skip("if", "not", "exists")
    name = None
    if not reader.skip("on"):
        name = reader.qualified_name()[1]
        if not reader.skip("on"):
            raise UnreadableError(f"expected ON {reader.here()}")
    is_only = reader.skip("only")
    schema, table = reader.qualified_name()
    method = reader.name() if reader.skip("using") else BTREE
    keys = tuple(_key(part) for part in split_commas(reader.bracketed()))
    include, options, where = _tail(reader)
    definition = IndexDefinition(
        schema or "", table, keys, method, include, where, is_unique, options
    )
    return CreatedIndex(schema, table, name, definition, is_concurrent, is_only)


def _key(tokens: Sequence[Token]) -> IndexKey:
    reader = TokenReader(tokens)
    text, is_expression = _subject(reader)
    collation = opclass = None
    if reader.skip("collate"):
        collation = _dotted(reader)
    after = reader.peek()
    if after is not None and after.word not in ("asc", "desc", "nulls"):
        opclass = _dotted(reader)
        if (opening := reader.peek()) is not None and opening.text == "(":
            opclass += f" ({joined(reader.bracketed())})"
    descending = reader.skip("desc")
    reader.skip("asc")
    nulls_first = None
    if reader.skip("nulls"):
        nulls_first = reader.skip("first")
        if not nulls_first and not reader.skip("last"):
            raise UnreadableError(f"expected FIRST or LAST {reader.here()}")
    if reader.peek() is not None:
        raise UnreadableError(f"did not expect this in a key {reader.here()}")
    return IndexKey(text, is_expression, opclass, collation, descending, nulls_first)


def _subject(reader: TokenReader) -> tuple[str, bool]:
    """A column, an expression in brackets or a function's call; True for an expression."""
    first = reader.peek()
    if first is not None and first.text == "(":
        return joined(reader.bracketed()), True
    begin = reader.at
    column = reader.name()
    while reader.skip("."):
        reader.name()
    after = reader.peek()
    if after is None or after.text != "(":
        if reader.at != begin + 1:
            raise UnreadableError("a key is a column's name without its table")
        return column, False
    reader.bracketed()
    return joined(reader.tokens[begin : reader.at]), True


def _dotted(reader: TokenReader) -> str:
    begin = reader.at
    reader.qualified_name()
    return joined(reader.tokens[begin : reader.at])


def _tail(
    reader: TokenReader,
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], str | None]:
    """INCLUDE, WITH and WHERE; what else may stand there is passed."""
    include: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    if reader.skip("include"):
        include = tuple(TokenReader(part).name() for part in split_commas(reader.bracketed()))
    if reader.skip("nulls"):
        reader.skip("not")
        reader.skip("distinct")
    if reader.skip("with"):
        options = tuple(_option(part) for part in split_commas(reader.bracketed()))
    if reader.skip("tablespace"):
        reader.name()
    where = joined(reader.rest()) if reader.skip("where") else None
    if where is None and reader.peek() is not None:
        raise UnreadableError(f"did not expect this behind the keys {reader.here()}")
    if where == "":
        raise UnreadableError("expected a condition behind WHERE")
    return include, options, where


def _option(tokens: Sequence[Token]) -> tuple[str, str]:
    reader = TokenReader(tokens)
    name = reader.name()
    return name, joined(reader.rest()) if reader.skip("=") else "true"
