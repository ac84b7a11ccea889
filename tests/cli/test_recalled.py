"""What `apply` took back, in the commands that propose."""

from __future__ import annotations

from pathlib import Path

from dbaudit.targets.cluster import Cluster
from tests.cli.conftest import Run
from tests.conftest import create_database
from tests.migrate.plans import DOCS

QUERY = "-- name: by_owner\nselect * from docs where owner = 'o7' and hash > 'f';\n"
#: The target's own planner starts no server.
CONFIG = '[advise]\nplanner = "hypopg"\nsample = false\n'


def test_what_was_taken_back_comes_again_only_when_asked_for(
    run: Run, pg15: Cluster, tmp_path: Path
) -> None:
    dsn = create_database(pg15, "create extension hypopg;\n" + DOCS)
    config = tmp_path / "dbaudit.toml"
    config.write_text(CONFIG)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "all.sql").write_text(QUERY)
    first = run("advise", dsn, "--format", "json=plan.json", "--format", "json")
    (index,) = first.json["indexes"]
    applied = run("apply", "plan.json", dsn, "--yes", "--min-gain", "1e9", "--format", "json")
    assert applied.status == 4, applied.err
    (taken_back,) = applied.json["indexes"]
    assert taken_back["outcome"] == "rolled_back"
    told = " ".join(run("advise", dsn).out.split())
    assert f"and took it back: {taken_back['reason']}" in told
    again = run("advise", dsn, "--again", "--format", "json")
    assert [one["ddl"] for one in again.json["indexes"]] == [index["ddl"]]
    scan = ("scan", dsn, "--only", "missing-index", "--format", "json")
    names = {finding["object"]["name"] for finding in run(*scan).json["findings"]}
    assert index["name"] not in names
    config.write_text(CONFIG + 'remember = "0"\n')
    names = {finding["object"]["name"] for finding in run(*scan).json["findings"]}
    assert index["name"] in names
