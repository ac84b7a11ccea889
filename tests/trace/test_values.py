"""Values are told apart, and by default not told."""

from __future__ import annotations

import uuid
from decimal import Decimal

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.trace.values import MAX_CHARACTERS, MAX_HASHED, Hashed, Plain, in_order


@given(st.text(), st.text())
def test_hashes_differ_where_values_do(one: str, other: str) -> None:
    hashed = Hashed()
    assert (hashed.value(one) == hashed.value(other)) == (one == other)


def test_hashes_have_a_key_of_their_own() -> None:
    assert Hashed().value("4111 1111 1111 1111") != Hashed().value("4111 1111 1111 1111")


def test_an_array_is_one_of_hashes() -> None:
    hashed = Hashed()
    assert hashed.value([5]) == "{" + str(hashed.value(5)) + "}"
    assert str(hashed.value(["a", None, "b"])).count(",NULL,") == 1
    assert hashed.value(None) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (5, "5"),
        (Decimal("1.50"), "1.50"),
        (True, "true"),
        ("a'b", "a'b"),
        (b"\x00\xff", "\\x00ff"),
        ([1, None, 3], "{1,NULL,3}"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("x" * 1000, "x" * MAX_CHARACTERS + "..."),
    ],
)
def test_plain_values_are_postgresqls_text(value: object, text: str | None) -> None:
    assert Plain().value(value) == text


def test_a_value_that_cannot_be_shown_is_its_class() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert Plain().value(Broken()) == "<Broken>"


@pytest.mark.parametrize(
    "statement",
    [
        "select * from person where name = 'Eve''s'",
        r"select * from person where name = E'Eve\'s'",
        "select * from person where name = $$Eve's$$",
        "select * from person where name = $q$Eve's$q$",
        "update person set name = 'Eve' where name = 'Adam'",
        "insert into person values ('Eve and what was cut",
        r"insert into person values (E'Eve and what was cut\\",
        "insert into person values ($q$Eve and what was cut",
    ],
)
def test_texts_in_a_statement_are_hashed(statement: str) -> None:
    hashed = Hashed().statement(statement)
    assert "Eve" not in hashed
    assert hashed.startswith(statement[:12])


@pytest.mark.parametrize("long", ["x" * (MAX_HASHED * 3), b"x" * (MAX_HASHED * 3)])
def test_long_values_are_told_by_their_ends_and_length(long: str | bytes) -> None:
    hashed = Hashed()
    other = "y" if isinstance(long, str) else b"y"
    differing = [long[1:], other + long[1:], long[:-1] + other]  # type: ignore[operator]
    assert hashed.value(long) == hashed.value(long[:10] + long[10:])
    assert len({hashed.value(each) for each in (long, *differing)}) == 4


class _Shortened:
    """As psycopg's Json: its own text is short."""

    def __init__(self, obj: object) -> None:
        self.obj = obj

    def __str__(self) -> str:
        return "Json({'a'...)"


def test_what_shortens_itself_is_told_as_a_whole() -> None:
    hashed = Hashed()
    assert hashed.value(_Shortened({"a": 1})) != hashed.value(_Shortened({"a": 2}))
    vectors = [numpy.arange(2000) + n * (numpy.arange(2000) == 900) for n in range(2)]
    assert hashed.value(vectors[0]) != hashed.value(vectors[1])
    assert Plain().value(numpy.array([1.5, 2.0])) == "[1.5, 2.0]"
    assert Plain().value(numpy.int64(7)) == "7"


@pytest.mark.parametrize(
    "statement",
    [
        'select "it\'s" from t where a = 1 and b = "don\'t"',
        "select 1 /*route='GET%20/books'*/",
        "select 1 -- it's\n+ 2",
        "select $1",
    ],
)
def test_names_comments_and_places_stay(statement: str) -> None:
    assert Hashed().statement(statement) == statement


def test_values_come_in_the_order_of_their_places() -> None:
    named = {"b": 2, "a": 1}
    assert in_order("select %(a)s, %(b)s, %(a)s", named) == [1, 2]
    assert in_order("select %s, %s", (1, 2)) == (1, 2)
    assert in_order("select 1", None) == ()
