"""Every command through the real entry point, and the JSON that others rely on."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.cli.conftest import Run
from tests.conftest import NewDatabase

SHOP = """
create extension if not exists pg_stat_statements;
create table customer (id bigint primary key, email text not null, country int);
create table orders (
    id bigint primary key, customer_id bigint not null references customer, note text,
    created_at timestamptz, total int
);
insert into customer select i, 'user' || i || '@example.com', i % 50
    from generate_series(1, 5000) i;
insert into orders select i, i % 5000 + 1, repeat('n', 80), now() - i * interval '1 minute', i % 997
    from generate_series(1, 60000) i;
create index orders_total on orders (total);
create index orders_total_again on orders (total);
vacuum analyze;
"""
QUERIES = """
-- name: orders_of_customer
-- description: the customer's page
-- weight: 20
-- param: customer bigint = 77
select * from orders where customer_id = :customer order by created_at desc limit 10;

-- name: by_email
select * from customer where email = :email;

-- name: busy
-- max_cost: 10
select count(*) from orders where total > 5;
"""


@pytest.fixture
def shop(new_database: NewDatabase, queries: Callable[[str], Path]) -> str:
    queries(QUERIES)
    return new_database(SHOP)


def test_scan_gives_the_document_of_the_contract(run: Run, shop: str) -> None:
    done = run("scan", shop, "--format", "json", "--fail-on", "never", "--registered-only")
    assert done.status == 0, done.err
    document = done.json
    assert document["schema_version"] == 1
    assert document["tool"]["name"] == "dbaudit"
    assert document["target"]["engine"] == "postgresql"
    with psycopg.connect(shop) as connection:
        major = connection.info.server_version // 10_000
    assert document["target"]["version"].startswith(f"{major}.")
    assert document["started_at"].endswith("Z")
    summary = document["summary"]
    assert {"error", "warning", "info", "suppressed", "rules_run", "rules_skipped"} <= set(summary)
    assert [query["name"] for query in document["queries"]] == [
        "orders_of_customer",
        "by_email",
        "busy",
    ]
    query = document["queries"][0]
    assert {"name", "file", "fingerprint", "weight", "cost", "actual_ms", "plan"} <= set(query)
    assert query["file"] == "queries/test.sql"
    assert query["weight"] == 20
    assert query["plan"]["Node Type"] == "Limit"
    for finding in document["findings"]:
        assert len(finding["id"]) == 16
        assert finding["severity"] in ("error", "warning", "info")
        assert finding["confidence"] in ("certain", "likely", "possible")
        assert set(finding["object"]) == {"kind", "schema", "name", "table"}
        assert finding["new"] is True
    found = done.rules()
    assert {"missing-index", "duplicate-index", "query-over-budget"} <= found


def test_ids_are_stable_and_a_baseline_lets_only_new_findings_fail(
    run: Run, shop: str, tmp_path: Path
) -> None:
    first = run("scan", shop, "--fail-on", "warning", "--write-baseline", "known.json")
    assert first.status == 0, first.err
    again = run(
        *("scan", shop, "--fail-on", "warning", "--baseline", "known.json"), "--format", "json"
    )
    assert again.status == 0
    assert again.json["summary"]["suppressed"] == len(again.json["findings"]) > 0
    known = {
        finding["id"] for finding in json.loads((tmp_path / "known.json").read_text())["findings"]
    }
    assert known == {finding["id"] for finding in again.json["findings"]}
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("create index customer_country on customer (country)")
        connection.execute("create index customer_country_again on customer (country)")
    new = run("scan", shop, "--fail-on", "warning", "--baseline", "known.json", "--format", "json")
    assert new.status == 1
    fresh = [finding for finding in new.json["findings"] if finding["new"]]
    assert {finding["rule"] for finding in fresh} == {"duplicate-index"}


def test_scan_in_every_format_at_once(run: Run, shop: str, tmp_path: Path) -> None:
    done = run(
        *("scan", shop, "--fail-on", "never", "--format", "terminal", "--format", "json=out.json"),
        *("--format", "markdown=out.md", "--format", "junit=out.xml"),
    )
    assert done.status == 0, done.err
    assert "missing-index" in done.out
    assert json.loads((tmp_path / "out.json").read_text())["findings"]
    assert "missing-index" in (tmp_path / "out.md").read_text()
    suites = ElementTree.parse(tmp_path / "out.xml").getroot()
    assert int(suites.get("tests", "0")) > 20


def test_scan_only_and_ignore(run: Run, shop: str) -> None:
    only = run("scan", shop, "--only", "duplicate-index", "--format", "json", "--no-advice")
    assert only.rules() == {"duplicate-index"}
    without = run("scan", shop, "--ignore", "duplicate-index", "--format", "json", "--no-advice")
    assert "duplicate-index" not in without.rules()


def test_scan_looks_at_what_the_server_counted(run: Run, new_database: NewDatabase) -> None:
    dsn = new_database(SHOP)
    with psycopg.connect(dsn) as connection:
        for _ in range(3):
            connection.execute("select * from customer where email = 'user9@example.com'")
    done = run("scan", dsn, "--format", "json")
    advised = [f for f in done.json["findings"] if f["rule"] == "missing-index"]
    assert any(finding["object"]["table"] == "customer" for finding in advised)


def test_snapshot_is_audited_elsewhere(run_apart: Run, shop: str) -> None:
    assert run_apart("snapshot", "--dsn", shop, "-o", "shop.zip").status == 0
    there = run_apart("scan", "--snapshot", "shop.zip", "--format", "json")
    here = run_apart("scan", shop, "--format", "json", "--no-advice")
    without_queries = {f["id"] for f in here.json["findings"]}
    assert {f["id"] for f in there.json["findings"]} == without_queries


def test_explain_shows_the_plan_and_a_proposal(run: Run, shop: str) -> None:
    done = run("explain", "--name", "orders_of_customer", shop)
    assert done.status == 0, done.err
    assert "Seq Scan on orders" in done.out
    assert "CREATE INDEX CONCURRENTLY" in done.out
    document = run("explain", "--name", "by_email", shop, "--analyze", "--format", "json").json
    assert document["queries"][0]["actual_ms"] > 0


def test_explain_reads_standard_input_parameters_and_roles(run_apart: Run, shop: str) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("create role shop_reader")
        connection.execute("grant select on all tables in schema public to shop_reader")
    query = "select * from customer where id = :id"
    done = run_apart("explain", "-", shop, "--param", "id=7", "--role", "shop_reader", stdin=query)
    assert done.status == 0, done.err
    assert "(id = '7'::bigint)" in done.out
    generic = run_apart("explain", "-", shop, "--generic", stdin=query)
    assert "(id = $1)" in generic.out


def test_a_search_that_is_out_of_time_says_so(run: Run, shop: str) -> None:
    advised = run("advise", shop, "--format", "json", "--search-time", "1ms", "--registered-only")
    assert advised.status == 0, advised.err
    assert "the search was cut short: this is the best set so far" in advised.json["notes"]


def test_a_budget_below_every_index_is_told(run: Run, shop: str) -> None:
    advised = run("advise", shop, "--budget", "8kB", "--registered-only")
    assert advised.status == 0, advised.err
    said = " ".join(advised.out.split())
    assert "the budget of 8192 bytes is less than any index takes that a query could use" in said


def test_the_loop_of_advise_apply_status_rollback(
    run_apart: Run, shop: str, tmp_path: Path
) -> None:
    advised = run_apart(
        "advise", shop, "--format", "json", "--write", "migrations", "--registered-only"
    )
    assert advised.status == 0, advised.err
    plan = advised.json
    assert {"workload", "cost", "indexes", "drops", "rejected", "queries", "search"} <= set(plan)
    assert plan["cost"]["after"] < plan["cost"]["before"]
    assert plan["search"]["planner"] == "shadow"
    tables = {index["table"] for index in plan["indexes"]}
    assert tables == {"orders", "customer"}
    for index in plan["indexes"]:
        assert index["ddl"].startswith("CREATE INDEX CONCURRENTLY")
        assert index["size_bytes"] > 8192
        assert index["serves"][0]["cost_after"] < index["serves"][0]["cost_before"]
    assert (tmp_path / "migrations" / "plan.json").exists()

    dry = run_apart("apply", "migrations/plan.json", shop, "--dry-run")
    assert dry.out.count("CREATE INDEX CONCURRENTLY") == len(plan["indexes"])
    unanswered = run_apart("apply", "migrations/plan.json", shop)
    assert unanswered.status == 2
    assert "--yes" in unanswered.err

    before = index_definitions(shop)
    applied = run_apart("apply", "migrations/plan.json", shop, "--yes", "--format", "json")
    assert applied.status == 0, applied.err
    assert {index["outcome"] for index in applied.json["indexes"]} == {"kept"}
    assert all(index["gain"] >= 1.1 for index in applied.json["indexes"])
    assert index_definitions(shop) != before

    status = run_apart("status", shop, "--format", "json").json
    assert status["applied"][0]["ledger_id"] == applied.json["ledger_id"]
    undone = run_apart("rollback", applied.json["ledger_id"], shop, "--yes", "--format", "json")
    assert undone.status == 0, undone.err
    assert index_definitions(shop) == before


def test_apply_takes_back_what_does_not_pay(run: Run, shop: str, tmp_path: Path) -> None:
    (tmp_path / "useless.up.sql").write_text(
        "CREATE INDEX CONCURRENTLY customer_country_idx ON public.customer (country);\n"
    )
    done = run("apply", "useless.up.sql", shop, "--yes", "--format", "json")
    assert done.status == 4
    assert done.json["indexes"][0]["outcome"] == "rolled_back"
    assert "customer_country_idx" not in str(index_definitions(shop))


def index_definitions(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "select indexdef from pg_indexes where schemaname = 'public' order by 1"
        ).fetchall()


def test_rules_and_schema_document_themselves(run: Run) -> None:
    listed = run("rules", "--format", "json")
    rules = json.loads(listed.out)
    assert len(rules) >= 30
    assert "unused-index" in run("rules").out
    shown = run("rules", "show", "unused-index")
    assert "min_size_bytes" in shown.out
    assert "idx_scan" in run("schema", "indexes").out
    assert run("schema", "nonsense").status == 2


def test_init_writes_what_scan_reads(run: Run, tmp_path: Path, new_database: NewDatabase) -> None:
    done = run("init")
    assert done.status == 0, done.err
    assert (tmp_path / ".github" / "workflows" / "dbaudit.yml").exists()
    (tmp_path / "dbaudit.toml").write_text((tmp_path / "dbaudit.toml").read_text() + "\n# mine\n")
    assert "kept" in run("init").out
    assert (tmp_path / "dbaudit.toml").read_text().endswith("# mine\n")
    assert run("scan", new_database()).status in (0, 1)


def test_a_users_own_rule(run: Run, tmp_path: Path, shop: str) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "no-notes.sql").write_text(
        '/*\nid = "no-notes"\ntitle = "Columns called note"\ncategory = "house"\n'
        'severity = "error"\nneeds = ["columns"]\nwhy = "w"\n[options]\nname = "x"\n*/\n'
        "select 'column' as object_kind, schemaname as schema, tablename as \"table\",\n"
        "    attname as name, 'called ' || attname as message\n"
        "from columns where attname = $name order by 2, 3\n"
    )
    (tmp_path / "dbaudit.toml").write_text(
        '[scan]\nrules = ["house"]\n[rules.no-notes]\nname = "note"\nseverity = "warning"\n'
    )
    done = run("scan", shop, "--only", "no-notes", "--format", "json", "--no-advice")
    assert [finding["severity"] for finding in done.json["findings"]] == ["warning"]


@pytest.mark.parametrize(
    "how", ["url", "sqlalchemy", "DBAUDIT_DSN", "DATABASE_URL", "PGHOST", "target", "service"]
)
def test_every_way_of_naming_a_database(
    how: str, run: Run, tmp_path: Path, new_database: NewDatabase
) -> None:
    parts = conninfo_to_dict(new_database())
    url = f"postgresql://postgres@/{parts['dbname']}?host={quote(str(parts['host']), safe='')}"
    libpq = {"PGHOST": str(parts["host"]), "PGDATABASE": str(parts["dbname"]), "PGUSER": "postgres"}
    (tmp_path / "dbaudit.toml").write_text(f'[targets.here]\ndsn = "{url}"\n')
    (tmp_path / "services").write_text(
        f"[here]\nhost={parts['host']}\ndbname={parts['dbname']}\nuser=postgres\n"
    )
    arguments, env = {
        "url": ([url], {}),
        "sqlalchemy": ([url.replace("postgresql:", "postgresql+psycopg:")], {}),
        "DBAUDIT_DSN": ([], {"DBAUDIT_DSN": url, "DATABASE_URL": "postgresql://nowhere.invalid/x"}),
        "DATABASE_URL": ([], {"DATABASE_URL": url.replace("postgresql:", "postgres:")}),
        "PGHOST": ([], libpq),
        "target": (["--target", "here"], {"DBAUDIT_DSN": "postgresql://nowhere.invalid/x"}),
        "service": (["service=here"], {"PGSERVICEFILE": str(tmp_path / "services")}),
    }[how]
    done = run("scan", *arguments, "--format", "json", env=env)
    assert done.status == 0, done.err
    assert done.json["target"]["database"] == parts["dbname"]


def test_an_embedded_database_in_a_folder_is_kept(run: Run, temporary: Path) -> None:
    assert run("scan", f"embedded:{temporary / 'data'}").status == 0
    assert (temporary / "data" / "PG_VERSION").exists()
    assert run("scan", f"embedded:{temporary / 'data'}").status == 0
    assert run("scan", "embedded:").status == 0


def test_roles_with_less_see_less_and_are_told(run: Run, shop: str) -> None:
    parts = conninfo_to_dict(shop)
    with psycopg.connect(shop, autocommit=True) as connection:
        for role in ("only_connect", "monitor"):
            connection.execute(f"drop role if exists {role}".encode())
            connection.execute(f"create role {role} login".encode())
        connection.execute("grant pg_monitor to monitor")
    for role, is_told in (("only_connect", True), ("monitor", False)):
        dsn = f"host={parts['host']} dbname={parts['dbname']} user={role}"
        done = run("scan", dsn, "--format", "json")
        assert done.status == 1, done.err
        assert "query-failed" in done.rules()
        reasons = " ".join(note["reason"] for note in done.json["notes"])
        assert ("grant pg_monitor" in reasons) is is_told
        assert "may not be read" in reasons


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, short enough for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="t-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_demo_runs_the_loop_and_leaves_nothing(run_apart: Run, temporary: Path) -> None:
    arguments = ("demo", "web-cache", "--scale", "20000", "--format", "json")
    done = run_apart(*arguments, env={"TMPDIR": str(temporary)})
    assert done.status == 0, done.err
    assert list(temporary.iterdir()) == []
    servers = [p for p in psutil.process_iter(["cmdline"]) if _names(p, str(temporary))]
    assert servers == []
    document = done.json
    assert document["system"] == "web-cache"
    assert document["findings"]
    keys = {" ".join(index["ddl"].split()) for index in document["indexes"]}
    # By collection and age, of web pages alone: with the topic between them where few rows match.
    of_web = [ddl for ddl in keys if "'source_type' = 'web'" in ddl]
    assert any("(collection_id, " in ddl and "created_at) WHERE" in ddl for ddl in of_web), keys
    assert any("content_hash" in ddl for ddl in keys), keys
    assert any(ddl.endswith("btree (collection_id)") for ddl in keys), keys
    gains = {q["query"]: q["gain"] for index in document["indexes"] for q in index["queries"]}
    assert min(gains[name] for name in ("dedup", "stale_delete", "news_delete")) > 10


def test_demo_lists_its_systems(run: Run) -> None:
    assert "web-cache" in run("demo", "--list").out
    assert run("demo", "web-cash").status == 2


def _names(process: psutil.Process, folder: str) -> bool:
    return any(folder in word for word in process.info["cmdline"] or ())


def test_demo_judges_the_authors_indexes(run: Run) -> None:
    arguments = ("demo", "--hand-written-indexes", "--scale", "20000", "--format", "json")
    found = {(f["rule"], f["object"]["name"]) for f in run(*arguments).json["findings"]}
    assert {
        ("index-cannot-serve-query", "ix_document_chunks_metadata_gin"),
        ("index-not-chosen", "ix_document_chunks_created_at"),
        ("constant-index-key", "ix_document_chunks_source_type"),
    } <= found


def test_a_scan_does_not_find_its_own_statements(run: Run, shop: str) -> None:
    first = run("scan", shop, "--format", "json", "--fail-on", "never").json
    again = run("scan", shop, "--format", "json", "--fail-on", "never").json
    assert [q["name"] for q in again["queries"]] == [q["name"] for q in first["queries"]]
    assert [f["id"] for f in again["findings"]] == [f["id"] for f in first["findings"]]
