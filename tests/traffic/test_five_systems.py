"""The sequences that the five example systems send, each found as what it is."""

from __future__ import annotations

from uuid import UUID

import pytest

from dbaudit.findings import Confidence
from dbaudit.traffic.loop import LoopKind
from dbaudit.workload.fingerprint import fingerprint
from tests.traffic.stream import Stream, patterns, told

N_PLUS_ONE = LoopKind.N_PLUS_ONE
WRITES = LoopKind.ROW_BY_ROW_WRITE

CACHES = (
    "SELECT id, collection_name FROM document_collections "
    "WHERE starts_with(collection_name, 'web_cache_')"
)
BY_NAME = "SELECT id FROM document_collections WHERE collection_name = $1"
STALE_DELETE = (
    "DELETE FROM document_chunks WHERE collection_id = $1 AND metadata->>'source_type' = 'web' "
    "AND created_at < $2 RETURNING id"
)


@pytest.mark.parametrize("is_committed", [False, True])
def test_web_cache_deletes_per_collection(is_committed: bool) -> None:
    stream = Stream()
    stream.run(CACHES)
    for n in range(200):
        stream.run(BY_NAME, f"web_cache_{n}")
        stream.run("BEGIN") if is_committed else None
        stream.run(STALE_DELETE, UUID(int=n), f"2026-11-20 10:00:00.{n:06}", ms=20)
        stream.run("COMMIT") if is_committed else None
    [found] = patterns(stream.sent)
    assert found.kind is N_PLUS_ONE
    assert found.parent is not None
    assert found.parent.fingerprint == fingerprint(CACHES)
    assert [c.fingerprint for c in found.children] == [
        fingerprint(BY_NAME),
        fingerprint(STALE_DELETE),
    ]
    assert found.costliest.fingerprint == fingerprint(STALE_DELETE)
    assert (found.typical, found.executions, found.round_trips_saved) == (200, 400, 398)
    assert found.share is not None
    assert found.share > 0.95
    expected = Confidence.POSSIBLE if is_committed else Confidence.LIKELY
    assert found.confidence is expected


MIGRATE = (
    "UPDATE memories SET tier = $3, updated_at = now() "
    "WHERE user_id = $1 AND tier = $2 AND updated_at < $4"
)
TRIM = "DELETE FROM memories WHERE user_id = $1 AND tier = $2 AND updated_at < $3"


def test_memoric_policy_per_user() -> None:
    stream = Stream()
    stream.run("SELECT DISTINCT user_id FROM memories", ms=400, rows=100)
    for n in range(100):
        stream.run(MIGRATE, f"u{n}", "short", "mid", "2026-11-01")
        stream.run(TRIM, f"u{n}", "long", "2026-01-01")
    [found] = patterns(stream.sent)
    assert found.kind is N_PLUS_ONE
    assert [child.fingerprint for child in found.children] == [
        fingerprint(MIGRATE),
        fingerprint(TRIM),
    ]
    assert (found.typical, found.parent_matches) == (100, 1)


def test_memoric_cluster_expansion() -> None:
    stream = Stream()
    stream.run("SELECT * FROM memory_clusters WHERE user_id = $1", "u1", rows=3)
    stream.each("SELECT * FROM memories WHERE id = $1", range(40))
    assert told(patterns(stream.sent)) == [(N_PLUS_ONE, "memory_clusters", ("memories",), 40)]


OPERATIONS = (
    "SELECT * FROM operations WHERE collection_id = $1 AND type = 'chunking' "
    "ORDER BY created_at DESC"
)
DOC_CHUNKS = "SELECT * FROM chunks WHERE document_id = $1 ORDER BY chunk_index"


def test_chunking_statistics_per_collection() -> None:
    stream = Stream()
    stream.run("SELECT * FROM collections WHERE user_id = $1 AND status = $2", 1, "done")
    for n in range(12):
        stream.run(OPERATIONS, UUID(int=n), rows=1500)
        stream.run("SELECT count(*) FROM chunks WHERE collection_id = $1", UUID(int=n), rows=1)
    assert told(patterns(stream.sent)) == [
        (N_PLUS_ONE, "collections", ("operations", "chunks"), 12)
    ]


@pytest.mark.parametrize("size", [44, 5000])
def test_chunks_per_document(size: int) -> None:
    stream = Stream()
    stream.run("SELECT id FROM documents WHERE collection_id = $1", UUID(int=1))
    stream.each(DOC_CHUNKS, (UUID(int=n) for n in range(size)), ms=3)
    [found] = patterns(stream.sent)
    assert told([found]) == [(N_PLUS_ONE, "documents", ("chunks",), size)]
    assert found.confidence is Confidence.LIKELY


def test_chatbot_messages_of_each_conversation() -> None:
    stream = Stream()
    stream.run(
        "SELECT * FROM conversations WHERE user_id=$1 AND is_archived = false "
        "ORDER BY updated_at DESC LIMIT 50",
        7,
        rows=50,
    )
    stream.each(
        "SELECT * FROM messages WHERE conversation_id=$1 ORDER BY sequence_number", range(50)
    )
    [found] = patterns(stream.sent)
    assert told([found]) == [(N_PLUS_ONE, "conversations", ("messages",), 50)]
    assert len(stream.sent) == 51
    assert found.parent_matches == 1


def test_chatbot_users_and_files_of_each_conversation() -> None:
    stream = Stream()
    stream.run("SELECT * FROM conversations WHERE is_pinned", rows=20)
    for n in range(20):
        stream.run("SELECT * FROM messages WHERE conversation_id=$1", n)
        stream.run("SELECT * FROM public.users WHERE id = $1", n % 6)
        stream.run("SELECT * FROM uploaded_files WHERE conversation_id = $1", n)
    assert told(patterns(stream.sent)) == [
        (N_PLUS_ONE, "conversations", ("messages", "public.users", "uploaded_files"), 20)
    ]


@pytest.mark.parametrize("is_one_transaction", [False, True])
def test_chatbot_single_inserts(is_one_transaction: bool) -> None:
    stream = Stream()
    stream.run("BEGIN") if is_one_transaction else None
    for n in range(1000):
        stream.run(
            "INSERT INTO messages (conversation_id, role, content) VALUES ($1, $2, $3)",
            5,
            ("user", "assistant")[n % 2],
            f"text {n}",
        )
    stream.run("COMMIT") if is_one_transaction else None
    [found] = patterns(stream.sent)
    assert told([found]) == [(WRITES, None, ("messages",), 1000)]
    assert found.confidence is Confidence.LIKELY


def test_ai_cache_hash_per_lecture_of_a_page() -> None:
    stream = Stream()
    for page in range(3):
        stream.each(
            "SELECT content_hash FROM lecture_content_hashes WHERE lecture_id=$1",
            range(page * 10, page * 10 + 8),
        )
        stream.run("SELECT response_data FROM ai_response_cache WHERE cache_key=$1", f"k{page}")
        stream.run("UPDATE ai_response_cache SET hit_count=hit_count+1 WHERE cache_key=$1", page)
        stream.pause(2)
    [found] = patterns(stream.sent)
    assert told([found]) == [(N_PLUS_ONE, None, ("lecture_content_hashes",), 8)]
    assert (found.occurrences, found.confidence) == (3, Confidence.POSSIBLE)


HASH_PUT = (
    "INSERT INTO lecture_content_hashes (lecture_id, content_hash) VALUES ($1, $2) "
    "ON CONFLICT (lecture_id) DO UPDATE SET content_hash = excluded.content_hash"
)
TRIGGERED = "DELETE FROM ai_response_cache WHERE $1 = ANY(lecture_ids)"


def test_ai_cache_hashes_of_a_course_with_the_hidden_delete() -> None:
    stream = Stream()
    stream.run("SELECT id FROM lectures WHERE course_id=$1", 4, rows=25)
    for n in range(25):
        inside = "PL/pgSQL function invalidate() line 3 at SQL statement"
        stream.run(TRIGGERED, UUID(int=n), ms=60, context=inside)
        stream.run(HASH_PUT, UUID(int=n), f"sha256:{n}", ms=61, gap_ms=0)
    [found] = patterns(stream.sent)
    assert told([found]) == [
        (WRITES, "lectures", ("ai_response_cache", "lecture_content_hashes"), 25)
    ]
    assert found.hidden == {fingerprint(TRIGGERED)}
    assert (found.executions, found.parent_matches) == (25, 1)


def test_single_statements_of_the_systems_are_silent() -> None:
    stream = Stream(gap_ms=3)
    for n in range(60):
        stream.run(DOC_CHUNKS, UUID(int=n), request=f"r{n}")
        stream.run(OPERATIONS, UUID(int=n), request=f"r{n}")
        stream.run(
            "SELECT *, count(*) OVER () FROM chunks WHERE collection_id=$1 "
            "ORDER BY created_at DESC LIMIT 100 OFFSET $2",
            UUID(int=7),
            100 * n,
            request="page",
        )
        stream.run(
            "SELECT * FROM messages WHERE conversation_id = ANY($1)",
            f"{{{n},{n + 1}}}",
            request=f"r{n}",
        )
    assert not patterns(stream.sent)
