"""Which entries of a ledger judge an index, on documents as `apply` writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dbaudit.advise.roles import essence
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.migrate.ledger.entries import Entry, State, Step
from dbaudit.migrate.ledger.history import runs
from dbaudit.migrate.ledger.verdicts import verdicts

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
REASON = "apply built it on 2026-11-21 and took it back: too slow"


def index(column: str = "a", outcome: str = "rolled_back", **more: Any) -> dict[str, Any]:
    name = f"any_{column}"
    ddl = f"CREATE INDEX CONCURRENTLY {name} ON public.t USING btree ({column})"
    facts = {"name": name, "schema": "public", "table": "t", "ddl": ddl}
    return {**facts, "outcome": outcome, "reason": "too slow", **more}


def drop(outcome: str = "rolled_back") -> dict[str, Any]:
    return {"name": "old", "schema": "public", "outcome": outcome, "reason": "q is slower"}


def query(fingerprint: str, cost_after: float | None = 1.0) -> dict[str, Any]:
    return {"query": fingerprint, "fingerprint": fingerprint, "cost_after": cost_after}


def done(number: int, *indexes: dict[str, Any], **more: Any) -> list[Entry]:
    at = f"2026-11-2{number}T01:00:00.000000Z"
    document = {"indexes": list(indexes), **more}
    return [
        Entry(str(number), Step.APPLY, State.BEGUN, at=at),
        Entry(str(number), Step.APPLY, State.DONE, detail=document, at=at),
    ]


def taken_back(*entries: Entry, since: datetime = LONG_AGO) -> dict[str, str]:
    found = verdicts(runs([("here", entries)]), since).taken_back
    return {key.keys[0].text: taken.reason for key, taken in found.items()}


def missed(*entries: Entry) -> dict[tuple[str, str], str]:
    return dict(verdicts(runs([("here", entries)]), LONG_AGO).missed)


def test_an_index_that_was_taken_back_is_known_by_what_it_is() -> None:
    found = verdicts(runs([("here", done(1, index(), queries=[query("q")]))]), LONG_AGO)
    definition = IndexDefinition("public", "t", (IndexKey("a"),))
    taken = found.taken_back[essence(definition)]
    assert (taken.reason, taken.queries) == (REASON, frozenset({"q"}))


@pytest.mark.parametrize("outcome", ["kept", "failed", "skipped"])
def test_what_was_not_taken_back_is_not_known(outcome: str) -> None:
    assert taken_back(*done(1, index(outcome=outcome))) == {}


def test_a_rollback_and_an_interrupted_run_judge_nothing() -> None:
    key = ("public", "any_a")
    begun, ended = done(1, index(outcome="kept"))
    rollback = Entry("1", Step.TAKE_BACK, State.DONE, *key, {"reason": "rollback"}, ended.at)
    assert taken_back(begun, ended, rollback) == {}
    built = Entry("1", Step.BUILD, State.DONE, *key, {"ddl": "…"}, begun.at)
    lost = {"reason": "the connection was lost"}
    assert taken_back(begun, built, Entry("1", Step.TAKE_BACK, State.DONE, *key, lost)) == {}


def test_the_newest_run_that_judged_an_index_counts() -> None:
    kept, back = index(outcome="kept"), index()
    assert taken_back(*done(1, back), *done(2, kept)) == {}
    assert taken_back(*done(1, kept), *done(2, index(outcome="skipped")), *done(3, back))
    assert taken_back(*done(1, back), *done(2, index(outcome="failed"))) == {"a": REASON}


def test_a_verdict_is_forgotten_in_time() -> None:
    entries = done(1, index("a")) + done(2, index("b"))
    day = datetime(2026, 11, 22, tzinfo=UTC)
    assert list(taken_back(*entries, since=day)) == ["b"]


def test_an_index_judged_beside_one_that_is_gone_too_was_not_judged() -> None:
    beside = index("b", beside=["any_a"])
    assert list(taken_back(*done(1, index("a"), beside))) == ["a"]
    assert list(taken_back(*done(1, index("a", outcome="kept"), beside))) == ["b"]


def test_a_query_that_could_not_be_planned_was_not_measured() -> None:
    asked = [query("good"), query("broken", None)]
    (taken,) = verdicts(
        runs([("here", done(1, index(), queries=asked))]), LONG_AGO
    ).taken_back.values()
    assert taken.queries == {"good"}


@pytest.mark.parametrize("more", [{}, {"queries": [{"query": "q", "cost_after": 1.0}]}])
def test_a_ledger_of_an_older_version_holds_for_all_queries(more: dict[str, Any]) -> None:
    (taken,) = verdicts(runs([("here", done(1, index(), **more))]), LONG_AGO).taken_back.values()
    assert (taken.queries, taken.table_rows) == (None, None)


def test_a_drop_that_was_missed_is_known_until_it_is_not_missed() -> None:
    first = done(1, drops=[drop()])
    why = "apply dropped it on 2026-11-21 and built it again: q is slower"
    assert missed(*first) == {("public", "old"): why}
    assert missed(*first, *done(2, drops=[drop("kept")])) == {}
    assert missed(*first, *done(2, drops=[drop("skipped")])).keys() == {("public", "old")}


def test_an_index_that_was_used_while_on_trial_is_known_until_the_next_trial() -> None:
    key = ("public", "old")
    used = Entry(
        "1", Step.TRIAL, State.FAILED, *key, {"reason": "it was scanned"}, "2026-11-21T02:00:00Z"
    )
    entries = [*done(1), used]
    assert "it was scanned" in missed(*entries)[key]
    again = Entry("2", Step.TRIAL, State.BEGUN, *key, {}, "2026-11-22T02:00:00Z")
    assert missed(*entries, again) == {}
