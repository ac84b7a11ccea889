"""The whole loop on a small agent memory: what must be found, and what must be flagged and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
import pytest

from dbaudit.advise.advice import Advice
from dbaudit.audit.scan import Audit, ScanOptions, scan
from dbaudit.audit.steps import SilentSteps
from dbaudit.demo.load import add_hand_written_indexes, load
from dbaudit.demo.run import DemoOutcome, run_demo
from dbaudit.demo.systems import find_system
from dbaudit.findings import Finding, Severity
from dbaudit.query import Query
from dbaudit.rules.load import RuleSettings, configured, load_rules
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.workload.query_file import load_queries, parse_queries
from tests.conftest import create_database
from tests.demo.silent_screen import SilentScreen

SYSTEM = find_system("agent-memory")
SCALE = 10_000

#: Besides what the system registers: an operator that jsonb_path_ops does not serve.
EXISTENCE = """
-- name: related_any
-- weight: 5
SELECT * FROM memories WHERE related_threads ?| array['u00001-t4', 'u00002-t5'];
"""


@pytest.fixture(scope="module")
def outcome() -> DemoOutcome:
    return run_demo(SYSTEM, SCALE, SilentScreen())


@pytest.fixture(scope="module")
def bare(pg18: Cluster) -> Iterator[str]:
    yield from _loaded(pg18, "agent_memory_bare", hand_written=False)


@pytest.fixture(scope="module")
def hand_written(pg18: Cluster) -> Iterator[Audit]:
    for dsn in _loaded(pg18, "agent_memory_hand_written", hand_written=True):
        yield _audit(dsn, _queries())


def _loaded(cluster: Cluster, name: str, *, hand_written: bool) -> Iterator[str]:
    dsn = create_database(cluster, name=name)
    with psycopg.connect(dsn, autocommit=True) as connection:
        load(SYSTEM, lambda sql: connection.execute(sql.encode()), SCALE)
        if hand_written:
            add_hand_written_indexes(SYSTEM, lambda sql: connection.execute(sql.encode()))
            connection.execute("VACUUM ANALYZE")
    yield dsn


def _queries() -> list[Query]:
    return load_queries([SYSTEM.queries], SYSTEM.folder)


def _audit(dsn: str, queries: Sequence[Query]) -> Audit:
    # The indexes of so small a system are not worth a question by themselves.
    small = {"index-without-query": RuleSettings(options={"min_size_bytes": 0})}
    with connect(PostgresTarget(dsn)) as session:
        options = ScanOptions(counted=False)
        return scan(session, queries, configured(load_rules(), small), options, SilentSteps())


def _bodies(advice: Advice) -> set[str]:
    """Method, keys and predicate of each advised index."""
    return {f"{i.table} {i.ddl.split(' USING ', 1)[1]}" for i in advice.indexes}


def _gain(advice: Advice, query: str) -> float:
    (found,) = (q for q in advice.queries if q.name == query)
    return found.cost_before / found.cost_after


def _found(audit: Audit, rule: str, name: str) -> Finding:
    (finding,) = (f for f in audit.evaluation.findings if (f.rule, f.object.name) == (rule, name))
    return finding


def test_gin_comes_with_the_class_that_the_operators_need(outcome: DemoOutcome) -> None:
    found = _bodies(outcome.advice)
    assert "memories gin (metadata jsonb_path_ops)" in found
    assert "memories gin (related_threads jsonb_path_ops)" in found


def test_trees_begin_with_what_is_compared_for_equality(outcome: DemoOutcome) -> None:
    keys = {body.split("(")[1].split(")")[0] for body in _bodies(outcome.advice)}
    assert any(k.startswith(("user_id, thread_id", "thread_id, user_id")) for k in keys), keys
    assert any(k.startswith("tier, updated_at") for k in keys), keys
    assert any(k.startswith("user_id, tier") for k in keys), keys


@pytest.mark.parametrize(
    ("query", "least"),
    [("user_thread", 30), ("related", 4), ("meta_multi", 8), ("policy_scan", 8)],
)
def test_queries_become_cheaper(outcome: DemoOutcome, query: str, least: float) -> None:
    assert _gain(outcome.advice, query) >= least


def test_small_clusters_get_nothing_and_keep_their_key(outcome: DemoOutcome) -> None:
    assert not [i for i in outcome.advice.indexes if i.table == "memory_clusters"]
    assert not outcome.advice.drops


def test_what_is_advised_is_built_used_and_measured(outcome: DemoOutcome) -> None:
    kept = [index for index in outcome.result.indexes if index.outcome == "kept"]
    assert {"memories_metadata_gin", "memories_related_threads_gin"} <= {i.name for i in kept}
    assert all(index.used_by for index in kept)
    measured = {gain.query for gain in outcome.result.queries}
    assert measured == {query.name for query in _queries()}


def test_existence_operators_keep_the_default_class(bare: str) -> None:
    advice = _audit(bare, [*_queries(), *parse_queries(EXISTENCE)]).advice
    assert advice is not None
    found = _bodies(advice)
    assert "memories gin (metadata jsonb_path_ops)" in found
    assert "memories gin (related_threads)" in found
    assert "memories gin (related_threads jsonb_path_ops)" not in found


def test_the_authors_prefixes_are_redundant_at_a_price(hand_written: Audit) -> None:
    finding = _found(hand_written, "redundant-index", "idx_memories_user_tier")
    assert finding.evidence["covered_by"] == "idx_memories_user_tier_updated"
    assert finding.evidence["query"] in {"tier_stats", "tier_stats_all"}
    assert finding.evidence["cost_after"] > finding.evidence["cost_before"]
    assert finding.severity is Severity.INFO
    unmissed = _found(hand_written, "redundant-index", "idx_cluster_user")
    assert unmissed.evidence["covered_by"] == "idx_cluster_unique"
    assert unmissed.severity is Severity.WARNING


def test_the_index_on_the_topic_is_for_no_query(hand_written: Audit) -> None:
    finding = _found(hand_written, "index-without-query", "idx_cluster_topic")
    assert "cluster_get is served by idx_cluster_unique" in finding.message


def test_the_gin_serves_containment_but_not_the_arrow(hand_written: Audit) -> None:
    name = "idx_memories_metadata_gin"
    finding = _found(hand_written, "index-cannot-serve-query", name)
    assert finding.evidence["queries"] == ["meta_arrow"]
    assert finding.remedy is not None
    assert "@>" in finding.remedy.summary
    assert "index the expression" in finding.remedy.summary
    about = {f.rule for f in hand_written.evaluation.findings if f.object.name == name}
    assert about == {"index-cannot-serve-query"}


def test_the_unique_key_and_what_serves_are_not_proposed_to_go(hand_written: Audit) -> None:
    advice = hand_written.advice
    assert advice is not None
    dropped = {drop.name for drop in advice.drops}
    assert "idx_cluster_user" in dropped
    served = {"idx_cluster_unique", "idx_memories_metadata_gin", "idx_memories_user_thread"}
    assert not dropped & served
