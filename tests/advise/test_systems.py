"""The systems that the advisor must get right without hints, on real servers and data."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import pytest

from dbaudit.advise.advice import Advice
from dbaudit.targets.cluster import Cluster
from tests.advise.workloads import advise_on, bodies, gain, script, served_by
from tests.conftest import create_database, run_sql

AdvisedSystem = Callable[[str], Advice]

#: By a sample of the rows, what `@>` keeps is now guessed so and now otherwise.
ALL_ROWS = """
set default_statistics_target = 1000;
vacuum analyze;
"""


@pytest.fixture(scope="module")
def advised(pg18: Cluster) -> AdvisedSystem:
    @cache
    def make(system: str) -> Advice:
        return advise_on(create_database(pg18, script(system)), script(f"{system}_queries"))

    return make


def test_web_cache_gets_what_its_queries_deserve(advised: AdvisedSystem) -> None:
    found = bodies(advised("web_cache"))
    web = "WHERE metadata->>'source_type' = 'web'"
    assert any("((metadata->>'content_hash'))" in body for body in found)
    assert f"document_chunks (collection_id, created_at) {web}" in found
    assert f"document_chunks (created_at) {web}" in found
    assert "document_chunks (collection_id)" in found


def test_a_foreign_key_is_found_by_the_delete_of_its_parent(advised: AdvisedSystem) -> None:
    advice = advised("web_cache")
    assert served_by(advice, "document_chunks (collection_id)") == ["coll_delete"]
    assert gain(advice, "coll_delete") > 10
    assert any("document_chunks_collection_id_fkey" in note for note in advice.notes)


def test_every_advised_index_names_whom_it_serves_and_why(advised: AdvisedSystem) -> None:
    for system in ("web_cache", "memories", "chatbot", "response_cache"):
        for index in advised(system).indexes:
            assert index.serves, index.ddl
            assert all(served.cost_after < served.cost_before for served in index.serves)
            assert index.reason
            assert index.size_bytes > 0
            assert index.confidence in ("likely", "possible")
            assert index.ddl.startswith(f"CREATE INDEX CONCURRENTLY {index.name} ON ")
            assert index.undo_ddl.endswith(f"{index.schema}.{index.name}")


def test_the_curve_leads_through_the_indexes_to_the_advised_cost(advised: AdvisedSystem) -> None:
    for system in ("web_cache", "memories", "chatbot", "response_cache"):
        advice = advised(system)
        curve = advice.curve
        assert [point.index for point in curve] == [None, *(i.name for i in advice.indexes)]
        assert curve[0].cost == advice.cost_before
        assert curve[-1].cost == advice.cost_after
        assert curve[-1].size_bytes == sum(index.size_bytes for index in advice.indexes)
        assert all(a.cost >= b.cost for a, b in pairwise(curve))


def test_the_plan_after_uses_the_advised_index(advised: AdvisedSystem) -> None:
    advice = advised("web_cache")
    found = next(query for query in advice.queries if query.name == "dedup")
    name = next(index.name for index in advice.indexes if index.serves[0].query == "dedup")
    assert name not in str(found.plan_before)
    assert name in str(found.plan_after)


def test_the_totals_are_the_weighted_sums(advised: AdvisedSystem) -> None:
    advice = advised("memories")
    assert advice.cost_before == pytest.approx(
        sum(query.weight * query.cost_before for query in advice.queries)
    )
    assert advice.ratio < 0.2
    assert advice.search.planner == "shadow"
    assert advice.search.what_if_calls > len(advice.queries)


def test_memories_get_gin_by_operator_and_trees_by_order(advised: AdvisedSystem) -> None:
    found = bodies(advised("memories"))
    assert "memories USING gin (metadata jsonb_path_ops)" in found
    assert any(body.startswith("memories (tier, updated_at)") for body in found)
    assert any(body.startswith("memories (user_id, thread_id") for body in found)


def test_existence_operators_keep_the_default_class(advised: AdvisedSystem) -> None:
    found = bodies(advised("memories"))
    assert "memories USING gin (related_threads)" in found
    assert "memories USING gin (related_threads jsonb_path_ops)" not in found


def test_arrows_are_served_by_an_expression_only(advised: AdvisedSystem) -> None:
    advice = advised("memories")
    serving = [i for i in advice.indexes if "meta_arrow" in {s.query for s in i.serves}]
    assert serving
    assert all("(metadata->>'topic')" in index.ddl for index in serving)


def test_small_tables_get_nothing(advised: AdvisedSystem) -> None:
    advice = advised("memories")
    assert not [i for i in advice.indexes if i.table in ("languages", "memory_clusters")]
    assert gain(advice, "default_language") == 1


def test_a_prefix_of_a_constraint_is_proposed_to_go(advised: AdvisedSystem) -> None:
    drops = advised("memories").drops
    assert [drop.name for drop in drops] == ["idx_cluster_user"]
    assert "memory_clusters_user_id_topic_category_key" in drops[0].reason
    assert drops[0].undo_ddl.startswith("CREATE INDEX CONCURRENTLY idx_cluster_user ON ")


def test_an_exact_duplicate_goes_and_the_constraint_stays(advised: AdvisedSystem) -> None:
    drops = advised("response_cache").drops
    assert [(d.name, d.reason) for d in drops] == [
        ("idx_ai_cache_key", "exact duplicate of ai_response_cache_cache_key_key")
    ]
    assert drops[0].replaced_by is not None
    assert drops[0].replaced_by.name == "ai_response_cache_cache_key_key"


def test_chatbot_gets_the_sorted_partial_index(advised: AdvisedSystem) -> None:
    found = bodies(advised("chatbot"))
    assert "chatbot.conversations (user_id, updated_at) WHERE is_archived = false" in found
    assert "chatbot.memory (user_id, created_at)" in found
    assert "chatbot.memory (importance DESC NULLS LAST)" in found
    assert "chatbot.memory USING gin (tags)" in found


def test_patterns_get_trigrams_and_both_branches_of_an_or(advised: AdvisedSystem) -> None:
    found = bodies(advised("chatbot"))
    for table, column in (
        ("messages", "content"),
        ("conversations", "title"),
        ("memory", "question"),
        ("memory", "answer"),
    ):
        assert f"chatbot.{table} USING gin ({column} public.gin_trgm_ops)" in found


def test_unselective_boolean_gets_nothing(advised: AdvisedSystem) -> None:
    advice = advised("chatbot")
    assert gain(advice, "active_users") == 1
    assert not [index for index in advice.indexes if index.table == "users"]


def test_an_array_gets_gin_for_containment_only(advised: AdvisedSystem) -> None:
    advice = advised("response_cache")
    assert bodies(advice) == ["ai_response_cache USING gin (lecture_ids)"]
    assert gain(advice, "by_lecture") > 5
    assert gain(advice, "by_member") == 1


def test_no_index_that_would_end_hot_updates(advised: AdvisedSystem) -> None:
    advice = advised("response_cache")
    reasons = [r.reason for r in advice.rejected if "(hit_count)" in r.ddl]
    assert reasons
    assert all("could never be HOT again" in reason for reason in reasons)


@pytest.mark.parametrize("system", ["web_cache", "memories", "response_cache"])
def test_what_was_advised_is_not_advised_again(pg18: Cluster, system: str) -> None:
    dsn = create_database(pg18, script(system))
    run_sql(dsn, ALL_ROWS)
    first = advise_on(dsn, script(f"{system}_queries"))
    for change in (*first.indexes, *first.drops):
        run_sql(dsn, change.ddl)
    run_sql(dsn, ALL_ROWS)
    again = advise_on(dsn, script(f"{system}_queries"))
    assert (again.indexes, again.drops) == ((), ())
    assert again.cost_before < first.cost_before / 2
