"""The rules' words, against the same things said in Python or worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.identifiers import KEYWORDS, MAX_IDENTIFIER_BYTES, quote_ident
from dbaudit.snapshot.engine import open_database
from dbaudit.snapshot.snapshot import Snapshot, TargetInfo

_EMPTY = Snapshot(TargetInfo("postgresql", "18.6", "x", "h"), datetime(2025, 1, 1, tzinfo=UTC), {})
_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(_EMPTY) as connection:
        yield connection


def _value(database: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> object:
    row = database.execute(f"select {sql}", list(parameters)).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("statement", ["select oid from Indexes", 'select oid from "indexes"'])
def test_a_database_for_a_statement_has_the_tables_that_it_names(statement: str) -> None:
    with open_database(_EMPTY, [statement]) as database:
        assert database.execute(statement).fetchall() == []
        tables = database.execute("select table_name from duckdb_tables()").fetchall()
    assert tables == [("indexes",)]


@pytest.mark.parametrize("name", ["index_misfits", '"index_misfits"', "Index_Misfits "])
def test_a_database_for_a_statement_has_the_macros_that_it_calls(name: str) -> None:
    statement = f"select * from {name}(1000)"
    with open_database(_EMPTY, ["select 1", statement]) as database:
        assert database.execute(statement).fetchall() == []


@given(name=_NAMES | st.sampled_from(sorted(KEYWORDS)))
def test_quote_ident_is_that_of_python(database: duckdb.DuckDBPyConnection, name: str) -> None:
    assert _value(database, "quote_ident(?)", name) == quote_ident(name)


@given(table=_NAMES, columns=st.lists(_NAMES, min_size=1, max_size=4))
def test_a_new_index_name_fits(
    database: duckdb.DuckDBPyConnection, table: str, columns: list[str]
) -> None:
    name = _value(database, "new_index_name(?, ?::varchar[])", table, columns)
    assert isinstance(name, str)
    assert 0 < len(name.encode()) <= MAX_IDENTIFIER_BYTES


@pytest.mark.parametrize(
    ("predicate", "columns", "expected"),
    [
        ("(a IS NOT NULL)", ["a"], True),
        ("((a IS NOT NULL) AND (b IS NOT NULL))", ["a", "b"], True),
        ('("A b" IS NOT NULL)', ["A b"], True),
        ("(a IS NOT NULL)", ["b"], False),
        ("((a IS NOT NULL) AND (n > 1))", ["a"], False),
        ("(ba IS NOT NULL)", ["a"], False),
        ("(a > 1)", ["a"], False),
    ],
)
def test_is_only_not_null(
    database: duckdb.DuckDBPyConnection, predicate: str, columns: list[str], expected: bool
) -> None:
    said = _value(database, "is_only_not_null(?, ?::varchar[])", predicate, columns)
    assert said is expected


@pytest.mark.parametrize(
    ("columns", "length", "granule"),
    [
        # bigint, int: 8 + 4
        ([(8, "d", 8, 0), (4, "i", 4, 0)], 12, 0),
        # boolean, bigint twice: each boolean is followed by seven bytes of padding
        ([(1, "c", 1, 0), (8, "d", 8, 0), (1, "c", 1, 0), (8, "d", 8, 0)], 32, 0),
        # a short text has no alignment; the int behind it starts anywhere: 3/2 bytes of padding
        ([(-1, "i", 10, 0), (4, "i", 4, 0)], 15.5, 4),
        # a long text is aligned to 4
        ([(1, "c", 1, 0), (-1, "i", 200, 0)], 204, 1),
        # half the bigints are null
        ([(8, "d", 8, 0.5), (8, "d", 8, 0)], 12, 8),
        # a column of nulls takes nothing
        ([(8, "d", 8, 1), (4, "i", 4, 0)], 4, 0),
    ],
)
def test_tuple_data_is_laid_out_as_by_hand(
    database: duckdb.DuckDBPyConnection,
    columns: list[tuple[int, str, float, float]],
    length: float,
    granule: float,
) -> None:
    items = ", ".join(f"tuple_column({n}, '{a}', {w}, {f})" for n, a, w, f in columns)
    data = _value(database, f"tuple_data([{items}])")
    assert isinstance(data, dict)
    assert (data["bytes"], data["granule"]) == (length, granule)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("pretty_bytes(8192)", "8192 B"),
        ("pretty_bytes(10485760)", "10 MB"),
        ("pretty_seconds(86400 * 30)", "30 days"),
        ("percent(0.456)", "46 %"),
        ("live_rows(-1, 0, 10)", None),
        ("live_rows(0, 0, 0)", 0),
        ("live_rows(0, 0, 5)", None),
        ("live_rows(100, 10, 20)", 200),
        ("live_rows(100, 10, 5)", 100),
        ("posting_bytes(16, 1, 8192)", 20),
        ("posting_bytes(16, 100, 8192)", 624),
        (
            "built_concurrently('CREATE UNIQUE INDEX i ON t (a)')",
            "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
        ),
    ],
)
def test_words(database: duckdb.DuckDBPyConnection, sql: str, expected: object) -> None:
    assert _value(database, sql) == expected
