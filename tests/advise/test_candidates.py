"""Which indexes are tried for a query, from what the parser sees of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbaudit.advise.candidates import MAX_PER_QUERY, CandidateOptions, candidates
from dbaudit.advise.catalog import Catalog, ColumnFacts, ExistingIndex, TableFacts
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.workload import Item, Statement
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.query import BoundQuery
from dbaudit.workload.catalog import Catalog as Names
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.query_file import parse_queries

TYPES = {
    "id": ("int8", 1_000_000),
    "owner": ("int4", 5000),
    "status": ("text", 4),
    "kind": ("text", 20),
    "flag": ("bool", 2),
    "at": ("timestamptz", 900_000),
    "doc": ("jsonb", 900_000),
    "tags": ("_text", 5000),
    "body": ("text", 1_000_000),
    "vector": ("tsvector", 1_000_000),
    "deleted_at": ("timestamptz", 1000),
    "during": ("tstzrange", 900_000),
    "place": ("point", 900_000),
    "net": ("inet", 900_000),
}


def column(name: str, *, sparse: bool = False, ordered: bool = False) -> ColumnFacts:
    typname, distinct = TYPES[name]
    return ColumnFacts(
        name,
        typname,
        avg_width=200.0 if name in ("doc", "body", "vector") else 8.0,
        has_statistics=True,
        distinct=distinct,
        null_frac=0.95 if sparse else 0.0,
        correlation=0.99 if ordered else 0.0,
    )


def catalog(*indexes: IndexDefinition, pages: float = 50_000) -> Catalog:
    columns = {n: column(n, sparse=n == "deleted_at", ordered=n == "at") for n in TYPES}
    existing = tuple(ExistingIndex(i.name, i, "", 0, True, 1, None) for i in indexes)
    table = TableFacts("public", "t", pages, 1_000_000, columns, existing)
    return Catalog({("public", "t"): table}, extensions={"pg_trgm": "ext", "btree_gist": "ext"})


def tried(sql: str, known: Catalog | None = None, **options: int) -> set[str]:
    return set(ranks(sql, known, **options))


def ranks(sql: str, known: Catalog | None = None, **options: int) -> dict[str, int]:
    """The candidates' ranks by what follows the table."""
    return {body(candidate): candidate.rank for candidate in found(sql, known, **options)}


def body(candidate: Candidate) -> str:
    """What follows the table of each index."""
    bodies = (index.body.removeprefix("public.t USING ") for index in candidate.indexes)
    return " & ".join(sorted(bodies))


def found(sql: str, known: Catalog | None = None, **options: int) -> list[Candidate]:
    """The candidates for queries on the table t."""
    known = known or catalog()
    names = Names({("public", "t"): {name: kind for name, (kind, _) in TYPES.items()}})
    items = []
    for query in parse_queries(sql):
        uses = query_uses(query, names)
        assert uses.reason is None
        statement = Statement((BoundQuery(query, query.statement),), frozenset([("public", "t")]))
        pairs = tuple((use, ("public", "t")) for use in uses.tables)
        items.append(Item(query.name, 1.0, (statement,), pairs))
    return candidates(items, {}, known, CandidateOptions(**options))


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("select * from t where owner = :a and at < :b", "btree (owner, at)"),
        ("select * from t where status = :s and owner = :a", "btree (owner, status)"),
        ("select * from t where owner = :a order by at desc", "btree (owner, at)"),
        (
            "select * from t where owner = :a order by status, at desc",
            "btree (owner, status, at DESC)",
        ),
        ("select * from t order by at desc nulls last limit 5", "btree (at DESC NULLS LAST)"),
        ("select max(at) from t where owner = :a", "btree (owner, at)"),
        (
            "select status, count(*) from t where owner = :a group by status",
            "btree (owner, status)",
        ),
        ("select distinct kind from t", "btree (kind)"),
        ("select at from t where owner = :a", "btree (owner) INCLUDE (at)"),
        ("select * from t where owner = :a and not flag", "btree (owner) WHERE not flag"),
        (
            "select * from t where owner = :a and deleted_at is null",
            "btree (owner) WHERE deleted_at is null",
        ),
        (
            "select * from t where owner = :a and (doc->>'on')::bool is true",
            "btree (owner) WHERE (doc->>'on')::bool is true",
        ),
        (
            "select * from t where owner = :a and deleted_at > at",
            "btree (owner) WHERE deleted_at > at",
        ),
        (
            "select * from t where kind = 'x' and at < deleted_at",
            "btree (id) WHERE kind = 'x' AND at < deleted_at",
        ),
        ("select * from t where lower(body) = :b", "btree ((lower(body)))"),
        (
            "select * from t where doc->>'k' = :b",
            "btree ((doc->>'k')) WHERE (doc->>'k') IS NOT NULL",
        ),
        (
            "select * from t where doc->>'k' = 'web' and owner = :a",
            "btree (owner) WHERE doc->>'k' = 'web'",
        ),
        ("select * from t where doc @> :d", "gin (doc jsonb_path_ops)"),
        ("select * from t where doc ? 'key'", "gin (doc)"),
        ("select * from t where tags && array['x']", "gin (tags)"),
        ("select * from t where vector @@ to_tsquery('x')", "gin (vector)"),
        (
            "select * from t where to_tsvector('english', body) @@ plainto_tsquery('english', 'x')",
            "gin ((to_tsvector('english', body)))",
        ),
        ("select * from t where body ilike '%x%'", "gin (body ext.gin_trgm_ops)"),
        ("select * from t where at > :a", "brin (at)"),
        ("select * from t where owner = :a or kind = :k", "btree (kind) & btree (owner)"),
        (
            "select * from t where body ilike '%x%' or kind ilike '%x%'",
            "gin (body ext.gin_trgm_ops) & gin (kind ext.gin_trgm_ops)",
        ),
        ("delete from t where owner = :a and at < :b", "btree (owner, at)"),
        ("update t set flag = true where kind = :k", "btree (kind)"),
        ("select * from t where during && :d", "gist (during)"),
        ("select * from t where :d <@ during", "gist (during)"),
        (
            "select * from t where tstzrange(at, deleted_at) @> :d",
            "gist ((tstzrange(at, deleted_at)))",
        ),
        ("select * from t a join t b on a.during && b.during", "gist (during)"),
        ("select * from t where owner = :a and during && :d", "gist (owner, during)"),
        ("select * from t order by place <-> :p limit 5", "gist (place)"),
        ("select * from t where kind = :k order by place <-> :p limit 5", "gist (kind, place)"),
        ("select * from t order by owner <-> :p limit 5", "gist (owner)"),
        ("select * from t order by body <-> :b limit 5", "gist (body ext.gist_trgm_ops)"),
        ("select * from t where net >>= :n", "gist (net inet_ops)"),
        ("select * from t where net <<= :n", "gist (net inet_ops)"),
        ("select * from t where net <<= :n", "btree (net)"),
        ("select * from t a join t b on b.owner = a.id where a.kind = :k", "btree (owner)"),
        (
            "select * from t a join t b on b.deleted_at = a.at where a.kind = :k",
            "btree (deleted_at) WHERE deleted_at IS NOT NULL",
        ),
        (
            "select a.id from t a left join t b on b.deleted_at = a.at",
            "btree (deleted_at)",
        ),
        (
            "select id from t where deleted_at = :d",
            "btree (deleted_at) INCLUDE (id) WHERE deleted_at IS NOT NULL",
        ),
    ],
)
def test_what_serves_a_query_is_tried(sql: str, wanted: str) -> None:
    assert wanted in tried(sql)


@pytest.mark.parametrize(
    ("sql", "unwanted"),
    [
        ("select * from t where :x = any(tags)", "gin (tags)"),
        ("select * from t where doc ? 'key'", "gin (doc jsonb_path_ops)"),
        ("select * from t where doc->>'k' = :v", "gin (doc)"),
        ("select * from t where body ilike '%x%'", "btree (body)"),
        ("select * from t where owner = 17 and flag", "btree (owner) WHERE owner = 17"),
        ("select * from t where doc = '{}'", "btree (doc)"),
        ("select * from t where owner > :a", "brin (owner)"),
        ("select * from t where owner = :a", "btree (owner) WHERE owner = :a"),
        ("select * from t a, t b where a.owner = b.id", "btree (owner) WHERE owner = id"),
        ("select * from t where body ilike '%x%'", "gist (body ext.gist_trgm_ops)"),
        ("select * from t order by place <-> :p", "gist (place)"),
        ("select * from t order by place <-> :p desc limit 5", "gist (place)"),
        ("select * from t order by place <-> '(1,2)' limit 5", "btree ((place <-> '(1,2)'))"),
        ("select * from t where doc @> :d", "gist (doc)"),
        ("select * from t where tags && :d", "gist (tags)"),
        ("select * from t where at <@ :d", "gist (at)"),
        (
            "select at from t where owner = :a and (id = 7) is not true",
            "btree (owner) WHERE (id = 7) is not true",
        ),
        ("select * from t where deleted_at = :d", "btree (deleted_at)"),
        ("select * from t a join t b on b.owner = a.id", "btree (owner) WHERE owner IS NOT NULL"),
    ],
)
def test_what_cannot_serve_it_is_not(sql: str, unwanted: str) -> None:
    assert unwanted not in tried(sql)


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("select id from t, to_tsquery('simple', :w) q where vector @@ q", "gin (vector)"),
        (
            "with q as (select plainto_tsquery(:w) q) select id from t, q where q @@ vector",
            "gin (vector)",
        ),
        ("select 1 from (values ('{a}'::text[])) v (a) join t on tags && v.a", "gin (tags)"),
        ("select 1 from t where owner = 7 and during && :r", "gist (during, owner)"),
        (
            "select 1 from t where earth_box(:p, 5) @> ll_to_earth(id, owner)",
            "gist ((ll_to_earth(id, owner)))",
        ),
    ],
)
def test_also_by_values_from_elsewhere_in_the_query(sql: str, wanted: str) -> None:
    assert wanted in tried(sql)


def test_no_gin_compares_columns_of_a_row() -> None:
    assert not [body for body in tried("select * from t where doc @> doc") if "gin" in body]


def test_no_key_hangs_on_a_value_of_the_query() -> None:
    sql = "select id from t where owner = $1 order by abs(id - $2) limit 5"
    assert tried(sql)
    assert not [body for body in tried(sql) if "$" in body]


def test_nothing_for_a_small_table() -> None:
    assert tried("select * from t where owner = :a", catalog(pages=10)) == set()


def test_what_exists_is_not_tried_and_its_beginning_counts_as_a_refinement() -> None:
    keys = (IndexKey("owner"), IndexKey("at", descending=True))
    known = catalog(IndexDefinition("public", "t", keys))
    sql = "select * from t where owner = :a order by at desc"
    assert "btree (owner, at DESC)" not in tried(sql, known)
    refining = [index.body for c in found(sql, known) if c.refines for index in c.indexes]
    assert "public.t USING btree (owner)" in refining
    assert not any(c.refines for c in found(sql))


@pytest.mark.parametrize("method", ["gin", "gist"])
def test_an_operator_class_is_the_same_with_its_schema(method: str) -> None:
    key = IndexKey("body", opclass=f"{method}_trgm_ops")
    known = catalog(IndexDefinition("public", "t", (key,), method=method))
    sql = "select * from t where body like '%x%' order by body <-> 'x' limit 3"
    assert f"{method} (body ext.{method}_trgm_ops)" in tried(sql)
    assert f"{method} (body ext.{method}_trgm_ops)" not in tried(sql, known)


def test_an_index_read_backward_is_the_same() -> None:
    known = catalog(IndexDefinition("public", "t", (IndexKey("at", descending=True),)))
    assert "btree (at)" not in tried("select id from t order by at limit 3", known)


def test_queries_that_share_a_prefix_are_offered_it() -> None:
    shared = tried(
        "-- name: a\nselect * from t where kind = :k and owner = :o;\n"
        "-- name: b\nselect * from t where kind = :k order by at;\n"
    )
    assert {"btree (owner, kind)", "btree (kind, owner)"} <= shared


def test_columns_are_held_too_where_that_spares_many_rows() -> None:
    one_row = "select kind from t where id = :a and at > :b"
    assert "btree (id, at)" in tried(one_row)
    assert not [body for body in tried(one_row) if "(id" in body and "INCLUDE" in body]
    assert "btree ((id + 7)) INCLUDE (kind, id)" not in tried(
        "select kind from t where id + 7 = :a"
    )
    assert "btree ((owner + 7)) INCLUDE (kind, owner)" in tried(
        "select kind from t where owner + 7 = :a"
    )
    many = "select b.kind from t a join t b on b.id = a.owner where a.at > :b"
    assert "btree (id) INCLUDE (kind)" in tried(many)
    table = catalog().tables["public", "t"]
    skewed = {**table.columns, "id": replace(table.columns["id"], most_common_freq=0.1)}
    known = Catalog({("public", "t"): replace(table, columns=skewed)})
    assert "btree (id, at) INCLUDE (kind)" in tried(one_row, known)


def test_one_index_holds_what_several_queries_read_by_the_same_keys() -> None:
    sql = (
        "-- name: a\nselect at, kind from t where owner = :o;\n"
        "-- name: b\nselect at, status from t where owner = :o;\n"
        "-- name: c\nselect kind from t where owner = :o and not flag;\n"
    )
    united = next(c for c in found(sql) if body(c) == "btree (owner) INCLUDE (at, kind, status)")
    assert united.queries == {"a", "b"}
    assert united.why_for("b") == "owner compared for equality; holds at, kind, status too"
    assert "btree (owner) INCLUDE (at, kind, status)" not in tried(
        sql.replace(":o;", ":o or id = 3;")
    )


def test_columns_are_not_held_together_that_no_one_index_may_hold() -> None:
    sql = (
        "-- name: a\nselect id, at, kind from t where owner = :o;\n"
        "-- name: b\nselect status, flag, net from t where owner = :o;\n"
    )
    assert not any("INCLUDE" in one and one.count(",") > 2 for one in tried(sql))


def test_the_number_of_tries_a_query_is_bounded() -> None:
    conditions = " and ".join(f"doc->>'k{n}' = 'v' and lower(body || {n}) = :p" for n in range(9))
    assert 0 < len(tried(f"select id, at from t where {conditions} order by at")) <= MAX_PER_QUERY


def test_the_most_keys_of_an_index() -> None:
    found = tried("select * from t where owner = :a and kind = :k and at < :b", max_columns=2)
    assert all(body.count(",") <= 1 for body in found)


def test_the_smaller_gin_class_goes_first_unless_a_query_needs_the_other() -> None:
    small, large = "gin (doc jsonb_path_ops)", "gin (doc)"
    contains = "select * from t where doc @> :d"
    found = ranks(contains)
    assert found[small] < found[large]
    found = ranks(f"-- name: a\n{contains};\n-- name: b\nselect * from t where doc ? 'key';\n")
    assert found[small] == found[large]
