from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.findings import Finding, ObjectKind, ObjectRef, Severity, SkippedRule
from dbaudit.report.documents import ScanReport, SelectedRule
from dbaudit.report.junit import scan_junit
from tests.report import samples


def parsed(report: ScanReport, threshold: Severity | None) -> ET.Element:
    return ET.fromstring(scan_junit(report, threshold).encode())


@pytest.mark.parametrize("report", [samples.typical(), samples.empty(), samples.hostile()])
@pytest.mark.parametrize("threshold", [*Severity, None])
def test_the_counts_are_those_of_the_elements(
    report: ScanReport, threshold: Severity | None
) -> None:
    root = parsed(report, threshold)
    for element in (root, *root.findall("testsuite")):
        assert int(element.attrib["tests"]) == len(list(element.iter("testcase")))
        assert int(element.attrib["failures"]) == len(list(element.iter("failure")))
        assert int(element.attrib["skipped"]) == len(list(element.iter("skipped")))


@pytest.mark.parametrize(
    ("threshold", "failures"),
    [(None, 0), (Severity.ERROR, 2), (Severity.WARNING, 18), (Severity.INFO, 20)],
)
def test_new_findings_at_or_above_the_threshold_fail(
    threshold: Severity | None, failures: int
) -> None:
    root = parsed(samples.typical(), threshold)
    assert len(list(root.iter("failure"))) == failures


def test_a_suite_is_a_category_and_a_passed_test_a_rule() -> None:
    root = parsed(samples.typical(), Severity.ERROR)
    suites = root.findall("testsuite")
    assert [suite.attrib["name"] for suite in suites] == ["index", "query", "session"]
    names = [test.attrib["name"] for test in suites[0]]
    assert names == [
        "duplicate-index",
        "index-bloat",
        "invalid-index: index public.orders_note_idx on orders",
        "sequence-overflow",
        "unused-index",
    ]
    assert suites[0][0].find("*") is None
    [skipped] = suites[0].iter("skipped")
    assert skipped.attrib["message"] == "needs column_stats, which the role may not read"


def test_what_does_not_fail_is_told_in_the_output() -> None:
    root = parsed(samples.typical(), Severity.ERROR)
    [output] = [
        test.findtext("system-out", "")
        for test in root.iter("testcase")
        if test.attrib["name"] == "unused-index"
    ]
    assert len(output.splitlines()) == 16
    assert "warning, known: index public.customers_legacy_idx" in output


def test_a_failure_says_what_to_run() -> None:
    root = parsed(samples.typical(), Severity.ERROR)
    texts = [failure.text or "" for failure in root.iter("failure")]
    assert any("DROP INDEX CONCURRENTLY public.orders_note_idx;" in text for text in texts)


@given(st.text(), st.text(), st.text())
def test_any_name_makes_valid_xml(name: str, message: str, category: str) -> None:
    ref = ObjectRef(ObjectKind.TABLE, name, name, name)
    finding = Finding("rule", category, Severity.ERROR, samples.Confidence.LIKELY, ref, message)
    report = ScanReport(
        samples.SHOP,
        samples.STARTED,
        1.0,
        (finding,),
        (SelectedRule("rule", category),),
        (SkippedRule(name, message),),
    )
    root = parsed(report, Severity.INFO)
    assert root.attrib["failures"] == "1"
