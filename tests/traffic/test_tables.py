"""What was sent, as the rules see it."""

from __future__ import annotations

from datetime import UTC, datetime

from dbaudit.findings import Finding
from dbaudit.rules.evaluate import evaluate
from dbaudit.rules.load import about_database, about_traffic, load_rules
from dbaudit.snapshot.snapshot import Snapshot, TargetInfo
from dbaudit.traffic.loops import LoopFinder
from dbaudit.traffic.shapes import Shapes
from dbaudit.traffic.steps import Steps
from dbaudit.traffic.tables import pattern_id, traffic_frames
from dbaudit.traffic.totals import Totals
from tests.traffic.stream import Stream, patterns


def judged(stream: Stream) -> list[Finding]:
    shapes, totals, finder = Shapes(), Totals(), LoopFinder()
    for execution in stream.sent:
        seen = shapes.seen(execution)
        totals.add(Steps([(seen, execution)]))
        finder.add(seen, execution)
    frames = traffic_frames(totals, finder.finish().patterns(totals.total_ms))
    target = TargetInfo("postgresql", "18.6", "d", "h")
    snapshot = Snapshot(target, datetime.now(UTC), frames)
    found = evaluate(snapshot, about_traffic(load_rules()))
    assert not found.skipped
    return list(found.findings)


def test_a_loop_is_a_finding_on_its_child() -> None:
    stream = Stream(common={"place": "shop/views.py:7", "application": "web"})
    for shop in range(3):
        stream.run("select * from orders where shop_id = $1 /*route='/shop'*/", shop, rows=40)
        stream.each("select * from items where order_id = $1 /*route='/shop'*/", range(40))
        stream.pause(1)
    [found] = judged(stream)
    assert (found.rule, str(found.object)) == (
        "n-plus-one",
        "select * from items where order_id = ?",
    )
    assert (found.severity, found.confidence) == ("warning", "certain")
    evidence = found.evidence
    assert evidence["parent"] == "select * from orders where shop_id = ?"
    assert evidence["parent_place"] == "shop/views.py:7"
    assert evidence["child"] == "select * from items where order_id = ?"
    assert (evidence["times"], evidence["occurrences"]) == (120, 3)
    assert (evidence["place"], evidence["routes"]) == ("shop/views.py:7", ["/shop"])
    assert evidence["share"] > 0.9
    assert "120 statements (98 % of all time) where 3 would do" in found.message
    assert found.message.endswith("; sent at shop/views.py:7")


def test_a_slow_query_is_a_finding() -> None:
    stream = Stream()
    for n in range(30):
        stream.run("select * from t where a = $1", n, ms=900.0, gap_ms=5000)
    [found] = judged(stream)
    assert (found.rule, found.evidence["calls"]) == ("slow-query", 30)


def test_a_quiet_stream_is_no_finding() -> None:
    stream = Stream()
    stream.run("select * from t where a = $1", 1)
    assert not judged(stream)


def test_a_pattern_has_one_name_from_run_to_run() -> None:
    stream = Stream()
    stream.run("select * from orders")
    stream.each("select * from items where order_id = $1", range(40))
    [one] = patterns(stream.sent)
    [other] = patterns([e._replace(at=e.at + 9, session="7") for e in stream.sent])
    assert pattern_id(one) == pattern_id(other)


def test_the_rules_about_traffic_are_left_out_where_there_is_none() -> None:
    rules = load_rules()
    about = {rule.id for rule in about_traffic(rules)}
    assert about == {
        *("n-plus-one", "repeated-identical-query", "row-by-row-write", "slow-query"),
        "unused-eager-load",
    }
    assert about.isdisjoint(rule.id for rule in about_database(rules))
