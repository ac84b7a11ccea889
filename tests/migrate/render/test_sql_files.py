"""Migrations as files: psql runs them up and down and leaves the indexes as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dbaudit.advise.advice import PartitionTable, Served
from dbaudit.advise.plan_file import advice_document
from dbaudit.errors import UsageError
from dbaudit.migrate.options import state_dir
from dbaudit.migrate.plan import plan_of, read_plan
from dbaudit.migrate.render.changes import changes_of, dry_run
from dbaudit.migrate.render.sql_files import sql_files
from dbaudit.targets.cluster import Cluster
from tests.conftest import NewDatabase, create_database, run_sql
from tests.migrate.plans import DOCS, index_definitions
from tests.migrate.render.cases import MATERIAL, definitions, expected_definitions, whole_plan
from tests.migrate.test_plan import ADVICE, STATEMENTS, TARGET

PLAN = plan_of(advice_document(ADVICE, TARGET, STATEMENTS), "plan.json")


def test_psql_runs_them_up_and_down(
    new_database: NewDatabase, pg18: Cluster, tmp_path: Path
) -> None:
    dsn = new_database(DOCS + "create index docs_old on docs (hash);\n")
    at_first = index_definitions(dsn)
    files = sql_files(changes_of(PLAN), [])
    ups = sorted(name for name in files if name.endswith(".up.sql"))
    downs = sorted((name for name in files if name.endswith(".down.sql")), reverse=True)
    _psql(pg18, dsn, [files[name] for name in ups])
    assert list(index_definitions(dsn)) == ["docs_hash_idx", "docs_pkey"]
    _psql(pg18, dsn, [files[name] for name in downs])
    assert index_definitions(dsn) == at_first


@pytest.mark.parametrize("server", ["pg18", "pg15"])
def test_psql_builds_the_index_of_a_partitioned_table(
    server: str, request: pytest.FixtureRequest
) -> None:
    cluster: Cluster = request.getfixturevalue(server)
    dsn, copy = create_database(cluster, MATERIAL), create_database(cluster, MATERIAL)
    at_first = definitions(dsn)
    files = sql_files(changes_of(whole_plan()), [])
    _psql(cluster, dsn, [text for name, text in files.items() if name.endswith(".up.sql")])
    assert definitions(dsn) == expected_definitions(whole_plan(), copy)
    assert not [text for text in definitions(dsn).values() if not text.endswith("true")]
    downs = [text for name, text in files.items() if name.endswith(".down.sql")]
    _psql(cluster, dsn, downs[::-1])
    assert definitions(dsn) == at_first


def test_partitions_that_hang_on_nothing_are_refused() -> None:
    odd = replace(PLAN.indexes[0], partitions=(PartitionTable("s", "a", "s", "nowhere"),))
    with pytest.raises(UsageError, match=r"s\.a hangs on s\.nowhere, which is not among"):
        changes_of(replace(PLAN, indexes=(odd,)))


def test_a_partitioned_table_without_partitions() -> None:
    empty = replace(PLAN.indexes[0], partitions=())
    assert dry_run(replace(PLAN, indexes=(empty,), drops=())) == (
        "CREATE INDEX docs_hash_idx ON ONLY public.docs USING btree (hash)",
    )


def test_what_a_file_says() -> None:
    text = sql_files(changes_of(PLAN), [])["0001_add_docs_hash_idx.up.sql"]
    assert "-- reason: it finds rows by hash" in text
    assert "-- serves: by_hash (cost 100.0 to 4.0, 25.0 times cheaper)" in text
    assert "SET lock_timeout" in text
    assert "outside one" in text


def test_a_drop_whose_definition_is_not_known_cannot_be_taken_back(
    new_database: NewDatabase,
) -> None:
    drop = replace(PLAN.drops[0], name="o'd $$\\", undo_ddl="")
    files = sql_files(changes_of(replace(PLAN, indexes=(), drops=(drop,))), [])
    down = next(text for name, text in files.items() if name.endswith(".down.sql"))
    with pytest.raises(psycopg.errors.RaiseException, match=r"cannot be .* write CREATE INDEX"):
        run_sql(new_database(""), down)


def test_numbers_go_on_after_the_files_that_are_there() -> None:
    names = set(sql_files(changes_of(PLAN), ["0007_x.up.sql", "0007_x.down.sql", "readme.md"]))
    assert names == {
        "0008_add_docs_hash_idx.up.sql",
        "0008_add_docs_hash_idx.down.sql",
        "0009_drop_docs_old.up.sql",
        "0009_drop_docs_old.down.sql",
    }


def test_a_line_break_in_a_query_name_stays_in_its_comment(tmp_path: Path) -> None:
    odd = replace(PLAN.indexes[0], serves=(Served("a\nDROP TABLE docs;\r--", 2, 1),))
    for name, text in sql_files(changes_of(replace(PLAN, indexes=(odd,))), []).items():
        (tmp_path / name).write_text(text)
    assert len(read_plan(tmp_path / "0001_add_docs_hash_idx.up.sql").indexes) == 1


@pytest.mark.parametrize("kind", ["up", "down"])
def test_apply_reads_what_is_rendered(tmp_path: Path, kind: str) -> None:
    for name, text in sql_files(changes_of(PLAN), []).items():
        (tmp_path / name).write_text(text)
    add = read_plan(tmp_path / f"0001_add_docs_hash_idx.{kind}.sql")
    drop = read_plan(tmp_path / f"0002_drop_docs_old.{kind}.sql")
    assert (len(add.indexes), len(drop.drops)) == ((1, 1) if kind == "up" else (0, 0))
    assert (len(add.drops), len(drop.indexes)) == ((0, 0) if kind == "up" else (1, 1))
    assert dry_run(PLAN) == (
        "CREATE INDEX CONCURRENTLY docs_hash_idx ON public.docs USING btree (hash)",
        "DROP INDEX CONCURRENTLY IF EXISTS public.docs_old",
    )


def test_apply_reads_the_index_of_a_partitioned_table_as_one(tmp_path: Path) -> None:
    plan = replace(whole_plan(), drops=())
    logs = replace(plan, indexes=tuple(i for i in plan.indexes if i.name == "logs_id"))
    ((name, text), _) = sql_files(changes_of(logs), []).items()
    (tmp_path / name).write_text(text, "utf-8")
    (found,) = read_plan(tmp_path / name).indexes
    assert found == replace(logs.indexes[0], method="btree")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ALTER INDEX s.i ATTACH PARTITION s.j", r"attaches s\.j, which this file does not make"),
        ("ALTER INDEX s.i ATTACH PARTITION j", "in which schema 'j'"),
        ("ALTER INDEX s.i SET (fillfactor = 10)", "expected ATTACH"),
        (
            "CREATE INDEX k ON s.u (a); ALTER INDEX s.i ATTACH PARTITION s.k",
            r"s\.k is attached, and would have to be named 'i_u'",
        ),
    ],
)
def test_what_is_attached_is_what_the_file_makes(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.sql").write_text(f"CREATE INDEX i ON ONLY s.t (a);\n{text};\n")
    with pytest.raises(UsageError, match=message):
        read_plan(tmp_path / "x.sql")


def test_where_the_local_ledger_lies() -> None:
    home = Path("/home/me")
    assert state_dir({}, home) == home / ".local/state/dbaudit"
    assert state_dir({"XDG_STATE_HOME": "relative"}, home) == home / ".local/state/dbaudit"
    assert state_dir({"XDG_STATE_HOME": "/state"}, home) == Path("/state/dbaudit")


def _psql(cluster: Cluster, dsn: str, scripts: list[str]) -> None:
    for script in scripts:
        path = cluster.data / "migration.sql"
        path.write_text(script)
        path.chmod(0o644)
        cluster.run("psql", "--set", "ON_ERROR_STOP=1", "--no-psqlrc", "--file", str(path), dsn)
