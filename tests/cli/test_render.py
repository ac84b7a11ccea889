"""`advise --write` and `render`: a plan written down, or one line that says why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dbaudit import cli
from dbaudit.cli.console import streams
from dbaudit.cli.migration_files import write_files
from dbaudit.errors import ReportError
from tests.cli.conftest import Run
from tests.conftest import NewDatabase
from tests.migrate.plans import HASH_INDEX, plan_document

LOGS = """
create table logs (id int, at date not null, kind int, note text) partition by range (at);
create table logs_2024 partition of logs for values from ('2024-01-01') to ('2025-01-01');
create table logs_2025 partition of logs for values from ('2025-01-01') to ('2026-01-01');
insert into logs
    select i, date '2024-01-01' + i % 700, i % 1000, repeat('x', 300)
    from generate_series(1, 30000) i;
vacuum analyze logs;
"""
REVISION = 'revision = "aaa111"\ndown_revision = None\n'


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan_document([HASH_INDEX])))
    return path


def alembic_project(folder: Path) -> Path:
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "aaa111_first.py").write_text(REVISION)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    return versions


@pytest.fixture
def refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., None]:
    """`refused(arguments, *words)`: one line on stderr with the words in it, and exit status 2."""
    monkeypatch.chdir(tmp_path)

    def go(arguments: str, *words: str) -> None:
        assert cli._run(arguments.split()) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert len(said.err.splitlines()) == 1, said.err
        assert all(word in said.err for word in words), said.err

    return go


def test_advise_writes_the_way_round_for_a_partitioned_table(
    run: Run, new_database: NewDatabase, queries: Callable[[str], Path], tmp_path: Path
) -> None:
    dsn = new_database(LOGS)
    queries("-- name: by_kind\nselect * from logs where kind = 7;\n")
    versions = alembic_project(tmp_path)
    written = ("--write", ".", "--style", "alembic")
    advised = run("advise", dsn, "--format", "json=plan.json", *written, "--registered-only")
    assert advised.status == 0, advised.err
    assert "plan.json" not in {path.name for path in versions.iterdir()}
    (index,) = json.loads((tmp_path / "plan.json").read_text())["indexes"]
    assert [partition["table"] for partition in index["partitions"]] == ["logs_2024", "logs_2025"]
    assert index["ddl"].startswith("CREATE INDEX CONCURRENTLY")
    assert "go through its partitions (2)" in index["reason"]
    (revision,) = versions.glob("*_add_*.py")
    assert "ATTACH PARTITION" in revision.read_text()
    assert "by_kind (cost" in revision.read_text()

    dry = run("apply", "plan.json", dsn, "--dry-run")
    assert dry.out.count("CREATE INDEX CONCURRENTLY") == 2
    assert dry.out.count("ON ONLY public.logs ") == 1
    rendered = run("render", "plan.json", "--write", "sql")
    assert rendered.status == 0, rendered.err
    (up,) = (tmp_path / "sql").glob("*.up.sql")
    assert str(up.relative_to(tmp_path)) in rendered.err
    assert up.read_text().count("ATTACH PARTITION") == 2


def test_a_saved_plan_becomes_a_revision_without_a_database(
    run_apart: Run, plan: Path, tmp_path: Path
) -> None:
    versions = alembic_project(tmp_path)
    done = run_apart("render", plan, "--write", tmp_path, "--style", "alembic")
    assert done.status == 0, done.err
    assert len(list(versions.glob("*_add_docs_hash_idx.py"))) == 1


def test_an_sql_migration_becomes_a_revision(run: Run, tmp_path: Path) -> None:
    versions = alembic_project(tmp_path)
    (tmp_path / "x.sql").write_text("create index concurrently i on s.t (a desc);")
    done = run("render", "x.sql", "--write", versions, "--style", "alembic")
    assert done.status == 0, done.err
    (path,) = versions.glob("*_add_i.py")
    assert '[sa.text("a DESC")]' in path.read_text()


def test_what_cannot_be_rendered_is_one_line(
    refused: Callable[..., None], plan: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    render = "render plan.json --write"
    refused(f"{render} x --style flyway", "'flyway'", "known are sql, alembic, django")
    refused(f"{render} nowhere --style alembic", "nowhere", "is no folder")
    refused(f"{render} . --style alembic", "is no Alembic project")
    refused(f"{render} . --style django", "holds no migrations of Django")
    refused(f"{render} x --after abc", "--after goes with --style alembic")
    refused(f"{render} . --style alembic --app x", "--app goes with --style django")
    refused(f"{render} plan.json", "plan.json", "Not a directory")
    refused("render nothing.json --write x", "nothing.json", "cannot be read")
    refused("render plan.json", "--write")
    assert sorted(tmp_path.rglob("*")) == before


def test_advise_refuses_before_it_asks_the_database(refused: Callable[..., None]) -> None:
    advise = "advise postgresql://127.0.0.1:1/nowhere"
    refused(f"{advise} --style alembic", "give --write")
    refused(f"{advise} --style x", "unknown")
    refused(f"{advise} --write . --style alembic", "no Alembic project")


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    files = {tmp_path / "new" / "a.py": "a", tmp_path / "file" / "b.py": "b"}
    with pytest.raises(ReportError, match="file: cannot be made"):
        write_files(files, streams(quiet=True, no_color=True))
    assert not (tmp_path / "new" / "a.py").exists()
