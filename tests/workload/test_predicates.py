"""Which column of which table is used how: names, clauses, shapes, values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.query import Query
from dbaudit.snapshot.schema import schema
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.predicates import predicate_rows, query_uses
from dbaudit.workload.query_file import parse_queries
from dbaudit.workload.table_use import Distance, QueryUses, SortKey, TableUse

CATALOG = Catalog(
    {
        ("public", "t"): {
            "id": "int8",
            "a": "int4",
            "b": "int4",
            "email": "text",
            "flag": "bool",
            "meta": "jsonb",
            "tags": "_text",
            "fts": "tsvector",
            "span": "int4range",
            "net": "inet",
            "place": "point",
            "at": "timestamptz",
        },
        ("public", "u"): {"id": "int8", "t_id": "int8", "name": "text", "b": "int4"},
        ("app", "u"): {"id": "int8", "only_here": "text"},
    },
    ("app", "public"),
)


def uses_of(sql: str) -> QueryUses:
    return query_uses(parse_queries(sql)[0], CATALOG)


def told(sql: str) -> list[str]:
    """Each condition as `alias: expression operator value [kind]`, marks behind."""
    found = []
    for use in uses_of(sql).tables:
        for c in use.conditions:
            marks = [c.value_kind or "", c.clause] + [
                name
                for name, is_set in (
                    ("or", c.in_or),
                    ("list", c.is_list),
                    (c.shape, c.shape != "column"),
                    ("no index", not c.is_sargable),
                )
                if is_set
            ]
            value = "" if c.value is None else f" {c.value}"
            found.append(f"{use.alias}: {c.expression} {c.operator}{value} [{', '.join(marks)}]")
    return found


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1 from t where a = 1", ["t: a = 1 [constant, where]"]),
        ("select 1 from t where T.A = :p", ["t: a = $1 [parameter, where]"]),
        ("select 1 from t x where x.a = :p::int", ["x: a = $1::int [parameter, where]"]),
        ("select 1 from t where 5 < a", ["t: a > 5 [constant, where]"]),
        ("select 1 from t where a = any(:p)", ["t: a = $1 [parameter, where, list]"]),
        (
            "select 1 from t where :p = any(tags)",
            ["t: tags = $1 [parameter, where, array, no index]"],
        ),
        (
            "select 1 from t where tags @> array[:a, :b]",
            ["t: tags @> array[$1, $2] [parameter, where]"],
        ),
        ("select 1 from t where meta <@ '{}'", ["t: meta <@ '{}' [constant, where]"]),
        ("select 1 from t where '{}' <@ meta", ["t: meta @> '{}' [constant, where]"]),
        ("select 1 from t where meta ?| array['x']", ["t: meta ?| array['x'] [constant, where]"]),
        (
            "select 1 from t where fts @@ to_tsquery(:q)",
            ["t: fts @@ to_tsquery($1) [expression, where]"],
        ),
        (
            "select 1 from t where email ilike '%x%'",
            ["t: email ~~* '%x%' [constant, where, no index]"],
        ),
        (
            "select 1 from t where email not like 'x%'",
            ["t: email !~~ 'x%' [constant, where, no index]"],
        ),
        ("select 1 from t where email like :p", ["t: email ~~ $1 [parameter, where]"]),
        (
            "select 1 from t where t.meta->>'k' = 'x'",
            ["t: meta->>'k' = 'x' [constant, where, json, no index]"],
        ),
        ("select 1 from t where not flag", ["t: flag = false [constant, where]"]),
        ("select 1 from t where flag", ["t: flag = true [constant, where]"]),
        ("select 1 from t where flag is false", ["t: flag is false [, where]"]),
        ("select 1 from t where email is null", ["t: email is null [, where]"]),
        (
            "select 1 from t where at > now() - interval '1 day'",
            ["t: at > now() - interval '1 day' [expression, where]"],
        ),
        (
            "select 1 from t where a between 1 and :p",
            ["t: a >= 1 [constant, where]", "t: a <= $1 [parameter, where]"],
        ),
        (
            "select 1 from t where (a, b) > (:p, 5)",
            ["t: a > $1 [parameter, where]", "t: b > 5 [constant, where]"],
        ),
        (
            "select 1 from t where a = 1 and (b = 2 or flag)",
            [
                "t: a = 1 [constant, where]",
                "t: b = 2 [constant, where, or]",
                "t: flag = true [constant, where, or]",
            ],
        ),
        (
            "select 1 from t where not (a = 1 and b < 2)",
            ["t: a <> 1 [constant, where, or, no index]", "t: b >= 2 [constant, where, or]"],
        ),
        (
            "select 1 from t join public.u on u.t_id = t.id and u.b in (1, 2)",
            [
                "t: id = u.t_id [column, join]",
                "u: t_id = t.id [column, join]",
                "u: b in (1, 2) [constant, join, list]",
            ],
        ),
        (
            "select 1 from t join public.u using (b)",
            ["t: b = u.b [column, join]", "u: b = t.b [column, join]"],
        ),
        (
            "select 1 from t natural join public.u x",
            [
                "t: id = x.id [column, join]",
                "t: b = x.b [column, join]",
                "x: id = t.id [column, join]",
                "x: b = t.b [column, join]",
            ],
        ),
        (
            "select 1 from t where exists (select 1 from public.u where t_id = t.id and b = 1)",
            [
                "t: id = u.t_id [column, where]".replace("u.t_id", "t_id"),
                "u: t_id = t.id [column, where]",
                "u: b = 1 [constant, where]",
            ],
        ),
        (
            "select 1 from t where not exists (select 1 from public.u where t_id = t.id)",
            ["u: t_id = t.id [column, where]"],
        ),
        (
            "select 1 from t where id = any(select t_id from public.u)",
            [
                "t: id = (select t_id from public.u) [subquery, where, list]",
                "u: t_id = t.id [column, where]",
            ],
        ),
        (
            "select 1 from t where id not in (select t_id from public.u)",
            [
                "t: id not in (select t_id from public.u) [subquery, where, list, no index]",
            ],
        ),
        (
            "select 1 from t where 'x' like email",
            ["t: email reversed ~~ 'x' [constant, where, no index]"],
        ),
        (
            "select 1 from t where span && int4range(:a, :b) and span -|- :c",
            [
                "t: span && int4range($1, $2) [expression, where]",
                "t: span -|- $3 [parameter, where]",
            ],
        ),
        ("select 1 from t where 5 <@ span", ["t: span @> 5 [constant, where]"]),
        ("select 1 from t where net <<= :n", ["t: net <<= $1 [parameter, where]"]),
        ("select 1 from t where :n >>= net", ["t: net <<= $1 [parameter, where]"]),
        (
            "select 1 from t where int4range(a, b) @> :n",
            ["t: int4range(a, b) @> $1 [parameter, where, expression, no index]"],
        ),
        ("select 1 from t where a < b", ["t: a < b [column, where, no index]"]),
        ("select 1 from t where meta @@ '$.a > 1'", ["t: meta @@ '$.a > 1' [constant, where]"]),
        (
            "select (select name from public.u where t_id = t.id) from t",
            ["u: t_id = t.id [column, where]"],
        ),
        (
            "select 1 from t where id in (select t_id from public.u)",
            [
                "t: id in (select t_id from public.u) [subquery, where, list]",
                "u: t_id = t.id [column, where]",
            ],
        ),
        (
            "select a from t group by a having count(*) > 3",
            [],
        ),
        (
            "with q as (select id as i, a from t) select 1 from q where i = 1 and q.a > 2",
            ["t: id = 1 [constant, where]", "t: a > 2 [constant, where]"],
        ),
        (
            "with q as materialized (select a from t) select 1 from q where a = 1",
            [],
        ),
        ("select 1 from (select * from t limit 5) q where q.a = 1", []),
        ("select 1 from (select a, count(*) c from t group by 1) q where q.c = 1", []),
        (
            "select 1 from (select * from t where b = 1) q (x, y) where q.y = 2",
            ["t: b = 1 [constant, where]", "t: a = 2 [constant, where]"],
        ),
        (
            "update t set a = 1 from public.u where u.t_id = t.id",
            ["t: id = u.t_id [column, where]", "u: t_id = t.id [column, where]"],
        ),
        (
            "delete from t x using public.u join app.u v on v.id = u.id where u.t_id = x.id",
            [
                "x: id = u.t_id [column, where]",
                "u: id = v.id [column, join]",
                "u: t_id = x.id [column, where]",
                "v: id = u.id [column, join]",
            ],
        ),
        (
            "insert into t (id) select id from public.u where name = 'x' "
            "on conflict (id) do update set a = excluded.a where t.flag",
            ["u: name = 'x' [constant, where]"],
        ),
        (
            "merge into t using public.u on t.id = u.t_id when matched then delete",
            ["t: id = u.t_id [column, join]", "u: t_id = t.id [column, join]"],
        ),
        (
            "with d as (delete from t where a = 1 returning id) select 1 from d where id = 2",
            ["t: a = 1 [constant, where]"],
        ),
        (
            "select 1 from t, lateral (select 1 from public.u where t_id = t.id) l",
            ["u: t_id = t.id [column, where]"],
        ),
        (
            "select 1 from t where a = 1 union all select 1 from public.u where name = :p",
            ["t: a = 1 [constant, where]", "u: name = $1 [parameter, where]"],
        ),
        ("select 1 from nowhere where x = 1", ["nowhere: x = 1 [constant, where]"]),
        ("select 1 from u where only_here = 'x'", ["u: only_here = 'x' [constant, where]"]),
        (
            "select 1 from t x, t y where x.a = y.a",
            ["x: a = y.a [column, where]", "y: a = x.a [column, where]"],
        ),
    ],
)
def test_conditions(sql: str, expected: list[str]) -> None:
    assert told(sql) == expected


def only_table(sql: str) -> TableUse:
    (use,) = uses_of(sql).tables
    return use


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1 from t order by a desc, b", [("a", True, True), ("b", False, False)]),
        ("select a as z from t order by z", [("a", False, False)]),
        ("select b, a from t order by 2 desc nulls last", [("a", True, False)]),
        ("select 1 from t order by lower(t.email)", [("lower(email)", False, False)]),
        ("select a, count(*) n from t group by a order by n", []),
    ],
)
def test_sort_keys(sql: str, expected: list[tuple[str, bool, bool]]) -> None:
    sort = only_table(sql).sort
    assert [(key.expression, key.descending, key.nulls_first) for key in sort] == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select 1 from t order by place <-> :p limit 3",
            Distance("place", "place", "<->", "column"),
        ),
        ("select place <-> :p as d from t order by d", Distance("place", "place", "<->", "column")),
        ("select place <-> :p from t order by 1", Distance("place", "place", "<->", "column")),
        (
            "select 1 from t order by point(1, 2) <-> t.place",
            Distance("place", "place", "<->", "column"),
        ),
        ("select 1 from t order by email <->> :p", Distance("email", "email", "<->>", "column")),
        ("select 1 from t order by :p <<-> email", Distance("email", "email", "<->>", "column")),
        (
            "select 1 from t order by point(a, b) <-> :p",
            Distance(None, "point(a, b)", "<->", "expression"),
        ),
        ("select 1 from t order by a - 5", None),
        ("select 1 from t order by a <-> b", None),
        ("select 1 from t order by span && :p", None),
    ],
)
def test_sorts_by_distance(sql: str, expected: Distance | None) -> None:
    (key,) = only_table(sql).sort
    assert key.distance == expected


def test_a_sort_over_two_tables_is_nobodys() -> None:
    uses = uses_of("select 1 from t join public.u on true order by t.a, u.name")
    assert [use.sort for use in uses.tables] == [(), ()]


def test_group_distinct_and_extremum() -> None:
    assert [k.expression for k in only_table("select a, b from t group by 1, b").group] == [
        "a",
        "b",
    ]
    assert [k.column for k in only_table("select distinct email from t").group] == ["email"]
    extremum = only_table("select max(at) from t where a = 1").extremum
    assert extremum == (SortKey("at", "at", descending=True, nulls_first=True),)


def test_columns_and_output() -> None:
    use = only_table("select a, lower(email) from t where b = 1 order by at limit 5")
    assert use.output == ("a", "email")
    assert set(use.columns) == {"a", "email", "b", "at"}
    assert use.has_limit
    assert only_table("select count(*) from t where a = 1").output == ()
    assert len(only_table("select * from t").columns) == 12
    assert len(only_table("select t from t").output) == 12
    assert only_table("delete from t where a = 1 returning id").is_target


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("select 1 from public.u where exists (select * from t where a = u.b)", {"a"}),
        ("select 1 from public.u where not exists (select email from t where a = u.b)", {"a"}),
        (
            "select 1 from public.u where exists (select 1 from t group by b having max(a) = u.b)",
            {"a", "b"},
        ),
        ("select x.a from (select * from t where b = 1) x order by x.at", {"a", "b", "at"}),
        ("with x as (select * from t where b = 1) select max(a) from x", {"a", "b"}),
        ("select count(*) from (select t.* from t join public.u using (id)) x", {"id"}),
    ],
)
def test_a_star_that_nobody_reads_is_no_column(sql: str, columns: set[str]) -> None:
    """What EXISTS selects is not computed (simplify_EXISTS_query in subselect.c); a subquery in
    FROM is pulled up (prepjointree.c)."""
    assert {c for use in uses_of(sql).tables if use.table == "t" for c in use.columns} == columns


@pytest.mark.parametrize(
    "sql",
    [
        "select * from (select * from t) x",
        "with x as materialized (select * from t) select a from x",
        "with x as (select * from t) select x.a from x, x y where x.a = y.b",
        "select a from (select * from t union select * from t) x",
        "select a from (select *, row_number() over () from t) x",
        "select * from public.u where (id, b) in (select t.* from t)",
    ],
)
def test_a_star_that_is_computed_is_all_columns(sql: str) -> None:
    assert {len(use.columns) for use in uses_of(sql).tables if use.table == "t"} == {12}


def test_predicates_of_one_table_as_sql() -> None:
    joined = "select 1 from t x join public.u on u.b = x.b"
    sql = f"{joined} where x.flag is false and not (x.a = 1 or x.b > u.b)"
    (use, _) = uses_of(sql).tables
    assert [c.predicate for c in use.conditions] == [None, "flag is false", "NOT (a = 1)", None]


def test_rows_have_the_columns_of_the_schema() -> None:
    sql = "select a from t where meta->>'k' = :p order by at desc limit :n offset 5"
    rows = predicate_rows(query_uses(parse_queries("-- name: q\n" + sql)[0], CATALOG))
    names = list(schema()["query_predicates"].column_names)
    assert all(list(row) == names for row in rows)
    assert [(r["clause"], r["attname"], r["value"], r["value_kind"]) for r in rows] == [
        ("where", "meta", "$1", "parameter"),
        ("order", "at", None, None),
        ("select", "a", None, None),
        ("limit", None, "$2", "parameter"),
        ("offset", None, "5", "constant"),
    ]


@pytest.mark.parametrize("sql", ["call p(1)", "select from where (", "vacuum t", "set x = 1"])
def test_what_cannot_be_parsed_has_a_reason(sql: str) -> None:
    uses = query_uses(Query("q", sql, sql), CATALOG)
    assert uses.reason
    assert "\n" not in uses.reason
    assert uses.tables == ()
    assert predicate_rows(query_uses(Query("q", sql, sql), CATALOG)) == []


def test_an_operand_that_is_missing_is_no_condition() -> None:
    sql = "select 1 from t where a = 1 and @@ to_tsquery('x') and b = 2"
    assert all("@@" not in condition for condition in told(sql))


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    uses_of("call p(1)")
    assert capfd.readouterr() == ("", "")


WORDS = st.sampled_from(
    "select from where t u a b id = < and or not in ( ) , 1 'x' $1 join on using order by limit as "
    "exists is null between any array [ ] :: int -> ->> @> <% group having union with * . lateral "
    "update set delete insert into values returning case when then end like distinct".split()
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=40))
def test_no_statement_raises(tail: str) -> None:
    for sql in (tail, f"select a from t where {tail}", f"select {tail} from t"):
        uses = query_uses(Query("q", sql, sql), CATALOG)
        assert uses.reason is None or uses.tables == ()
