"""CREATE INDEX as a value, from its tokens (gram.y, IndexStmt)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.index_definition import BTREE, IndexDefinition, IndexKey
from dbaudit.workload.lexer import Token
from dbaudit.workload.token_reader import TokenReader, UnreadableError, joined, split_commas


@dataclass(frozen=True, slots=True)
class IndexHead:
    """CREATE INDEX as far as its table; `name` is None where PostgreSQL chooses it."""

    name: str | None
    schema: str | None
    table: str
    is_unique: bool
    is_concurrent: bool
    is_only: bool


def read_head(reader: TokenReader) -> IndexHead:
    """CREATE [UNIQUE] INDEX [CONCURRENTLY] [IF NOT EXISTS] [name] ON [ONLY] table

    Raises UnreadableError.
    """
    reader.expect("create")
    is_unique = reader.skip("unique")
    reader.expect("index")
    is_concurrent = reader.skip("concurrently")
    reader.skip("if", "not", "exists")
    name = None
    if not reader.skip("on"):
        name = reader.name()
        reader.expect("on")
    is_only = reader.skip("only")
    schema, table = reader.qualified_name()
    return IndexHead(name, schema, table, is_unique, is_concurrent, is_only)


def read_definition(
    reader: TokenReader, schema: str, table: str, *, is_unique: bool
) -> tuple[IndexDefinition, bool]:
    """What stands behind the table's name, and whether the definition says all of it.

    It says nothing of NULLS NOT DISTINCT and of the tablespace. Raises UnreadableError.
    """
    method = reader.name() if reader.skip("using") else BTREE
    keys = tuple(_key(TokenReader(part)) for part in split_commas(reader.bracketed()))
    include: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    if reader.skip("include"):
        include = tuple(_only_name(part) for part in split_commas(reader.bracketed()))
    says_all = not reader.skip("nulls", "not", "distinct")
    reader.skip("nulls", "distinct")
    if reader.skip("with"):
        options = tuple(_option(part) for part in split_commas(reader.bracketed()))
    if reader.skip("tablespace"):
        reader.name()
        says_all = False
    where = _some_sql(reader) if reader.skip("where") else None
    reader.end()
    definition = IndexDefinition(schema, table, keys, method, include, where, is_unique, options)
    return definition, says_all


def _key(reader: TokenReader) -> IndexKey:
    text, is_expression = _subject(reader)
    collation = _dotted(reader) if reader.skip("collate") else None
    opclass = _opclass(reader)
    descending = reader.skip("desc")
    if not descending:
        reader.skip("asc")
    nulls_first = None
    if reader.skip("nulls"):
        nulls_first = reader.skip("first")
        if not nulls_first:
            reader.expect("last")
    reader.end()
    return IndexKey(text, is_expression, opclass, collation, descending, nulls_first)


def _subject(reader: TokenReader) -> tuple[str, bool]:
    """A column, an expression in brackets or a function's call; True for an expression."""
    if _is_bracket(reader.peek()):
        return joined(reader.bracketed()), True
    begin = reader.at
    column = reader.name()
    while reader.skip("."):
        reader.name()
    if _is_bracket(reader.peek()):
        reader.bracketed()
        return joined(reader.tokens[begin : reader.at]), True
    if reader.at != begin + 1:
        raise UnreadableError("a key is a column's name without its table")
    return column, False


def _opclass(reader: TokenReader) -> str | None:
    after = reader.peek()
    if after is None or after.word in ("asc", "desc", "nulls"):
        return None
    name = _dotted(reader)
    return f"{name} ({joined(reader.bracketed())})" if _is_bracket(reader.peek()) else name


def _dotted(reader: TokenReader) -> str:
    begin = reader.at
    reader.qualified_name()
    return joined(reader.tokens[begin : reader.at])


def _is_bracket(token: Token | None) -> bool:
    return token is not None and token.text == "("


def _only_name(tokens: Sequence[Token]) -> str:
    reader = TokenReader(tokens)
    name = reader.name()
    reader.end()
    return name


def _option(tokens: Sequence[Token]) -> tuple[str, str]:
    """A storage parameter without a value is true (transformRelOptions, reloptions.c)."""
    reader = TokenReader(tokens)
    name = reader.name()
    value = _some_sql(reader) if reader.skip("=") else "true"
    reader.end()
    return name, value


def _some_sql(reader: TokenReader) -> str:
    text = joined(reader.rest())
    if not text:
        raise UnreadableError(f"expected an expression {reader.here()}")
    return text
