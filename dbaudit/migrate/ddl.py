"""CREATE INDEX and DROP INDEX as values, read from text by a strict grammar.

Nothing else is accepted, so a plan file or a migration that was edited by hand can build and drop
indexes and do nothing more. What dbaudit runs is written anew from the value, always concurrently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.errors import UsageError
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.index_definition import IndexDefinition
from dbaudit.workload import lexer
from dbaudit.workload.create_index import read_definition, read_head
from dbaudit.workload.lexer import LexError, Token
from dbaudit.workload.token_reader import TokenReader, UnreadableError, joined, open_brackets


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """CREATE INDEX: `tail` is the SQL behind the table's name; `schema` None where unqualified.

    `only` is ON ONLY, which leaves the partitions of a partitioned table alone.
    """

    name: str
    schema: str | None
    table: str
    tail: str
    unique: bool = False
    only: bool = False

    def sql(self, schema: str, *, concurrently: bool = True) -> str:
        """The statement as dbaudit runs it, on that schema's table."""
        kind = "UNIQUE INDEX" if self.unique else "INDEX"
        how = " CONCURRENTLY" if concurrently else ""
        table = qualified(schema, self.table)
        return f"CREATE {kind}{how} {quote_ident(self.name)} ON {table} {self.tail}"

    def sql_on_only(self, schema: str) -> str:
        """The statement for a partitioned table itself, which leaves its partitions alone."""
        kind = "UNIQUE INDEX" if self.unique else "INDEX"
        table = qualified(schema, self.table)
        return f"CREATE {kind} {quote_ident(self.name)} ON ONLY {table} {self.tail}"

    def definition(self, schema: str) -> IndexDefinition | None:
        """The index on that schema's table; None where an IndexDefinition cannot say all of it."""
        reader = TokenReader(lexer.significant(lexer.tokens(self.tail)))
        try:
            found, says_all = read_definition(reader, schema, self.table, is_unique=self.unique)
        except UnreadableError:
            return None
        return found if says_all else None


@dataclass(frozen=True, slots=True)
class DropIndex:
    """DROP INDEX of one index; `schema` None where unqualified."""

    name: str
    schema: str | None


@dataclass(frozen=True, slots=True)
class Attach:
    """ALTER INDEX parent ATTACH PARTITION member, each by schema and name."""

    parent: tuple[str, str]
    member: tuple[str, str]


def drop_sql(schema: str, name: str) -> str:
    """The statement that drops an index without blocking anyone."""
    return f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(schema, name)}"


def split(text: str) -> list[list[Token]]:
    """The statements of a script as tokens, without space, comments and semicolons.

    Raises UsageError for a string, name or comment that never ends.
    """
    try:
        parts = lexer.statements(text)
    except LexError as error:
        raise UsageError(f"{error} in the statement") from None
    kept = ([t for t in part if not (t.is_blank or t.text == ";")] for part in parts)
    return [part for part in kept if part]


def parse_create(text: str) -> CreateIndex:
    """The one CREATE INDEX that the text is. Raises UsageError when it is anything else."""
    return read_create(_only_statement(text, "CREATE INDEX"))


def parse_drop(text: str) -> DropIndex:
    """The one DROP INDEX that the text is. Raises UsageError when it is anything else."""
    return read_drop(_only_statement(text, "DROP INDEX"))


def read_create(tokens: Sequence[Token]) -> CreateIndex:
    """CREATE [UNIQUE] INDEX [CONCURRENTLY] [IF NOT EXISTS] name ON table [USING method] (…) …"""
    reader = TokenReader(tokens)
    head = read_head(reader)
    if head.name is None:
        raise UsageError(f"expected a name for the index on {head.table!r}")
    return CreateIndex(
        head.name, head.schema, head.table, _tail(reader), head.is_unique, head.is_only
    )


def read_drop(tokens: Sequence[Token]) -> DropIndex:
    """DROP INDEX [CONCURRENTLY] [IF EXISTS] name [RESTRICT]; CASCADE is refused."""
    reader = TokenReader(tokens)
    reader.expect("drop", "index")
    reader.skip("concurrently")
    reader.skip("if", "exists")
    schema, name = reader.qualified_name()
    reader.skip("restrict")
    reader.end()
    return DropIndex(name, schema)


def read_attach(tokens: Sequence[Token]) -> Attach:
    """ALTER INDEX schema.name ATTACH PARTITION schema.name"""
    reader = TokenReader(tokens)
    reader.expect("alter", "index")
    parent = _full_name(reader)
    reader.expect("attach", "partition")
    member = _full_name(reader)
    reader.end()
    return Attach(parent, member)


def _full_name(reader: TokenReader) -> tuple[str, str]:
    schema, name = reader.qualified_name()
    if schema is None:
        raise UsageError(f"does not say in which schema {name!r} is; write schema.name")
    return schema, name


def _tail(reader: TokenReader) -> str:
    """The SQL from here on: the method, the keys in parentheses, and what follows them."""
    here, tokens = reader.here(), reader.rest()
    marks = [token.word or token.text for token in tokens[:3]]
    if marks[:1] != ["("] and not (marks[:1] == ["using"] and marks[2:] == ["("]):
        raise UsageError(f"expected USING or ( {here}")
    open_brackets(tokens)  # refuses those that do not match
    return joined(tokens)


def _only_statement(text: str, what: str) -> list[Token]:
    found = split(text)
    if len(found) != 1:
        raise UsageError(f"expected exactly one {what} statement, found {len(found)} statements")
    return found[0]
