"""`apply --trial`, `status` and `rollback` as a person runs them, with a replica."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_bad_input import one_line
from tests.conftest import NewDatabase, run_sql
from tests.migrate.plans import DOCS, plan_document
from tests.migrate.test_drops import drop_entry

OLD = DOCS + "create index docs_old on docs (owner);\n"
SCAN = """
set enable_seqscan = off;
select count(*) from docs where owner = 'o7';
select pg_stat_force_next_flush();
"""


@pytest.fixture
def replica(new_database: NewDatabase, tmp_path: Path) -> str:
    """The DSN of what serves as a replica; the folder has a plan and a configuration with both."""
    dsn, replica = new_database(OLD), new_database(OLD)
    (tmp_path / "plan.json").write_text(json.dumps(plan_document(drops=[drop_entry("docs_old")])))
    (tmp_path / "dbaudit.toml").write_text(
        f'[targets.shop]\ndsn = """{dsn}"""\nreplicas_env = ["REPLICA_DSN"]\n'
    )
    return replica


def test_a_trial_from_its_beginning_to_its_end(run: Run, replica: str) -> None:
    env = {"REPLICA_DSN": replica}
    apply = ("apply", "plan.json", "--target", "shop", "--yes")
    begun = run(*apply, "--trial", "7d", "--format", "json", env=env)
    assert begun.status == 0, begun.err
    (drop,) = begun.json["drops"]
    assert drop["outcome"] == "skipped"
    primary, standby = drop["trial"]["scans"]
    assert primary == "primary"
    assert begun.json["ledger_id"] in run("status", "--target", "shop", env=env).out
    for width in ("80", "120"):
        told = run("status", "--target", "shop", env={**env, "COLUMNS": width})
        assert "docs_old  on trial  since 20" in told.out
        assert f"0 on primary, 0 on {standby}" in " ".join(told.out.split())
        assert f"dbaudit rollback {begun.json['ledger_id']} takes it back" in " ".join(
            told.out.split()
        )
    run_sql(replica, SCAN)
    told = run("status", "--target", "shop", "--format", "json", env=env)
    assert told.json["trials"][0]["next"] == "keep"
    markdown = run("status", "--target", "shop", "--format", "markdown", env=env)
    assert "<code>docs_old</code> on trial" in markdown.out
    over = run(*apply, env=env)
    assert over.status == 0, over.err
    assert f"1 on {standby} since" in " ".join(over.out.split())
    undone = run("rollback", "--target", "shop", "--yes", env=env)
    assert undone.status == 0, undone.err


def test_a_replica_whose_variable_is_not_set_is_not_left_out(run: Run, replica: str) -> None:
    one_line(run("status", "--target", "shop"), 2, "replica 1 of target 'shop' is empty")
    one_line(
        run("scan", "--target", "shop", env={"REPLICA_DSN": "mysql://me:secret@db/x"}),
        2,
        "replica 1 of target 'shop' has the scheme 'mysql'",
    )


def test_replicas_and_trials_of_the_wrong_kind(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dbaudit.toml").write_text(
        '[targets.a]\ndsn = "dbname=a"\nreplicas = "password=secret"\n'
    )
    wrong = run("status")
    one_line(wrong, 2, "targets.a.replicas: expected a list of strings")
    assert "secret" not in wrong.err
    (tmp_path / "dbaudit.toml").write_text('[targets.a]\nreplicas = ["dbname=b"]\n')
    one_line(run("status"), 2, "targets.a: expected either dsn or dsn_env")
    (tmp_path / "dbaudit.toml").unlink()
    (tmp_path / "plan.json").write_text(json.dumps(plan_document(drops=[drop_entry("docs_old")])))
    for trial in ("0", "9999d", "soon", "-1d"):
        one_line(run("apply", "plan.json", "dbname=a", "-y", "--trial", trial), 2, "expected")
