"""An index as a value: what it is on, how it is written, and its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from dbaudit.identifiers import fit_identifier, qualified, quote_ident

BTREE = "btree"

_CAST = re.compile(
    r"::\s*(?:\w+\.)?"
    r"(?:\"(?:[^\"]|\"\")*\"|character varying|double precision|timestamp with(?:out)? time zone"
    r"|\w+)"
    r"(?:\(\d+\))?(?:\[\])?"
)
_STRING = re.compile(r"'((?:[^']|'')*)'")
_UNEQUAL = re.compile(r"<>|!=")

#: Names that are kept: a search asks for those of its candidates again and again.
_NAMES_KEPT = 1 << 16


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of an index: a column's name, or an expression as SQL (with `is_expression`).

    `opclass` and `collation` are SQL as written (quoted where needed), None for the default.
    """

    text: str
    is_expression: bool = False
    opclass: str | None = None
    collation: str | None = None
    descending: bool = False
    nulls_first: bool | None = None

    @property
    def sql(self) -> str:
        """The key as it stands between the parentheses of CREATE INDEX."""
        parts = [f"({self.text})" if self.is_expression else quote_ident(self.text)]
        if self.collation:
            parts.append(f"COLLATE {self.collation}")
        if self.opclass:
            parts.append(self.opclass)
        if self.descending:
            parts.append("DESC")
        if self.nulls_first is not None and self.nulls_first != self.descending:
            parts.append("NULLS FIRST" if self.nulls_first else "NULLS LAST")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """An index that exists or could: two are the same index when all but the name is equal.

    `where` is the predicate of a partial index as SQL without the keyword. `options` are storage
    parameters such as ("fillfactor", "90").
    """

    schema: str
    table: str
    keys: tuple[IndexKey, ...]
    method: str = BTREE
    include: tuple[str, ...] = ()
    where: str | None = None
    unique: bool = False
    options: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """A name made from table and keys, as PostgreSQL would, cut to 63 bytes without clashes.

        A partial index tells by its predicate, as far as there is room: all of it, else its values.
        """
        return _name(self)

    @property
    def body(self) -> str:
        """Everything after ON: the table, method, keys, INCLUDE, WITH and WHERE."""
        keys = ", ".join(key.sql for key in self.keys)
        sql = f"{qualified(self.schema, self.table)} USING {self.method} ({keys})"
        if self.include:
            sql += f" INCLUDE ({', '.join(quote_ident(column) for column in self.include)})"
        if self.options:
            sql += f" WITH ({', '.join(f'{name} = {value}' for name, value in self.options)})"
        if self.where:
            sql += f" WHERE {self.where}"
        return sql

    def ddl(self, name: str | None = None, *, concurrently: bool = True) -> str:
        """The CREATE INDEX statement, without a semicolon."""
        unique = "UNIQUE " if self.unique else ""
        how = "CONCURRENTLY " if concurrently else ""
        return f"CREATE {unique}INDEX {how}{quote_ident(name or self.name)} ON {self.body}"

    def undo_ddl(self, name: str | None = None) -> str:
        """The DROP INDEX statement that takes it back, without a semicolon."""
        return f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(self.schema, name or self.name)}"


@lru_cache(_NAMES_KEPT)
def _name(index: IndexDefinition) -> str:
    words = [_key_words(key) or "expr" for key in index.keys]
    tail = {BTREE: "idx"}.get(index.method, index.method)
    include = ["incl"] if index.include else []
    names = [
        "_".join([index.table, *words, *include, *partial, tail])
        for partial in _predicate_names(index.where)
    ]
    return next((n for n in names if fit_identifier(n) == n), fit_identifier(names[0]))


def _predicate_names(where: str | None) -> list[list[str]]:
    """What a predicate adds to the name, the most telling first."""
    if where is None:
        return [[]]
    said = _words(_UNEQUAL.sub(" not ", _CAST.sub("", where)))
    values = [word for text in _STRING.findall(where) if (word := _words(text).lower())]
    names = [["where", said.lower()]]
    return [*names, ["where", *values]] if values else names


def _key_words(key: IndexKey) -> str:
    """A column as it is named; of an expression no capitals, which would have to be quoted."""
    words = _words(key.text)
    return words.lower() if key.is_expression else words


def _words(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_")
