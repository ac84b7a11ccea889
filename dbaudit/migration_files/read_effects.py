"""From the tokens of a statement to its effects; a statement of no interest has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbaudit.migration_files.create_index import read_create_index
from dbaudit.migration_files.effects import (
    AddedConstraint,
    CreatedTable,
    DroppedIndex,
    DroppedTable,
    Effect,
    Reindexed,
    RenamedIndex,
    RenamedTable,
    Transaction,
)
from dbaudit.migration_files.token_reader import TokenReader, split_commas
from dbaudit.workload.lexer import Token

_TABLES = (
    ("table",),
    ("unlogged", "table"),
    ("materialized", "view"),
)
_BEGINS = frozenset(("begin", "start"))
_ENDS = frozenset(("commit", "end", "rollback", "abort"))


def read_effects(tokens: Sequence[Token]) -> tuple[Effect, ...]:
    """The effects of one statement, given without blanks and semicolon.

    Raises UnreadableError for one that begins like a statement on indexes and cannot be read.
    """
    reader = TokenReader(tokens)
    first = tokens[0].word if tokens else ""
    if first in _BEGINS:
        return (Transaction(ends=False),)
    if first in _ENDS:
        return () if len(tokens) > 1 and tokens[1].word == "to" else (Transaction(ends=True),)
    if first == "create":
        return tuple(_created(reader))
    if first == "drop":
        return tuple(_dropped(reader))
    if first == "alter":
        return tuple(_altered(reader))
    return (Reindexed(),) if first == "reindex" else ()


def _created(reader: TokenReader) -> Iterator[Effect]:
    words = [token.word for token in reader.tokens[1:3]]
    if "index" in (words[:1] if words[:1] != ["unique"] else words[1:]):
        yield read_create_index(reader)
        return
    reader.skip("create")
    if any(reader.skip(*kind) for kind in _TABLES):
        reader.skip("if", "not", "exists")
        yield CreatedTable(*reader.qualified_name())


def _dropped(reader: TokenReader) -> Iterator[Effect]:
    reader.skip("drop")
    is_index = reader.skip("index")
    if not is_index and not any(reader.skip(*kind) for kind in _TABLES):
        return
    is_concurrent = is_index and reader.skip("concurrently")
    reader.skip("if", "exists")
    for part in split_commas(reader.rest()):
        schema, name = TokenReader(part).qualified_name()
        if is_index:
            yield DroppedIndex(schema, name, is_concurrent)
        else:
            yield DroppedTable(schema, name)


def _altered(reader: TokenReader) -> Iterator[Effect]:
    reader.skip("alter")
    is_index = reader.skip("index")
    if not is_index and not reader.skip("table"):
        return
    reader.skip("if", "exists")
    reader.skip("only")
    schema, table = reader.qualified_name()
    if reader.skip("rename", "to"):
        if is_index:
            yield RenamedIndex(schema, table)
        else:
            yield RenamedTable(schema, table, reader.name())
        return
    if not is_index:
        yield from _actions(reader, schema, table)


def _actions(reader: TokenReader, schema: str | None, table: str) -> Iterator[Effect]:
    """What the actions of ALTER TABLE do."""
    for part in split_commas(reader.rest()):
        action = TokenReader(part)
        if action.skip("add", "constraint"):
            yield AddedConstraint(schema, table, action.name())
        elif action.skip("add", "unique") or action.skip("add", "primary", "key"):
            yield AddedConstraint(schema, table, None)
        elif action.skip("drop", "constraint"):
            action.skip("if", "exists")
            yield DroppedIndex(schema, action.name(), table=table)
