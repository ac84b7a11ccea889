"""Dropping indexes: never one that must stay, and back exactly as it was."""

from __future__ import annotations

import pytest

from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import require_success
from tests.conftest import NewDatabase, run_sql
from tests.migrate.plans import (
    DOCS,
    index_definitions,
    index_entry,
    plan_document,
    select,
    statement_entry,
)
from tests.migrate.test_apply import run, undo

DETAILS = """
select c.relname, pg_get_indexdef(c.oid), obj_description(c.oid), c.reloptions, i.indisclustered,
    s.spcname, array(select coalesce(attstattarget, -1) from pg_attribute
                     where attrelid = c.oid order by attnum)
from pg_class c join pg_index i on i.indexrelid = c.oid
left join pg_tablespace s on s.oid = c.reltablespace
where c.relnamespace = 'public'::regnamespace order by 1
"""


def drop_entry(name: str, **more: str) -> dict[str, str]:
    quoted = name.replace('"', '""')
    return {"name": name, "ddl": f'DROP INDEX CONCURRENTLY public."{quoted}"', **more}


def test_a_dropped_index_comes_back_byte_for_byte(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    run_sql(
        dsn,
        "set allow_in_place_tablespaces = on;\ncreate tablespace elsewhere location '';\n"
        'create index "Odd ""one"" 😀" on docs using btree (lower(owner) collate "C" desc,'
        " hash text_pattern_ops nulls first) include (id) with (fillfactor = 70)"
        " tablespace elsewhere where owner <> 'a;b--c' and body is not null;\n"
        'comment on index "Odd ""one"" 😀" is E\'it\\\'s \\\\ here\';\n'
        'alter index "Odd ""one"" 😀" alter column 1 set statistics 321;\n'
        "create index plain on docs (owner);\n"
        "alter table docs cluster on plain;\n",
    )
    at_first = select(dsn, DETAILS)
    drops = [drop_entry('Odd "one" 😀'), drop_entry("plain")]
    result = run(dsn, plan_document(drops=drops), options)
    require_success(result)
    assert [drop.outcome for drop in result.drops] == ["kept", "kept"]
    assert list(index_definitions(dsn)) == ["docs_pkey"]
    undone = undo(dsn, options)
    assert [drop.outcome for drop in undone.drops] == ["rolled_back", "rolled_back"]
    assert select(dsn, DETAILS) == at_first


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
