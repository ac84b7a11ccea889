"""From texts to shapes: quickly, and never another fingerprint than the lexer's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.traffic import shapes as room
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.shape import Kind
from dbaudit.traffic.shapes import Seen, Shapes
from dbaudit.workload.fingerprint import fingerprint
from tests.traffic.test_skeleton import TEXT


def seen(text: str, parameters: tuple[str | None, ...] | None = ()) -> Seen:
    return Shapes().seen(Execution(0.0, "1", text, 1.0, parameters))


KINDS = [
    ("select * from t", Kind.SELECT, ("t",)),
    (
        "with a as (select 1 from u) select * from a, s.v as x, only w",
        Kind.SELECT,
        ("u", "s.v", "w"),
    ),
    ("select extract(epoch from at) from t where a is distinct from b", Kind.SELECT, ("t",)),
    ('select * from f(1) join "T U" on true', Kind.SELECT, ("T U",)),
    ("insert into s.t(a, b) values (1, 2)", Kind.INSERT, ("s.t",)),
    ("insert into t (a) values (1) on conflict (a) do update set a = 2", Kind.INSERT, ("t",)),
    ("update t set a = 1 from u where u.i = t.i", Kind.UPDATE, ("t", "u")),
    ("delete from t using u where t.i = u.i", Kind.DELETE, ("t", "u")),
    ("with d as (delete from q returning *) select * from d", Kind.OTHER, ("q",)),
    ("merge into t using u on t.i = u.i when matched then delete", Kind.MERGE, ("t", "u")),
    ("copy t from stdin", Kind.COPY, ("t",)),
    ("begin", Kind.CONTROL, ()),
    ("select 1", Kind.SELECT, ()),
    ("create table t (a int)", Kind.OTHER, ()),
    ("select 1; select 2", Kind.OTHER, ()),
]


@pytest.mark.parametrize(("text", "kind", "tables"), KINDS)
def test_kind_and_tables(text: str, kind: Kind, tables: tuple[str, ...]) -> None:
    shape = seen(text).shape
    if kind is not Kind.COPY:
        assert shape.tables == tables or shape.kind is Kind.OTHER
    assert shape.kind is kind
    assert shape.fingerprint == fingerprint(text)


def test_what_is_watched() -> None:
    watched = {
        text: seen(text).form.is_watched
        for text in (
            "select * from t",
            "select 1",
            "select * from pg_catalog.pg_class",
            "commit",
            "begin",
            "rollback to a",
            "rollback",
            "set a = 1",
            "vacuum t",
        )
    }
    assert [text for text, is_watched in watched.items() if is_watched] == [
        "select * from t",
        "commit",
        "begin",
        "rollback",
    ]


def test_locks() -> None:
    assert seen("select * from t for update skip locked").shape.locks
    assert not seen("select * from t").shape.locks


def test_values() -> None:
    assert seen("select * from t where a = 5 and b = 'x'").values == ("5", "'x'")
    assert seen("select * from t where a = $1", ("5",)).values == ("5",)
    assert seen("select * from t where a = 1 and b = $1", ("5",)).values == ("1", "5")
    assert seen("select * from t where a = $1", None).values is None
    assert seen("select * from t", None).values == ()
    assert seen("select * from t where a = E'x\\'y'").values == ("E'x\\'y'",)


def test_comments_are_tags_and_no_part_of_the_shape() -> None:
    plain = fingerprint("select * from t where a = 1")
    for text in (
        "select * from t where a = 1 /*route='%2Fa',traceparent='x'*/",
        "/*route='/a'*/ select * from t where a = 2",
        "select * /*route='/a'*/ from t where a = 2;",
        "select * from t where a = 2 /* one */ /*route='/a'*/",
    ):
        found = seen(text)
        assert found.shape.fingerprint == plain
        assert found.tags.route == "/a"
        assert found.values in (("1",), ("2",))


def test_a_comment_that_is_none() -> None:
    for text in (
        "/*/",
        "/*/*",
        "select '/* x' || b */",
        "select 1 -- x /* y */",
        "/* a /* b */ select 1 */",
    ):
        assert seen(text).shape.fingerprint == fingerprint(text)


def test_lists_of_any_length_are_one_shape() -> None:
    texts = [f"select * from t where id in ({', '.join(map(str, range(n)))})" for n in range(1, 50)]
    assert len({seen(text).shape.fingerprint for text in texts}) == 1
    row = "insert into t (a, b) values (1, 'x')"
    assert seen(row + ", (2, 'y')").shape == seen(row).shape
    assert seen(row + ", (2, 'y')").form.is_long
    assert not seen(row).form.is_long


def test_a_giant_statement_is_cheap() -> None:
    rows = ", ".join(f"({n}, 'x')" for n in range(100_000))
    told = seen(f"insert into t values {rows}")
    assert told.shape.fingerprint == fingerprint("insert into t values (1, 'x')")
    assert told.form.is_long
    assert told.values is None
    assert seen("select " + "a+" * 300_000 + "a from t").shape.kind is Kind.OTHER
    assert seen(f"select '{'x' * 5_000_000}' from t").shape.fingerprint == fingerprint(
        "select '' from t"
    )


def test_the_caches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_FORMS", 10)
    shapes = Shapes()
    for n in range(100):
        text = f"select * from t{n} where a = 1"
        assert shapes.seen(Execution(0.0, "1", text)).shape.fingerprint == fingerprint(text)
        assert len(shapes._forms) <= 10


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXT.filter(lambda text: "\0" not in text), min_size=1, max_size=4))
def test_the_fast_way_and_the_slow_way_agree(texts: list[str]) -> None:
    shapes = Shapes()
    for text in [*texts, *texts]:
        assert shapes.seen(Execution(0.0, "1", text)).shape.fingerprint == fingerprint(text)


@given(st.lists(st.tuples(TEXT, st.sampled_from([None, (), ("5",), (None, "x")])), max_size=4))
def test_many_are_seen_as_each_is(told: list[tuple[str, tuple[str | None, ...] | None]]) -> None:
    sent = [Execution(0.0, "1", text, 1.0, bound) for text, bound in [*told, *told]]
    together, one_by_one = Shapes(), Shapes()
    assert list(together.seen_all(sent)) == [one_by_one.seen(each) for each in sent]


NAMES = st.from_regex(r'"?[A-Za-z_][A-Za-z_0-9$]{0,8}"?', fullmatch=True)
NAMING = st.sampled_from(
    ["SAVEPOINT {}", "release {};", "RELEASE SAVEPOINT {}", "rollback to {}", "close {}", "{}",
     "ROLLBACK TO SAVEPOINT {}", "deallocate {}", "DEALLOCATE PREPARE {}", "move in {}",
     "fetch forward 100 from {}", "FETCH 5 in {}", "declare {} cursor for select 1 from {}"]
)  # fmt: skip


@given(NAMING, NAMES)
def test_names_of_savepoints_and_cursors_are_no_part_of_a_shape(text: str, name: str) -> None:
    sql = text.replace("{}", name)
    assert seen(sql).shape.fingerprint == fingerprint(sql)


def test_numbered_savepoints_do_not_fill_the_memory() -> None:
    shapes = Shapes()
    for n in range(1000):
        for text in (
            'SAVEPOINT "s140_x{}"',
            'RELEASE SAVEPOINT "s140_x{}"',
            "close c{};",
            'DECLARE "c{}" CURSOR FOR select * from t where a = 5',
        ):
            shapes.seen(Execution(0.0, "1", text.format(n)))
    assert len(shapes._forms) == 4
