"""Which library wrote a statement, and what its users call the cure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: What the frameworks' own names begin with, in sqlcommenter's tags and in a trace's "by".
_NAMED = (
    ("sqlalchemy", "sqlalchemy"),
    ("flask_sqlalchemy", "sqlalchemy"),
    ("django", "django"),
    ("rails", "rails"),
    ("active_record", "rails"),
    ("hibernate", "hibernate"),
    ("spring", "hibernate"),
    ("psycopg", "psycopg"),
    ("asyncpg", "asyncpg"),
)
#: SQLAlchemy labels a column table_column, or names its parameters pk_1 and param_1.
_SQLALCHEMY = re.compile(r"\b(\w+)\.(\w+) AS \1_\2\b|%\((?:pk|param)_\d+\)s", re.IGNORECASE)
#: Django quotes everything and says the table with each column; Rails asks for "table".*.
_DJANGO = re.compile(
    r'\ASELECT (?:DISTINCT )?"(\w+_\w+)"\."\w+"(?:, "\w+"\."\w+")* FROM "\w+"'
    r'|\AUPDATE "\w+_\w+" SET "\w+" = .* WHERE "\w+_\w+"\."\w+" (?:=|IN)'
    r'|\ADELETE FROM "\w+_\w+" WHERE "\w+_\w+"\."\w+" IN'
)
_RAILS = re.compile(r'\ASELECT "(\w+)"\.\* FROM "\1" WHERE "\1"\."\w+" = ')
#: Hibernate's aliases: b1_0 from version 6 on, book0_ before.
_HIBERNATE = re.compile(r"\b[a-z]+\d+_\d+\.\w+|\b\w+\d_\.\w+ as \w+\d+_\d+_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the cure must do: `reads` of one row a key (`to_one`) or several, or which write.

    `kind` is select, insert, update or delete; `loads` what an ORM is known to load by it, such as
    "lazy Book.author".
    """

    kind: str
    to_one: bool = False
    loads: str | None = None


def library_of(texts: Iterable[str], names: Iterable[str | None]) -> str | None:
    """The library that sent the statements: by a trace's or a tag's word, else by their style."""
    for name in names:
        told = (name or "").lower()
        found = next((library for begin, library in _NAMED if told.startswith(begin)), None)
        if found is not None:
            return found
    for text in texts:
        flat = " ".join(text.split())
        for library, style in _STYLES.items():
            if style.search(flat):
                return library
    return None


_STYLES = {
    "sqlalchemy": _SQLALCHEMY,
    "rails": _RAILS,
    "django": _DJANGO,
    "hibernate": _HIBERNATE,
}


def advice(library: str | None, wanted: Wanted) -> str | None:
    """What to write with the library; None where nothing is known of it."""
    forms = _FORMS.get(library or "", {})
    if wanted.kind != "select":
        return forms.get(wanted.kind)
    how, _, loaded = (wanted.loads or "").partition(" ")
    if how in forms:
        return forms[how].replace("…", loaded)
    form = forms.get("to_one" if wanted.to_one else "to_many")
    return None if form is None else form.replace("…", _attribute(library, how, loaded) or "…")


def _attribute(library: str | None, how: str, loaded: str) -> str | None:
    """`Book.author` of "lazy Book.author", as the library names it: to Django it is `author`."""
    if how != "lazy" or "." not in loaded:
        return None
    return loaded.rpartition(".")[2] if library == "django" else loaded


_FORMS: Mapping[str, Mapping[str, str]] = {
    "sqlalchemy": {
        "to_one": "SQLAlchemy: add .options(joinedload(…)), or selectinload(…), to the first query",
        "to_many": "SQLAlchemy: add .options(selectinload(…)) to the first query",
        "deferred": "SQLAlchemy: add .options(undefer(…)) to the first query, or let the column "
        "not be deferred",
        "expired": "SQLAlchemy: rows of … expired by commit() or expire_all() are read again one "
        "by one: use Session(expire_on_commit=False), or query them again at once",
        "refresh": "SQLAlchemy: query the rows of … again at once, rather than refresh() each",
        "insert": "SQLAlchemy: session.execute(insert(Model), [{…}, …]), which sends many rows a "
        "statement (insertmanyvalues), or add_all() and one flush",
        "update": "SQLAlchemy: session.execute(update(Model), [{…}, …]) by primary key, or one "
        "update(Model).where(Model.id.in_(ids))",
        "delete": "SQLAlchemy: session.execute(delete(Model).where(Model.id.in_(ids)))",
    },
    "django": {
        "to_one": 'Django: add .select_related("…") to the first query',
        "to_many": 'Django: add .prefetch_related("…") to the first query',
        "deferred": "Django: … is left out by only() or defer() in the first query: let it be read",
        "refresh": "Django: query the rows of … again at once, rather than refresh_from_db() each",
        "insert": "Django: Model.objects.bulk_create([…])",
        "update": "Django: Model.objects.bulk_update([…], fields), or filter(pk__in=ids).update()",
        "delete": "Django: Model.objects.filter(pk__in=ids).delete()",
    },
    "rails": {
        "to_one": "Rails: add .includes(:…) to the first query",
        "to_many": "Rails: add .includes(:…) to the first query",
        "insert": "Rails: Model.insert_all([…])",
        "update": "Rails: Model.upsert_all([…]), or where(id: ids).update_all(…)",
        "delete": "Rails: Model.where(id: ids).delete_all",
    },
    "hibernate": {
        "to_one": "Hibernate: JOIN FETCH in the first query, or @BatchSize on the association",
        "to_many": "Hibernate: JOIN FETCH in the first query, or @BatchSize on the association",
        "insert": "Hibernate: set hibernate.jdbc.batch_size, and reWriteBatchedInserts=true in the "
        "JDBC URL",
        "update": "Hibernate: set hibernate.jdbc.batch_size, or one UPDATE query",
        "delete": "Hibernate: set hibernate.jdbc.batch_size, or one DELETE query",
    },
    "psycopg": {
        "insert": "psycopg: cursor.executemany(), or cursor.copy() for thousands of rows",
        "update": "psycopg: cursor.executemany()",
        "delete": "psycopg: pass a list to = ANY (%s)",
    },
    "asyncpg": {
        "insert": "asyncpg: connection.executemany(), or copy_records_to_table() for thousands",
        "update": "asyncpg: connection.executemany()",
        "delete": "asyncpg: pass a list to = ANY ($1)",
    },
}
