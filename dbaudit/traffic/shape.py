"""What all executions of one statement have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dbaudit.errors import UsageError
from dbaudit.traffic.called import called
from dbaudit.traffic.roles import Role, value_roles
from dbaudit.traffic.skeleton import rendered
from dbaudit.workload.fingerprint import significant_tokens
from dbaudit.workload.lexer import LexError, Token, TokenKind, fold
from dbaudit.workload.statement_kind import statement_kind


class Kind(StrEnum):
    """What a statement does. `CONTROL` is what steers session, transaction or cursor."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    MERGE = "merge"
    CALL = "call"
    COPY = "copy"
    CONTROL = "control"
    OTHER = "other"


WRITES = frozenset((Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.MERGE))

#: A normal form is kept so long, in characters.
MAX_TEXT = 20_000

_CONTROL = frozenset(
    """
    begin start commit end rollback abort savepoint release prepare deallocate set reset show
    discard listen unlisten notify declare fetch move close lock checkpoint
    """.split()
)
_ENDS_TRANSACTION = frozenset(("commit", "end", "rollback", "abort"))
_BEFORE_TABLE = frozenset(("from", "join", "into", "update", "using"))
#: UPDATE is no statement after these: FOR UPDATE, DO UPDATE, FOR NO KEY UPDATE, ON UPDATE.
_NO_UPDATE_AFTER = frozenset(("for", "do", "key", "on"))
#: FROM inside these functions is part of their syntax.
_FROM_FUNCTIONS = frozenset(("extract", "substring", "trim", "overlay", "position"))


@dataclass(frozen=True, slots=True)
class Shape:
    """One statement whatever its values.

    `text` is the normal form with `?` for each value, cut where it is very long; `tables` the names
    after FROM, JOIN, INTO and so on as written (`schema.table`), folded. `functions` are those of
    the application that a query without a table, or CALL, calls, and `reads_function` says that it
    has rows of one. `locks` tells of FOR UPDATE and the weaker ones; `begins_transaction` of BEGIN,
    `ends_transaction` of COMMIT and ROLLBACK.
    """

    fingerprint: str
    text: str
    kind: Kind
    tables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    reads_function: bool = False
    locks: bool = False
    begins_transaction: bool = False
    ends_transaction: bool = False

    @property
    def is_catalog(self) -> bool:
        """Whether it asks the system catalogs alone, as drivers, psql and pg_dump do."""
        return bool(self.tables) and all(
            name.startswith(("pg_", "information_schema.")) for name in self.tables
        )

    @property
    def reads_or_writes(self) -> bool:
        """Whether it asks or changes tables of the application."""
        is_data = self.kind is Kind.SELECT or self.kind in WRITES
        return is_data and bool(self.tables) and not self.is_catalog

    @property
    def may_lead(self) -> bool:
        """Whether it is a query that may give rows to look others up by."""
        return self.kind is Kind.SELECT and (self.reads_or_writes or self.reads_function)


@dataclass(slots=True)
class Form:
    """A shape as it is spelled: the same but for literals, which a skeleton leaves out.

    `literals` and `parameters` count the values that stand in the text, and those that are bound;
    `is_long` tells of VALUES with several rows, and of what is too long for anything but a batch.
    `is_watched` tells whether an execution means anything to whoever looks for loops. `name` is the
    shape's fingerprint.
    """

    shape: Shape
    skeleton: str
    literals: int
    parameters: int
    is_long: bool = False
    is_watched: bool = field(init=False)
    name: str = field(init=False)
    _roles: tuple[Role, ...] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        shape = self.shape
        is_boundary = shape.begins_transaction or shape.ends_transaction
        is_call = bool(shape.functions) and self.literals + self.parameters > 0
        self.is_watched = shape.reads_or_writes or is_boundary or is_call
        self.name = shape.fingerprint

    def roles(self) -> tuple[Role, ...]:
        """The roles of its values: literals in their order, then parameters by number."""
        if self._roles is None:
            literals, parameters = value_roles(rendered(self.skeleton))
            self._roles = literals[: self.literals] + parameters
        return self._roles


def read_shape(fingerprint: str, normal_form: str, sql: str) -> Shape:
    """The shape of a statement whose fingerprint and normal form are known."""
    text = normal_form if len(normal_form) <= MAX_TEXT else normal_form[:MAX_TEXT] + " …"
    kind, found = _kind(sql)
    if kind is Kind.CONTROL:
        first, is_partial = found[0].word, any(token.word == "to" for token in found)
        return Shape(
            fingerprint,
            text,
            kind,
            begins_transaction=first in ("begin", "start"),
            ends_transaction=first in _ENDS_TRANSACTION and not is_partial,
        )
    tables = _tables(found)
    if not tables and found and found[0].word in ("select", "call"):
        functions = tuple(called(found))
        names = tuple(function.name for function in functions)
        reads = any(function.is_read for function in functions)
        return Shape(fingerprint, text, kind, functions=names, reads_function=reads)
    locks = kind is Kind.SELECT and statement_kind(sql).locks
    return Shape(fingerprint, text, kind, tables, locks=locks)


def _kind(sql: str) -> tuple[Kind, list[Token]]:
    """The kind and the tokens; no tokens where there is none to be told."""
    try:
        found = significant_tokens(sql)
        first = found[0].word if found else ""
        if first in _CONTROL:
            return Kind.CONTROL, found
        if first == "copy":
            return Kind.COPY, found
        if first == "call":
            return Kind.CALL, found
        told = statement_kind(sql)
    except (LexError, UsageError):
        return Kind.OTHER, []
    writes_inside = told.kind == "select" and told.modifies
    return (Kind.OTHER if writes_inside else Kind(told.kind)), found


def parameter_count(sql: str) -> int:
    """How many values must be bound to a statement: the highest $n, or the number of marks."""
    try:
        names = [t for t in significant_tokens(sql) if t.is_parameter]
    except LexError:
        return 0
    if all(token.kind is TokenKind.NUMBERED_PARAMETER for token in names):
        return max((int(token.parameter_name) for token in names), default=0)
    positional = sum(token.text in ("?", "%") for token in names)
    return positional or len({token.parameter_name for token in names})


def _tables(found: Sequence[Token]) -> tuple[str, ...]:
    ctes = frozenset(_ctes(found))
    names = (name for at in _table_places(found) if (name := _table_at(found, at)) is not None)
    return tuple(dict.fromkeys(name for name in names if name not in ctes))


def _ctes(found: Sequence[Token]) -> Iterator[str]:
    for n, token in enumerate(found[1:-1], 1):
        if token.word == "as" and found[n + 1].word in ("", "materialized", "not"):
            yield _name(found[n - 1]) or ""


def _table_places(found: Sequence[Token]) -> Iterator[int]:
    """Where a table's name may begin."""
    functions: list[str] = []
    in_from = ""
    for n, token in enumerate(found):
        if token.text == "(":
            functions.append(found[n - 1].word if n else "")
            in_from = ""
        elif token.text == ")":
            functions = functions[:-1]
        word, before = token.word, found[n - 1].word if n else ""
        if word in _BEFORE_TABLE:
            is_syntax = (
                (word == "from" and bool(functions) and functions[-1] in _FROM_FUNCTIONS)
                or (word == "from" and before == "distinct")
                or (word == "update" and before in _NO_UPDATE_AFTER)
            )
            in_from = "" if is_syntax else word
            if not is_syntax:
                yield n + 1
        elif token.text == "," and in_from == "from":
            yield n + 1
        elif word in ("where", "on", "set", "group", "order", "limit", "values", "select"):
            in_from = ""


def _table_at(found: Sequence[Token], at: int) -> str | None:
    while at < len(found) and found[at].word in ("only", "lateral"):
        at += 1
    parts: list[str] = []
    while at < len(found) and (name := _name(found[at])) is not None:
        parts.append(name)
        at += 1
        if at >= len(found) or found[at].text != ".":
            break
        at += 1
    is_function = at < len(found) and found[at].text == "(" and not _follows_into(found, at)
    return ".".join(parts) if parts and not is_function else None


def _follows_into(found: Sequence[Token], at: int) -> bool:
    """Whether the bracket holds the columns of INSERT INTO table (…)."""
    return any(token.word == "into" for token in found[max(0, at - 4) : at])


def _name(token: Token) -> str | None:
    if token.kind is TokenKind.QUOTED_IDENT:
        return token.text[1:-1].replace('""', '"')
    return fold(token.text) if token.kind is TokenKind.WORD and token.word != "select" else None
