import json
import random
from dataclasses import replace

from dbaudit.findings import Severity, against_baseline
from dbaudit.report.documents import scan_document
from dbaudit.report.json_values import json_text
from tests.report import samples


def test_the_keys_are_those_of_the_contract() -> None:
    document = scan_document(samples.typical())
    assert list(document)[:7] == [
        "schema_version",
        "tool",
        "target",
        "started_at",
        "seconds",
        "summary",
        "findings",
    ]
    assert list(document["summary"]) == [
        "error",
        "warning",
        "info",
        "suppressed",
        "rules_run",
        "rules_skipped",
    ]
    assert list(document["findings"][0]) == [
        "id",
        "rule",
        "category",
        "severity",
        "confidence",
        "object",
        "message",
        "evidence",
        "remedy",
        "new",
    ]
    assert set(document["findings"][0]["object"]) == {"kind", "schema", "name", "table"}
    assert set(document["findings"][0]["remedy"]) == {"summary", "sql", "undo_sql"}
    query_keys = {"name", "file", "fingerprint", "weight", "cost", "actual_ms", "plan", "error"}
    assert set(document["queries"][0]) == query_keys
    assert document["started_at"] == "2026-03-01T02:30:00Z"


def test_summary_counts_new_findings_and_keeps_the_suppressed_ones() -> None:
    document = scan_document(samples.typical())
    summary = document["summary"]
    assert (summary["error"], summary["warning"], summary["info"]) == (2, 16, 2)
    assert summary["suppressed"] == 1
    assert len(document["findings"]) == 21
    assert [f["new"] for f in document["findings"]].count(False) == 1
    assert (summary["rules_run"], len(summary["rules_skipped"])) == (6, 1)


def test_a_baseline_of_everything_leaves_no_counts() -> None:
    report = samples.typical()
    known = frozenset(finding.id for finding in report.findings)
    report = replace(report, findings=tuple(against_baseline(report.findings, known)))
    assert set(report.counts().values()) == {0}
    assert list(report.counts()) == list(Severity)
    assert scan_document(report)["summary"]["suppressed"] == 21


def test_the_order_of_the_findings_given_does_not_matter() -> None:
    report = samples.typical()
    shuffled = list(report.findings)
    random.Random(1).shuffle(shuffled)
    other = replace(report, findings=tuple(shuffled), skipped=report.skipped[::-1])
    assert json_text(scan_document(other)) == json_text(scan_document(report))


def test_evidence_is_json_without_nan() -> None:
    findings = scan_document(samples.typical())["findings"]
    [evidence] = [f["evidence"] for f in findings if f["rule"] == "idle-in-transaction"]
    assert evidence == {"age_seconds": 3600.0, "xid": 7, "nothing": None}


def test_hostile_names_survive_the_way_through_a_file() -> None:
    data = json_text(scan_document(samples.hostile())).encode("utf-8", errors="backslashreplace")
    names = {finding["object"]["name"] for finding in json.loads(data)["findings"]}
    assert names == set(samples.HOSTILE_NAMES)
