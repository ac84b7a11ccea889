"""The chatbot holds what its README says; dbaudit finds and flags there what it should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from dbaudit.advise.advice import Advice
from dbaudit.audit.propose import ProposeOptions
from dbaudit.audit.scan import ScanOptions, scan
from dbaudit.audit.steps import SilentSteps
from dbaudit.config import RuleSettings
from dbaudit.demo.load import add_hand_written_indexes, load
from dbaudit.demo.systems import find_system
from dbaudit.findings import Finding
from dbaudit.query import Query
from dbaudit.rules.load import configured, load_rules
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.explain import ExplainOptions
from dbaudit.targets.session import connect
from dbaudit.workload.binding import bind
from dbaudit.workload.query_file import load_queries
from tests.advise.workloads import bodies, gain
from tests.conftest import create_database

SYSTEM = find_system("chatbot")
QUERIES = {query.name: query for query in load_queries([SYSTEM.queries], SYSTEM.folder)}

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Loaded:
    """A database with the system in it."""

    dsn: str
    connection: Connection
    messages: int


def _loaded(cluster: Cluster, scale: int, name: str) -> Iterator[Loaded]:
    dsn = create_database(cluster, name=f"chatbot_{name}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        load(SYSTEM, lambda sql: connection.execute(sql.encode()), scale)
        connection.execute("SET default_statistics_target = 700")
        connection.execute("ANALYZE")  # every row: what is advised must not hang on the sample
        yield Loaded(dsn, connection, scale)


@pytest.fixture(scope="module")
def small(pg18: Cluster) -> Iterator[Loaded]:
    yield from _loaded(pg18, 8_200, "small")


@pytest.fixture(scope="module")
def middle(pg18: Cluster) -> Iterator[Loaded]:
    yield from _loaded(pg18, 205_000, "middle")


@pytest.fixture(params=["small", "middle"])
def system(request: pytest.FixtureRequest) -> Loaded:
    """The system at each scale in turn."""
    found: Loaded = request.getfixturevalue(request.param)
    return found


def _value(system: Loaded, sql: str) -> float:
    row = system.connection.execute(sql.encode()).fetchone()
    assert row is not None
    return float(str(row[0]))


def _share(system: Loaded, table: str, condition: str) -> float:
    return _value(system, f"SELECT avg(({condition})::int) FROM {table}")


def _touched(system: Loaded, query: Query) -> int:
    """The rows that a query returns or changes."""
    with system.connection.transaction(force_rollback=True):
        return system.connection.execute(bind(query).sql.encode()).rowcount


def test_the_rows_are_as_many_as_asked(system: Loaded) -> None:
    messages = system.messages
    conversations = messages / 820 * 40
    for table, rows in (
        ("chatbot.messages", messages),
        ("chatbot.conversations", conversations),
        ("users", messages / 200 + 1),
        ("chatbot.chatbot_memory", messages / 5),
        ("chatbot.uploaded_files", messages / 20),
    ):
        assert _value(system, f"SELECT count(*) FROM {table}") == rows


def test_a_conversation_has_1_to_40_messages_and_lasts_as_long_as_they(system: Loaded) -> None:
    sizes = "SELECT count(*) AS n FROM chatbot.messages GROUP BY conversation_id"
    assert _value(system, f"SELECT min(n) FROM ({sizes}) AS sizes") == 1
    assert _value(system, f"SELECT max(n) FROM ({sizes}) AS sizes") == 40
    assert _value(system, f"SELECT avg(n) FROM ({sizes}) AS sizes") == 20.5
    wrong = """
        SELECT count(*) FROM chatbot.conversations AS c
        JOIN (
            SELECT conversation_id, min(created_at) AS first, max(created_at) AS last,
                count(*) AS n, max(sequence_number) AS highest
            FROM chatbot.messages GROUP BY 1
        ) AS m ON m.conversation_id = c.id
        WHERE c.created_at <> first OR c.updated_at <> last OR n <> highest
    """
    assert _value(system, wrong) == 0


def test_flags_and_roles_have_their_shares(middle: Loaded) -> None:
    for table, condition, share in (
        ("users", "is_active", 0.97),
        ("chatbot.conversations", "is_archived", 0.30),
        ("chatbot.conversations", "is_pinned", 0.03),
        ("chatbot.messages", "is_edited", 0.02),
        ("chatbot.messages", "role = 'system'", 0.01),
        ("chatbot.messages", "role = 'user'", 0.5),
        ("chatbot.chatbot_memory", "importance IS NOT NULL", 0.40),
        ("chatbot.uploaded_files", "is_processed", 0.95),
        ("chatbot.uploaded_files", "file_type = 'pdf'", 0.25),
    ):
        assert _share(middle, table, condition) == pytest.approx(share, abs=0.02), condition


def test_users_and_tags_are_skewed(middle: Loaded) -> None:
    largest = _share(middle, "chatbot.conversations", "user_id = 1")
    assert largest == pytest.approx((1 / 1026) ** (1 / 2.2), rel=0.15)
    sizes = "SELECT count(*) AS n FROM chatbot.conversations GROUP BY user_id"
    assert _value(middle, f"SELECT max(n) FROM ({sizes}) AS sizes") == round(largest * 10_000)
    assert _value(middle, "SELECT count(DISTINCT t) FROM chatbot.chatbot_memory, unnest(tags) AS t")
    assert _share(middle, "chatbot.chatbot_memory", "tags @> '{tag0}'") > 20 * _share(
        middle, "chatbot.chatbot_memory", "tags @> '{tag1755}'"
    )


def test_a_message_has_about_300_characters_and_one_word_of_its_own(system: Loaded) -> None:
    length = "SELECT avg(length(content)) FROM chatbot.messages"
    assert _value(system, length) == pytest.approx(300, abs=15)
    own = "SELECT count(DISTINCT substring(content, 'ref[0-9a-f]{12}')) FROM chatbot.messages"
    assert _value(system, own) == system.messages


def test_only_keys_have_indexes(small: Loaded) -> None:
    extra = "SELECT count(*) FROM pg_index WHERE indrelid >= 16384 AND NOT indisunique"
    assert _value(small, extra) == 0


def test_the_workload_is_the_whole_one() -> None:
    assert sum(query.weight for query in QUERIES.values()) == pytest.approx(100)
    assert len(QUERIES) == 27


def test_the_values_in_the_query_files_meet_rows(system: Loaded) -> None:
    assert [name for name, query in QUERIES.items() if _touched(system, query) == 0] == []
    for name in ("search", "search_fts", "title_search", "mem_search", "files_name"):
        assert _touched(system, QUERIES[name]) == 1, name


def test_the_same_data_comes_every_time(small: Loaded, pg18: Cluster) -> None:
    digests = [
        f"SELECT md5(string_agg(t::text, '' ORDER BY ctid)) FROM {table} AS t"
        for table in ("chatbot.conversations", "chatbot.messages", "chatbot.chatbot_memory")
    ]
    first = [small.connection.execute(sql.encode()).fetchone() for sql in digests]
    for again in _loaded(pg18, small.messages, "again"):
        assert [again.connection.execute(sql.encode()).fetchone() for sql in digests] == first


def _advised(system: Loaded, *without: str) -> Advice:
    """What dbaudit proposes for the queries but those."""
    queries = [query for name, query in QUERIES.items() if name not in without]
    with connect(PostgresTarget(system.dsn)) as session:
        audit = scan(session, queries, (), ScanOptions(counted=False), SilentSteps())
    assert audit.advice is not None
    return audit.advice


@pytest.fixture(scope="module")
def advice(middle: Loaded) -> Advice:
    """What dbaudit proposes for the tables without any index of their authors'."""
    return _advised(middle)


def test_the_sidebar_gets_a_partial_index_once_it_is_asked_for_in_one_way(
    middle: Loaded, advice: Advice
) -> None:
    partial = "chatbot.conversations (user_id, updated_at) WHERE is_archived = false"
    whole = "chatbot.conversations (user_id, is_archived, updated_at)"
    assert {partial, whole} & set(bodies(advice)), "one for each way, or one for both"
    assert partial in bodies(_advised(middle, "conv_list_is_false"))


def test_the_indexes_that_the_queries_deserve_are_found(advice: Advice) -> None:
    found = bodies(advice)
    for body in (
        "chatbot.chatbot_memory (user_id, created_at)",
        "chatbot.chatbot_memory (importance DESC NULLS LAST)",
        "chatbot.chatbot_memory USING gin (tags)",
        "chatbot.conversations USING gin (title public.gin_trgm_ops)",
        "chatbot.uploaded_files USING gin (original_filename public.gin_trgm_ops)",
        "chatbot.messages USING gin (content public.gin_trgm_ops)",
        "chatbot.chatbot_memory USING gin (question public.gin_trgm_ops)",
        "chatbot.chatbot_memory USING gin (answer public.gin_trgm_ops)",
        "chatbot.messages USING gin ((to_tsvector('english', content)))",
    ):
        assert body in found
    assert any(body.startswith("chatbot.messages (conversation_id") for body in found)
    assert any(
        body.startswith("chatbot.uploaded_files (created_at)")
        and body.endswith("WHERE NOT is_processed")
        for body in found
    )


def test_no_index_is_found_where_none_serves(advice: Advice) -> None:
    assert gain(advice, "mem_tag_any") == 1
    assert gain(advice, "users_active") == 1
    assert "chatbot.messages (created_at)" not in bodies(advice), "it would lure search_fts"
    assert not advice.drops


def test_the_advice_says_what_the_content_trigrams_cost_each_message(advice: Advice) -> None:
    (content,) = [i for i in advice.indexes if "(content public.gin_trgm_ops)" in i.ddl]
    assert "each row written takes about 0.4" in content.reason
    assert content.reason.endswith("% of the calls")


@pytest.fixture(scope="module")
def findings(pg18: Cluster) -> Iterator[list[Finding]]:
    """What is said of the authors' indexes, on tables a tenth as large as the rules look for."""
    small_tables = {
        name: RuleSettings(options={"min_rows": 1000})
        for name in ("index-cannot-serve-query", "pattern-too-short")
    }
    rules = configured(load_rules(), small_tables)
    for system in _loaded(pg18, 24_600, "authors"):
        execute = system.connection.execute
        add_hand_written_indexes(SYSTEM, lambda sql, execute=execute: execute(sql.encode()))
        execute("VACUUM ANALYZE")
        options = ScanOptions(
            ExplainOptions(analyze=True, allow_writes=True),
            counted=False,
            propose=ProposeOptions(),
        )
        with connect(PostgresTarget(system.dsn)) as session:
            audit = scan(session, list(QUERIES.values()), rules, options, SilentSteps())
        yield list(audit.evaluation.findings)


def _flagged(findings: list[Finding], rule: str) -> set[str]:
    return {finding.object.name for finding in findings if finding.rule == rule}


def test_the_authors_duplicates_and_prefixes_are_flagged(findings: list[Finding]) -> None:
    assert _flagged(findings, "duplicate-index") == {
        "idx_conversations_uuid",
        "idx_users_username",
        "idx_users_email",
    }
    assert _flagged(findings, "redundant-index") == {
        "idx_messages_conversation_id",
        "idx_memory_user_id",
        "idx_files_user_id",
    }


def test_the_authors_constant_keys_are_flagged(findings: list[Finding]) -> None:
    assert _flagged(findings, "constant-index-key") == {
        "idx_conversations_user_active",
        "idx_conversations_user_pinned",
        "idx_messages_edited",
        "idx_files_processed",
        "idx_users_active",
    }
    (processed,) = [f for f in findings if f.object.name == "idx_files_processed"][:1]
    assert "keeps 95 % of the rows" in processed.message
    assert processed.remedy is not None
    assert "WHERE NOT" in processed.remedy.summary


@pytest.mark.parametrize(
    ("index", "reason", "query"),
    [
        ("idx_messages_content_search", "text", "search"),
        ("idx_memory_question_search", "text", "mem_search"),
        ("idx_memory_answer_search", "text", "mem_search"),
        ("idx_memory_combined_search", "expression", "mem_search_fts_plain"),
        ("idx_memory_tags", "member", "mem_tag_any"),
        ("idx_memory_importance", "nulls", "mem_top"),
        ("idx_conversations_user_active", "predicate", "conv_list_is_false"),
    ],
)
def test_what_the_authors_indexes_cannot_serve_is_flagged(
    findings: list[Finding], index: str, reason: str, query: str
) -> None:
    (finding,) = [
        f
        for f in findings
        if (f.rule, f.object.name, f.key) == ("index-cannot-serve-query", index, reason)
    ]
    assert query in finding.evidence["queries"]


def test_a_search_for_two_characters_is_flagged(findings: list[Finding]) -> None:
    assert _flagged(findings, "pattern-too-short") == {"search_short"}


def test_nothing_that_enforces_a_key_is_ever_dropped(findings: list[Finding]) -> None:
    for finding in findings:
        for statement in finding.remedy.sql if finding.remedy else ():
            assert "_pkey" not in statement
            assert "_key;" not in f"{statement};"
