"""What `apply` says before it begins, and the bounds that a person sets on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_bad_input import one_line
from tests.conftest import NewDatabase
from tests.migrate.plans import DOCS, select

MIGRATION = """
CREATE INDEX CONCURRENTLY docs_taken ON public.docs (hash);
CREATE INDEX CONCURRENTLY docs_hash_idx ON public.docs (hash);
"""


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--max-wait", "0s", "expected more than 0"),
        ("--max-wait", "soon", "is not a duration"),
        ("--maintenance-work-mem", "1kB", "expected 1MB to 2047GB"),
        ("--maintenance-work-mem", "3000GB", "expected 1MB to 2047GB"),
        ("--maintenance-work-mem", "much", "is not a size"),
        ("--parallel-workers", "-1", "expected 0 to 1024"),
        ("--parallel-workers", "2000", "expected 0 to 1024"),
    ],
)
def test_nonsense_is_refused_in_one_line(
    run: Run, tmp_path: Path, option: str, value: str, expected: str
) -> None:
    (tmp_path / "m.sql").write_text(MIGRATION)
    one_line(run("apply", "m.sql", "dbname=x", "-y", option, value), 2, expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("max_wait = 0", "apply.max_wait: expected"),
        ('maintenance_work_mem = "1kB"', "apply.maintenance_work_mem: "),
        ("parallel_workers = 1.5", "apply.parallel_workers: expected a whole number"),
        ("parallel_workers = -1", "apply.parallel_workers: expected 0 to 1024"),
    ],
)
def test_nonsense_in_the_configuration_names_its_key(
    run: Run, tmp_path: Path, line: str, expected: str
) -> None:
    (tmp_path / "dbaudit.toml").write_text(f"[apply]\n{line}\n")
    one_line(run("status", "dbname=x"), 2, expected)


def test_what_is_found_comes_first_and_the_bounds_are_kept(
    run: Run, new_database: NewDatabase, tmp_path: Path
) -> None:
    dsn = new_database(DOCS + "create index docs_taken on docs (owner);\n")
    (tmp_path / "m.sql").write_text(MIGRATION)
    (tmp_path / "dbaudit.toml").write_text('[apply]\nmax_wait = "5s"\nparallel_workers = 0\n')
    bounds = ("--maintenance-work-mem", "8MB", "--parallel-workers", "3")
    done = run("apply", "m.sql", dsn, "--yes", "--no-verify", "--format", "json", *bounds)
    assert done.status == 4
    lines = done.err.splitlines()
    assert lines[2].startswith(
        "refused: docs_taken: the name public.docs_taken is taken by another"
    )
    assert lines[3].startswith("warning: 3 parallel workers need a maintenance_work_mem of 128 MB")
    assert sum("parallel workers need" in line for line in lines) == 1
    assert [index["outcome"] for index in done.json["indexes"]] == ["failed", "kept"]
    assert select(dsn, "select 'docs_hash_idx'::regclass::text") == [("docs_hash_idx",)]
