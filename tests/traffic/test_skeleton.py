"""Cutting values out never changes which fingerprint a statement has."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dbaudit.traffic.skeleton import (
    GAP,
    Cut,
    cut_fully,
    is_sound,
    is_sound_in_full,
    rendered,
    shortened,
    skeleton_of_long,
    split_fast,
)
from dbaudit.workload.fingerprint import fingerprint


def _cut_fast(text: str) -> Cut:
    pieces = split_fast(text)
    return Cut(GAP.join(pieces[::2]), tuple(pieces[1::2]))


CUTS = [
    ("select * from t where a = 5", Cut("select * from t where a = \0", ("5",))),
    ("select 'it''s', -1.5e3 from t1", Cut("select \0, -\0 from t1", ("'it''s'", "1.5e3"))),
    ('select "a 5" from t where b=$1', Cut('select "a 5" from t where b=$1', ())),
    ("select a[1], b1, 2::int", Cut("select a[\0], b1, \0::int", ("1", "2"))),
]
FULL = [
    ("select /* it's */ 1 -- x", Cut("select   \0  ", ("1",))),
    (r"select E'it\'s', $$a'b$$, $t$ $$ $t$", Cut("select \0, \0, \0", ())),
    ('select "it\'s 5", 5', Cut('select "it\'s 5", \0', ("5",))),
]
UNSOUND = [
    "select 1 -- it's",
    "select /* 5 */ 1",
    r"select E'it\'s' || 'x'",
    "select $$it's$$, $a$ b $a$",
    "select \"it's\", 'x'",
    'select "a 5 b"',
    "select 1 'b'",
    "select .5e-3",
    "select %(1)s",
    "select 'x",
    'select "x',
]


@pytest.mark.parametrize(("text", "expected"), CUTS)
def test_cut_fast(text: str, expected: Cut) -> None:
    assert _cut_fast(text) == expected
    assert is_sound(expected.skeleton)


@pytest.mark.parametrize(("text", "expected"), FULL)
def test_cut_fully(text: str, expected: Cut) -> None:
    found = cut_fully(text)
    assert found.skeleton == expected.skeleton
    assert len(found.values) == found.skeleton.count("\0")
    assert is_sound_in_full(found.skeleton)


@pytest.mark.parametrize("text", UNSOUND)
def test_what_the_fast_cut_does_not_know_is_found(text: str) -> None:
    assert not is_sound(_cut_fast(text).skeleton)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("select 1 from t where a in (1, 2,3)", "select 1 from t where a in (1)"),
        ("insert into t values (1,'a'), (2,'b'), (3,'c')", "insert into t values (1,'a')"),
        ("select f(1, 2, 3)", "select f(1, 2, 3)"),
        ("select a = any(array[1,2,3])", "select a = any(array[1])"),
    ],
)
def test_shortened(text: str, short: str) -> None:
    assert shortened(_cut_fast(text).skeleton) == _cut_fast(short).skeleton
    assert fingerprint(text) == fingerprint(short)


WORDS = """
select from where and or in ( ) ( ) , , = = < <> != + - * / || % :: : ; . .. [ ] ? ?| @> -> ->> and
a t1 t e E x N b u& U& "A" "it's" "a 5 b" 'x' 'it''s' '' '{"a":1}' '--' '/*' '\\' E'\\'' e'x' $$a$$
$t$it's$t$ $1 $2 :n %(n)s %s 1 5 .5 5. 1.5 1e5 .5e-3 1_000 0x1F 1..2 -- /* */ ' " $$ \n true null is
not values limit interval any array savepoint rollback to
""".split(" ")
SQL = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=20).flatmap(
    lambda words: st.sampled_from(["", " "]).map(lambda blank: blank.join(words))
)
TEXT = SQL | st.lists(SQL, max_size=4).map(" ".join) | st.text(max_size=40)


@settings(max_examples=600, deadline=None)
@given(TEXT.filter(lambda text: "\0" not in text))
@example("select 5.e-3")
@example("u&E'\\''")
@example(":E'\\''")
@example("select 'a' /* */ 'b'")
@example("limit 5 B'01'")
@example("5 U&'a'")
def test_a_sound_skeleton_has_the_fingerprint_of_its_statement(text: str) -> None:
    for cut, sound in ((_cut_fast, is_sound), (cut_fully, is_sound_in_full)):
        skeleton = cut(text).skeleton
        if sound(skeleton):
            assert fingerprint(rendered(skeleton)) == fingerprint(text)
            assert fingerprint(rendered(shortened(skeleton))) == fingerprint(text)


@given(TEXT)
@example("(1, 'x'), " * 15_000 + "5")
@example("")
def test_a_long_text_is_cut_the_same_way(text: str) -> None:
    assert skeleton_of_long(text) == _cut_fast(text).skeleton
