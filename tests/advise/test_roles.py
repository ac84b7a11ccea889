"""When one index makes another needless, whoever wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.advise.canonical import canonical
from dbaudit.advise.catalog import ExistingIndex, TableFacts
from dbaudit.advise.names import free_names
from dbaudit.advise.redundant import redundant_indexes
from dbaudit.advise.roles import is_same_index, plays_role_of
from dbaudit.index_definition import IndexDefinition, IndexKey


def index(*keys: str | IndexKey, **more: object) -> IndexDefinition:
    parts = tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in keys)
    return IndexDefinition("public", "t", parts, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("metadata->>'k' = 'web'", "((metadata ->> 'k'::text) = 'web'::text)"),
        ("NOT is_archived", "(NOT is_archived)"),
        ("is_archived = false", "(is_archived = false)"),
        ("is_archived = false", "NOT is_archived"),
        ("flag = true", "flag"),
        ("status = 'a' AND flag", "(((status)::text = 'a'::text) AND flag)"),
        ("kind IN ('a', 'b')", "(kind = ANY (ARRAY['a'::text, 'b'::text]))"),
        ("lower( name )", "lower(name)"),
        ("deleted_at is null", "(deleted_at IS NULL)"),
        ("sent_at < read_at", "(read_at > sent_at)"),
        ("date_trunc('day', at)", "date_trunc('day'::text, at)"),
        ("trim(name)", "TRIM(BOTH FROM name)"),
        ("at at time zone 'UTC'", "(at AT TIME ZONE 'UTC'::text)"),
        # PostgreSQL 13 prints functions where newer ones print SQL's own words.
        ("at at time zone 'UTC'", "timezone('UTC'::text, at)"),
        ("trim(both from name)", "btrim(name)"),
    ],
)
def test_the_servers_spelling_is_the_same(written: str, printed: str) -> None:
    assert canonical(written) == canonical(printed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = 1 OR b = 2 AND c = 3", "(a = 1 OR b = 2) AND c = 3"),
        ("k = 'a'", "k = 'A'"),
        ('"A" = 1', "a = 1"),
        ("x::int = 1", "x = 1"),
        ("date_trunc('day', at)", "date_trunc('hour'::text, at)"),
        ("trim(name)", "trim(leading from name)"),
        ("date_trunc('day', at, 'UTC')", "date_trunc('day', at, 'CET')"),
        ("timezone('UTC', at)", "timezone('CET', at)"),
        ("extract(year from at)", "date_part('year'::text, at)"),  # another function since 14
    ],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@given(st.text(max_size=60))
def test_any_text_has_a_spelling(text: str) -> None:
    assert isinstance(canonical(text), str)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (index("a", "b"), index("a")),
        (index("a", "b"), index("a", "b")),
        (index("a", "b"), index(IndexKey("a", descending=True))),
        (index("a", "b", include=("c",)), index("a", include=("b",))),
        (index("a", unique=True), index("a")),
        (index("a", "b", where="(flag)"), index("a", where="flag = true")),
    ],
)
def test_a_wider_index_plays_the_role(wide: IndexDefinition, narrow: IndexDefinition) -> None:
    assert plays_role_of(wide, narrow)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (index("a", "b"), index("b")),
        (index("a"), index("a", "b")),
        (index("a"), index("a", unique=True)),
        (index("a", "b", where="flag"), index("a")),
        (index("a", "b"), index("a", where="flag")),
        (index("a", "b"), index(IndexKey("a", opclass="text_pattern_ops"))),
        (index("a", "b"), index("a", IndexKey("b", descending=True))),
        (index("a", method="hash"), index("a")),
        (index("a", "b", method="gin"), index("a", method="gin")),
        (index("a", "b"), index("a", include=("c",))),
    ],
)
def test_near_misses_do_not(wide: IndexDefinition, narrow: IndexDefinition) -> None:
    assert not plays_role_of(wide, narrow)


def test_uniqueness_does_not_tell_two_copies_apart() -> None:
    assert is_same_index(index("a", unique=True), index("a"))


def existing(name: str, definition: IndexDefinition, kept: str | None = None) -> ExistingIndex:
    return ExistingIndex(name, definition, f"CREATE INDEX {name}", 1, True, 1, kept)


def drops(*indexes: ExistingIndex, new: tuple[tuple[str, IndexDefinition], ...] = ()) -> list[str]:
    table = TableFacts("public", "t", 100, 100, {}, indexes)
    return [redundant.index.name for redundant in redundant_indexes(table, new)]


def test_of_two_copies_one_stays() -> None:
    assert drops(existing("x", index("a")), existing("y", index("a"))) == ["y"]


def test_what_backs_a_constraint_stays_and_its_copy_goes() -> None:
    key = existing("key", index("a", unique=True), "it backs the constraint key")
    assert drops(existing("copy", index("a")), key) == ["copy"]
    assert drops(key, existing("wide", index("a", "b"))) == []


def test_a_chain_of_prefixes_leaves_the_widest() -> None:
    chain = [existing(str(n), index(*"abc"[:n])) for n in (1, 2, 3)]
    assert sorted(drops(*chain)) == ["1", "2"]


def test_a_new_index_can_replace_an_existing_one() -> None:
    assert drops(existing("x", index("a")), new=(("new", index("a", "b")),)) == ["x"]


def test_each_is_told_with_what_replaces_it() -> None:
    indexes = (existing("x", index("a")), existing("y", index("b")), existing("z", index("b")))
    table = TableFacts("public", "t", 100, 100, {}, indexes)
    found = redundant_indexes(table, [("new", index("a", "b"))])
    assert {one.index.name: one.by for one in found} == {"x": "new", "z": "y"}


def test_names_are_free() -> None:
    plain, partial = index("a"), index("a", where="flag")
    other = index("a", where="(flag)")
    names = free_names([plain, partial, other], {("public", "t_a_idx"), ("other", "x")})
    assert names == {plain: "t_a_idx_2", partial: partial.name, other: f"{partial.name}_2"}
