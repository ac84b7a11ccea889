"""A scan as JUnit XML, for the test view of a CI system.

A suite is a category. A rule that found nothing at or above the threshold is one passed test; each
new finding at or above it is one failed test; a rule that could not be judged is a skipped test.
What stays below the threshold, or is in the baseline, stands in the system-out of its rule's test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from dbaudit.findings import Finding, Severity, at_or_above
from dbaudit.report.documents import ScanReport, SelectedRule
from dbaudit.report.json_values import utc_text
from dbaudit.report.printable import lines_of, one_line
from dbaudit.report.wording import object_label, statement, target_label

# Everything but the production Char of XML 1.0: no reference of any kind makes these valid.
_NOT_XML = re.compile("[^\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def scan_junit(report: ScanReport, threshold: Severity | None) -> str:
    """The report as XML; `threshold` is that of `--fail-on`, None for never."""
    failing = at_or_above(report.findings, threshold) if threshold else []
    failing_ids = frozenset(finding.id for finding in failing)
    suites: dict[str, list[Element]] = {}
    for rule, findings in _by_rule(report):
        tests = _tests_of(rule, findings, failing_ids, report)
        suites.setdefault(rule.category, []).extend(tests)
    root = Element("testsuites", name="dbaudit")
    root.extend(_suite(category, tests, report) for category, tests in sorted(suites.items()))
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{report.seconds:.3f}")
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _by_rule(report: ScanReport) -> Iterator[tuple[SelectedRule, list[Finding]]]:
    """The selected rules, and those that only findings name, each with its findings."""
    rules = {rule.id: rule for rule in report.rules}
    findings: dict[str, list[Finding]] = {}
    for finding in sorted(report.findings, key=lambda finding: finding.sort_key):
        rules.setdefault(finding.rule, SelectedRule(finding.rule, finding.category))
        findings.setdefault(finding.rule, []).append(finding)
    for skipped in report.skipped:
        rules.setdefault(skipped.rule, SelectedRule(skipped.rule, "skipped"))
    for rule in sorted(rules.values(), key=lambda rule: rule.id):
        yield rule, findings.get(rule.id, [])


def _suite(category: str, tests: Sequence[Element], report: ScanReport) -> Element:
    suite = Element("testsuite", name=_valid(category))
    suite.extend(tests)
    suite.set("tests", str(len(tests)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("time", "0.000")
    suite.set("timestamp", utc_text(report.started_at))
    suite.set("hostname", _valid(report.target.host or "local"))
    return suite


def _tests_of(
    rule: SelectedRule,
    findings: Sequence[Finding],
    failing_ids: frozenset[str],
    report: ScanReport,
) -> list[Element]:
    failed = [finding for finding in findings if finding.id in failing_ids]
    passed = [finding for finding in findings if finding.id not in failing_ids]
    tests = [_failed_test(finding, rule, report) for finding in failed]
    if passed or not failed:
        test = _test(rule.id, rule.category)
        reasons = [skipped.reason for skipped in report.skipped if skipped.rule == rule.id]
        if reasons:
            SubElement(test, "skipped", message=_valid("; ".join(reasons)))
        if passed:
            SubElement(test, "system-out").text = _block(_output(passed))
        tests.append(test)
    return tests


def _failed_test(finding: Finding, rule: SelectedRule, report: ScanReport) -> Element:
    key = f" ({finding.key})" if finding.key else ""
    name = f"{finding.rule}: {object_label(finding.object)}{key}"
    test = _test(name, rule.category)
    message = _valid(finding.message)
    failure = SubElement(test, "failure", message=message, type=finding.severity.value)
    failure.text = _block((target_label(report.target), *_explanation(finding)))
    return test


def _test(name: str, category: str) -> Element:
    classname = f"dbaudit.{category}"
    return Element("testcase", classname=_valid(classname), name=_valid(name), time="0.000")


def _explanation(finding: Finding) -> Iterable[str]:
    yield f"{finding.severity}, {finding.confidence}, id {finding.id}"
    if finding.remedy:
        yield finding.remedy.summary
        for sql in finding.remedy.sql:
            yield from lines_of(statement(sql))


def _output(findings: Iterable[Finding]) -> Iterable[str]:
    for finding in findings:
        known = "" if finding.new else ", known"
        label = object_label(finding.object)
        yield f"{finding.severity}{known}: {label}: {finding.message}"


def _block(lines: Iterable[str]) -> str:
    return "\n".join(map(_valid, lines))


def _valid(text: str) -> str:
    """The text with each control character shown as its escape, and nothing XML forbids."""
    return _NOT_XML.sub("", one_line(text))
