"""Dropping indexes: never one that must stay, and back exactly as it was."""

from __future__ import annotations

import pytest

from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import require_success
from dbaudit.targets.cluster import Cluster
from tests.conftest import NewDatabase, create_database, needs_version, run_sql
from tests.migrate.plans import (
    DOCS,
    index_definitions,
    index_entry,
    invalid_indexes,
    plan_document,
    select,
    statement_entry,
)
from tests.migrate.test_apply import run, undo

#: All that the catalog says of the indexes, but for their oids and files.
DETAILS = """
select c.relname, pg_get_indexdef(c.oid), obj_description(c.oid), c.reloptions, i.indisclustered,
    s.spcname, c.relowner::regrole::text, c.relpersistence, i.indisvalid, i.indisready,
    i.indnullsnotdistinct, i.indoption::text, i.indcollation::text, i.indclass::text,
    array(select coalesce(attstattarget, -1) from pg_attribute
          where attrelid = c.oid order by attnum),
    array(select attname::text || attoptions::text from pg_attribute
          where attrelid = c.oid order by attnum),
    array(select refobjid::regclass::text from pg_depend
          where classid = 'pg_class'::regclass and objid = c.oid and deptype in ('a', 'n')
              and refclassid = 'pg_class'::regclass order by 1),
    array(select extname::text from pg_depend join pg_extension e on e.oid = refobjid
          where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'x'),
    (select array_agg(array_length(most_common_vals::text::text[], 1)) from pg_stats
     where tablename = c.relname)
from pg_class c join pg_index i on i.indexrelid = c.oid
left join pg_tablespace s on s.oid = c.reltablespace
where c.relnamespace = 'public'::regnamespace order by 1
"""
#: A tablespace outlives the test's database on its server.
TABLESPACE = """
set allow_in_place_tablespaces = on;
create tablespace elsewhere location '';
"""
INDEXES = """
create schema app;
create function app.first(text) returns text language sql immutable strict as 'select left($1, 1)';
create index "Odd ""one"" 😀" on docs using btree (lower(owner) collate "C" desc,
    hash text_pattern_ops nulls first) include (id) with (fillfactor = 70)
    tablespace elsewhere where owner <> 'a;b--c' and body is not null;
comment on index "Odd ""one"" 😀" is E'it\\'s \\\\ here';
alter index "Odd ""one"" 😀" alter column 1 set statistics 7;
alter index "Odd ""one"" 😀" depends on extension plpgsql;
create index words on docs using gin (to_tsvector('english', body)) with (fastupdate = off);
alter index words set (gin_pending_list_limit = 128);
create index texts on docs using gist (to_tsvector('english', body) tsvector_ops(siglen = 100))
    with (buffering = off);
create index pages on docs using brin (id int8_minmax_multi_ops(values_per_range = 16))
    with (pages_per_range = 8, autosummarize = on);
create index hashed on docs using hash (hash) with (fillfactor = 60);
set search_path = public, app;
create index by_app on docs (first(hash));
create index plain on docs (owner) with (deduplicate_items = off);
alter table docs cluster on plain;
analyze docs;
"""


def drop_entry(name: str, **more: str) -> dict[str, str]:
    quoted = name.replace('"', '""')
    return {"name": name, "ddl": f'DROP INDEX CONCURRENTLY public."{quoted}"', **more}


def test_dropped_indexes_come_back_byte_for_byte(any_pg: Cluster, options: ApplyOptions) -> None:
    needs_version(any_pg.dsn(), 14)  # int8_minmax_multi_ops
    dsn = create_database(any_pg, DOCS)
    if not select(dsn, "select from pg_tablespace where spcname = 'elsewhere'"):
        run_sql(dsn, TABLESPACE)
    run_sql(dsn, INDEXES)
    at_first = select(dsn, DETAILS)
    names = ['Odd "one" 😀', "words", "texts", "pages", "hashed", "by_app", "plain"]
    with_path = f"{dsn} options='-c search_path=app,public'"
    result = run(with_path, plan_document(drops=[drop_entry(name) for name in names]), options)
    require_success(result)
    assert [drop.outcome for drop in result.drops] == ["kept"] * len(names)
    assert list(index_definitions(dsn)) == ["docs_pkey"]
    undone = undo(dsn, options)
    assert [drop.outcome for drop in undone.drops] == ["rolled_back"] * len(names)
    assert select(dsn, DETAILS) == at_first
    assert invalid_indexes(dsn) == []


def test_another_index_of_the_name_is_left_alone(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS + "create index docs_old on docs (hash);\n")
    require_success(run(dsn, plan_document(drops=[drop_entry("docs_old")]), options))
    run_sql(dsn, "create index docs_old on docs (owner)")
    (drop,) = undo(dsn, options).drops
    assert drop.outcome == "failed"
    assert "not the index that was dropped" in drop.reason
    run_sql(dsn, "drop index docs_old")
    assert undo(dsn, options).drops[0].outcome == "rolled_back"
    assert index_definitions(dsn)["docs_old"].endswith("(hash)")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("docs_pkey", "backs a constraint"),
        ("docs_hash_key", "is unique"),
        ("docs", "is not an index"),
        ("parts_id", "partitioned table"),
        ("part1_id_idx", "partitioned table"),
    ],
)
def test_what_must_stay_is_refused(
    new_database: NewDatabase, options: ApplyOptions, name: str, reason: str
) -> None:
    dsn = new_database(
        DOCS + "create unique index docs_hash_key on docs (hash);\n"
        "create table parts (id int) partition by range (id);\n"
        "create table part1 partition of parts for values from (1) to (9);\n"
        "create index parts_id on parts (id);\n"
    )
    at_first = index_definitions(dsn)
    result = run(dsn, plan_document(drops=[drop_entry(name)]), options)
    assert result.drops[0].outcome == "failed"
    assert reason in result.drops[0].reason
    assert index_definitions(dsn) == at_first


def test_a_replica_identity_is_refused(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(
        "create table t (id int not null);\ncreate unique index t_id on t (id);\n"
        "alter table t replica identity using index t_id;\n"
    )
    result = run(dsn, plan_document(drops=[drop_entry("t_id")]), options)
    assert result.drops[0].outcome == "failed"
    assert list(index_definitions(dsn)) == ["t_id"]


def test_one_that_a_query_misses_is_put_back(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS + "create index docs_hash on docs (hash);\n")
    at_first = index_definitions(dsn)
    query = statement_entry("by_hash", "select * from docs where hash = 'x'")
    result = run(dsn, plan_document([], [query], [drop_entry("docs_hash")]), options)
    assert result.drops[0].outcome == "rolled_back"
    assert "by_hash is slower without it" in result.drops[0].reason
    assert index_definitions(dsn) == at_first


def test_no_drop_when_its_replacement_was_taken_back(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS + "create index docs_owner on docs (owner);\n")
    at_first = index_definitions(dsn)
    wider = index_entry("docs_owner_hash", "docs", "(owner, hash)")
    query = statement_entry("unrelated", "select 1")
    result = run(dsn, plan_document([wider], [query], [drop_entry("docs_owner")]), options)
    assert [i.outcome for i in result.indexes] == ["rolled_back"]
    assert [d.outcome for d in result.drops] == ["skipped"]
    assert index_definitions(dsn) == at_first
    gone = run(dsn, plan_document(drops=[drop_entry("no_such")]), options)
    assert gone.drops[0].outcome == "skipped"


def test_one_that_an_unexecuted_query_misses_is_put_back(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS + "create index docs_hash on docs (hash);\n")
    query = statement_entry("write", "delete from docs where hash = 'x'")
    result = run(dsn, plan_document([], [query], [drop_entry("docs_hash")]), options)
    assert result.drops[0].outcome == "rolled_back"
    assert "write costs more without it: 8.4 to 950.0" in result.drops[0].reason


def test_a_drop_needs_only_what_replaces_it(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    """A new index that is taken back keeps what relies on it, and nothing else."""
    dsn = new_database(
        DOCS + "create index docs_owner on docs (owner);\ncreate index twin on docs (owner);\n"
        "create index docs_hash on docs (hash);\ncreate index lost on docs (body);\n"
    )
    wider = index_entry("docs_hash_id", "docs", "(hash, id)")
    drops = [
        drop_entry("twin", replaced_by={"schema": "public", "name": "docs_owner"}),
        drop_entry("docs_hash", replaced_by={"schema": "public", "name": "docs_hash_id"}),
        drop_entry("lost", replaced_by={"schema": "public", "name": "docs"}),
    ]
    result = run(dsn, plan_document([wider], [statement_entry("one", "select 1")], drops), options)
    assert [index.outcome for index in result.indexes] == ["rolled_back"]
    assert [drop.outcome for drop in result.drops] == ["kept", "skipped", "skipped"]
    assert result.drops[1].reason == "public.docs_hash_id, which replaces it, is not there"
    assert index_definitions(dsn).keys() == {"docs_pkey", "docs_owner", "docs_hash", "lost"}
