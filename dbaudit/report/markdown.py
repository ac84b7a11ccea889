"""A scan as Markdown, for the summary of a CI job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbaudit import __version__
from dbaudit.findings import Confidence, Finding, Severity
from dbaudit.report.documents import QueryReport, ScanReport
from dbaudit.report.json_values import json_safe, utc_text
from dbaudit.report.markdown_text import code, details, inline, sql_block, table
from dbaudit.report.wording import (
    counted,
    counts_by_rule,
    figure_text,
    ms_text,
    object_label,
    rules_line,
    seconds_text,
    target_label,
)

#: GitHub refuses a job summary above 1 MiB ("Workflow commands: Job summaries"); a finding takes
#: about 1 kB.
MOST_FINDINGS = 300

_HEADINGS = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.INFO: "Info"}


def scan_markdown(report: ScanReport) -> str:
    """The report: counts, new findings by severity with their SQL folded in, queries, gaps."""
    lines = [
        *_head(report),
        *_findings(report.new_findings),
        *_queries(report.queries),
        *_gaps(report),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(report: ScanReport) -> Iterator[str]:
    yield f"## dbaudit: {inline(target_label(report.target))}"
    yield ""
    counts = [f"{count:,}" for count in report.counts().values()]
    known = f"{report.suppressed:,}"
    yield from table(("", "errors", "warnings", "info", "known"), [("findings", *counts, known)])
    took = f"{rules_line(report)}, {seconds_text(report.seconds)}"
    yield f"{took}, {utc_text(report.started_at)}, dbaudit {__version__}"
    yield ""


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    shown, rest = findings[:MOST_FINDINGS], findings[MOST_FINDINGS:]
    for severity in Severity:
        total = sum(finding.severity is severity for finding in findings)
        group = [finding for finding in shown if finding.severity is severity]
        if group:
            yield f"### {_HEADINGS[severity]} ({total:,})"
            yield ""
        for finding in group:
            yield from _finding(finding)
    if rest:
        yield f"… and {len(rest):,} more: {inline(counts_by_rule(rest))}"
        yield ""


def _finding(finding: Finding) -> Iterator[str]:
    unsure = "" if finding.confidence is Confidence.CERTAIN else f" ({finding.confidence})"
    summary = f"<b>{inline(finding.rule)}</b>{unsure} {code(object_label(finding.object))}"
    return details(f"{summary}: {inline(finding.message)}", _body(finding))


def _body(finding: Finding) -> Iterator[str]:
    if finding.remedy:
        if finding.remedy.summary:
            yield inline(finding.remedy.summary)
            yield ""
        yield from sql_block(finding.remedy.sql)
        if finding.remedy.undo_sql:
            yield "To undo:"
            yield ""
            yield from sql_block(finding.remedy.undo_sql)
    facts = (f"{inline(key)} = {inline(str(json_safe(v)))}" for key, v in finding.evidence.items())
    yield f"Evidence: {', '.join((*facts, f'id {finding.id}'))}"
    yield ""


def _queries(queries: Sequence[QueryReport]) -> Iterator[str]:
    rows = [(code(q.name), figure_text(q.cost), ms_text(q.actual_ms)) for q in queries]
    errors = [f"- {code(q.name)}: {inline(q.error)}" for q in queries if q.error is not None]
    if rows:
        body = (*table(("query", "cost", "time"), rows), *errors, "")
        yield from details(counted(len(rows), "query", "queries"), body)


def _gaps(report: ScanReport) -> Iterator[str]:
    skipped = sorted(report.skipped, key=lambda skipped: skipped.rule)
    lines = [f"- {code(s.rule)} skipped: {inline(s.reason)}" for s in skipped]
    lines += [f"- {code(n.table)} not collected: {inline(n.reason)}" for n in report.notes]
    if lines:
        yield from details("What was not looked at", (*lines, ""))
