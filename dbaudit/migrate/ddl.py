"""CREATE INDEX and DROP INDEX as values, read from text by a strict grammar.

Nothing else is accepted, so a plan file or a migration that was edited by hand can build and drop
indexes and do nothing more. What dbaudit runs is written anew from the value, always concurrently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.errors import UsageError
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.workload import lexer
from dbaudit.workload.lexer import LexError, Token, TokenKind

_OPENING, _CLOSING = {"(": ")", "[": "]"}, frozenset({")", "]"})


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
    reader = _Reader(tokens)
    reader.expect("create")
    unique = reader.skip("unique")
    reader.expect("index")
    reader.skip("concurrently")
    reader.skip("if", "not", "exists")
    name = reader.name()
    reader.expect("on")
    only = reader.skip("only")
    schema, table = reader.qualified_name()
    return CreateIndex(name, schema, table, reader.tail(), unique, only)


def read_drop(tokens: Sequence[Token]) -> DropIndex:
    """DROP INDEX [CONCURRENTLY] [IF EXISTS] name [RESTRICT]; CASCADE is refused."""
    reader = _Reader(tokens)
    reader.expect("drop")
    reader.expect("index")
    reader.skip("concurrently")
    reader.skip("if", "exists")
    schema, name = reader.qualified_name()
    reader.skip("restrict")
    reader.end()
    return DropIndex(name, schema)


def read_attach(tokens: Sequence[Token]) -> Attach:
    """ALTER INDEX schema.name ATTACH PARTITION schema.name"""
    reader = _Reader(tokens)
    reader.expect("alter")
    reader.expect("index")
    parent = reader.full_name()
    reader.expect("attach")
    reader.expect("partition")
    member = reader.full_name()
    reader.end()
    return Attach(parent, member)


class _Reader:
    """Steps through the tokens of one statement, refusing what is not expected."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def expect(self, word: str) -> None:
        if not self.skip(word):
            raise UsageError(f"expected {word.upper()} {self._here()}")

    def skip(self, *words: str) -> bool:
        found = [_key(token) for token in self.tokens[self.at : self.at + len(words)]]
        matches = found == list(words)
        self.at += len(words) if matches else 0
        return matches

    def name(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        is_quoted = token is not None and token.text.startswith('"') and len(token.text) > 2
        if token is None or not (is_quoted or (token.word and token.word != "on")):
            raise UsageError(f"expected a name {self._here()}")
        self.at += 1
        return token.text[1:-1].replace('""', '"') if is_quoted else token.word

    def qualified_name(self) -> tuple[str | None, str]:
        first = self.name()
        return (first, self.name()) if self.skip(".") else (None, first)

    def full_name(self) -> tuple[str, str]:
        schema, name = self.qualified_name()
        if schema is None:
            raise UsageError(f"does not say in which schema {name!r} is; write schema.name")
        return schema, name

    def tail(self) -> str:
        """The SQL from here on: the method, the keys in parentheses, and what follows them."""
        tokens = self.tokens[self.at :]
        keys = [_key(token) for token in tokens[:3]]
        if keys[:1] != ["("] and not (keys[:1] == ["using"] and keys[2:] == ["("]):
            raise UsageError(f"expected USING or ( {self._here()}")
        _match_parentheses(tokens)
        return _joined(tokens)

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise UsageError(f"expected the end of the statement {self._here()}")

    def _here(self) -> str:
        if self.at < len(self.tokens):
            return f"at {self.tokens[self.at].text[:40]!r}"
        return "at the end"


def _key(token: Token) -> str:
    return token.word or (token.text if token.kind is TokenKind.PUNCTUATION else "")


def _match_parentheses(tokens: Sequence[Token]) -> None:
    expected: list[str] = []
    for token in tokens:
        if token.text in _OPENING:
            expected.append(_OPENING[token.text])
        elif token.text in _CLOSING and (not expected or expected.pop() != token.text):
            raise UsageError(f"unmatched {token.text!r}")
    if expected:
        raise UsageError(f"expected {expected[-1]!r} at the end")


def _joined(tokens: Sequence[Token]) -> str:
    """The text with one space wherever space or a comment stood between two tokens."""
    text, end = "", tokens[0].start
    for token in tokens:
        text += (" " if token.start > end else "") + token.text
        end = token.end
    return text


def _only_statement(text: str, what: str) -> list[Token]:
    found = split(text)
    if len(found) != 1:
        raise UsageError(f"expected exactly one {what} statement, found {len(found)} statements")
    return found[0]
