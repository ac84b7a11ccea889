"""From the tokens of a statement to its effects; a statement of no interest has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbaudit.migration_files.effects import (
    AddedConstraint,
    CreatedIndex,
    CreatedTable,
    DroppedColumn,
    DroppedIndex,
    DroppedTable,
    Effect,
    Reindexed,
    RenamedColumn,
    RenamedIndex,
    RenamedTable,
    Transaction,
)
from dbaudit.workload.create_index import read_definition, read_head
from dbaudit.workload.lexer import Token
from dbaudit.workload.token_reader import TokenReader, split_commas

_TABLES = (
    ("table",),
    ("unlogged", "table"),
    ("materialized", "view"),
)
#: Constraints that an index backs.
_INDEXING = (("unique",), ("primary", "key"), ("exclude",))
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
    return (_reindexed(reader),) if first == "reindex" else ()


def _reindexed(reader: TokenReader) -> Reindexed:
    reader.skip("reindex")
    options = reader.peek()
    if options is not None and options.text == "(":
        reader.bracketed()
    kind = reader.name().lower()
    reader.skip("concurrently")
    if reader.peek() is None:  # SYSTEM and DATABASE may go without a name
        return Reindexed(kind)
    return Reindexed(kind, *reader.qualified_name())


def _created(reader: TokenReader) -> Iterator[Effect]:
    words = [token.word for token in reader.tokens[1:3]]
    if "index" in (words[:1] if words[:1] != ["unique"] else words[1:]):
        yield _created_index(reader)
        return
    reader.skip("create")
    if any(reader.skip(*kind) for kind in _TABLES):
        reader.skip("if", "not", "exists")
        yield CreatedTable(*reader.qualified_name())


def _created_index(reader: TokenReader) -> CreatedIndex:
    head = read_head(reader)
    definition, _ = read_definition(reader, head.schema or "", head.table, is_unique=head.is_unique)
    return CreatedIndex(
        head.schema, head.table, head.name, definition, head.is_concurrent, head.is_only
    )


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
    elif not is_index and reader.skip("rename", "constraint"):
        yield RenamedIndex(schema, reader.name())
    elif not is_index and reader.skip("rename"):
        reader.skip("column")
        old = reader.name()
        if reader.skip("to"):
            yield RenamedColumn(schema, table, old, reader.name())
    elif not is_index:
        for part in split_commas(reader.rest()):
            yield from _action(TokenReader(part), schema, table)


def _action(reader: TokenReader, schema: str | None, table: str) -> Iterator[Effect]:
    """What one action of ALTER TABLE does."""
    if reader.skip("add"):
        name = reader.name() if reader.skip("constraint") else None
        if any(reader.skip(*kind) for kind in _INDEXING):
            yield AddedConstraint(schema, table, name)
            if reader.skip("using", "index"):  # the index takes the constraint's name
                index = reader.name()
                if name not in (None, index):
                    yield RenamedIndex(schema, index)
    elif reader.skip("drop"):
        is_constraint = reader.skip("constraint")
        reader.skip("column")
        reader.skip("if", "exists")
        if is_constraint:
            yield DroppedIndex(schema, reader.name(), table=table)
        else:
            yield DroppedColumn(schema, table, reader.name())
