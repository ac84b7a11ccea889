import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from dbaudit.findings import ObjectKind, ObjectRef, Severity
from dbaudit.report.documents import QueryReport, ScanReport
from dbaudit.report.terminal import ExplainView, ScanView
from dbaudit.report.terminal_advice import AdviceView
from dbaudit.report.terminal_applied import AppliedView
from dbaudit.report.terminal_text import terminal_text
from dbaudit.report.wording import statement
from tests.report import samples

VIEWS: dict[str, RenderableType] = {
    "scan": ScanView(samples.typical()),
    "scan, all": ScanView(samples.typical(), everything=True),
    "explain": ExplainView(samples.typical()),
    "hostile": ScanView(samples.hostile(), everything=True),
    "hostile explain": ExplainView(samples.hostile()),
    "empty": ScanView(samples.empty()),
    "advice": AdviceView(samples.advice()),
    "advice with curve": AdviceView(samples.advice_with_curve()),
    "applied": AppliedView(samples.APPLIED),
}
SQL = re.compile(r"\s+(CREATE|DROP|SELECT) ")


def shown(view: RenderableType, width: int = 80, *, colours: bool = False) -> str:
    console = Console(
        file=io.StringIO(),
        width=width,
        height=40,
        force_terminal=colours,
        color_system="truecolor" if colours else None,
        no_color=not colours,
    )
    return terminal_text(view, console)


def report_of(plan: dict[str, object]) -> ScanReport:
    query = QueryReport("one", "0" * 16, plan=plan)
    return ScanReport(samples.SHOP, samples.STARTED, 1.0, queries=(query,))


def nested(depth: int, relation: str, filter: str) -> dict[str, object]:
    plan: dict[str, object] = {
        "Node Type": "Seq Scan",
        "Startup Cost": 0.0,
        "Plan Width": 8,
        "Relation Name": relation,
        "Total Cost": 1234.5,
        "Plan Rows": 123456,
        "Filter": f"({filter})",
    }
    for _ in range(depth):
        above = {"Node Type": "Materialize", "Startup Cost": 0.0, "Plan Width": 8, "Plan Rows": 1}
        plan = {**above, "Total Cost": 1235.0, "Plans": [{**plan, "Parent Relationship": "Outer"}]}
    return plan


def screen_lines(text: str, width: int) -> int:
    return sum(max(1, -(-cell_len(line) // width)) for line in text.splitlines())


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", VIEWS)
def test_only_sql_is_wider_than_the_screen(name: str, width: int) -> None:
    for line in shown(VIEWS[name], width).splitlines():
        assert cell_len(line) <= width or SQL.match(line), line


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_in_a_report_commands_the_terminal(name: str) -> None:
    text = shown(VIEWS[name])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_colours_change_nothing_else() -> None:
    for view in VIEWS.values():
        coloured = shown(view, colours=True)
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(view)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["scan", "empty"])
def test_a_scan_takes_one_screen(name: str, width: int) -> None:
    assert screen_lines(shown(VIEWS[name], width), width) <= 39


def test_a_thousand_findings_take_one_screen() -> None:
    findings = tuple(
        samples.finding(
            f"rule-{number % 60}",
            tuple(Severity)[number % 3],
            ObjectRef(ObjectKind.TABLE, f"table {number}", "public"),
            "A sentence that is somewhat longer than the eighty columns that there are, in words.",
            f'VACUUM (ANALYZE) public."table {number}"',
        )
        for number in range(1000)
    )
    text = shown(ScanView(ScanReport(samples.SHOP, samples.STARTED, 1.0, findings)))
    assert screen_lines(text, 80) <= 39
    in_full = text.count("✗ table")
    rest = re.search(r"… and ([\d,]+) more: rule-", text)
    assert f"Errors ({in_full} of 334)" in text
    assert rest and int(rest[1].replace(",", "")) == 1000 - in_full


def test_all_is_shown_when_asked_for() -> None:
    report = samples.typical()
    text = shown(ScanView(report, everything=True))
    for finding in report.findings:
        assert finding.object.name in text
    assert "may not read" in text
    assert "permission denied" in text
    assert "(known)" in text


def test_what_was_left_out_is_counted() -> None:
    text = shown(ScanView(samples.typical()))
    assert "Warnings (4 of 16)" in text
    assert "and 12 more: unused-index 12" in text
    assert "skipped: index-bloat; not collected: column_stats" in text
    assert "customers_legacy_idx" not in text


@pytest.mark.parametrize("name", ["scan, all", "explain"])
def test_every_statement_stands_whole_on_its_line(name: str) -> None:
    lines = [line.strip() for line in shown(VIEWS[name]).splitlines()]
    for finding in samples.typical().findings:
        for sql in finding.remedy.sql if finding.remedy else ():
            assert statement(sql) in lines


def test_a_statement_of_several_lines_keeps_them_as_they_are() -> None:
    sql = "CREATE TABLE x (\n    a int\n)"
    ref = ObjectRef(ObjectKind.TABLE, "x", "public")
    finding = samples.finding("rule", Severity.ERROR, ref, "It is.", sql)
    text = shown(ScanView(ScanReport(samples.SHOP, samples.STARTED, 1.0, (finding,))))
    assert f"\n{sql};\n" in text


def test_markup_in_a_name_is_text() -> None:
    text = shown(VIEWS["hostile"], colours=True)
    assert "[red]bold[/red] :smile:" in re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_confidence_is_told_when_it_is_not_certain() -> None:
    text = shown(VIEWS["scan"])
    assert "missing-index (likely)" in text
    assert "invalid-index\n" in text


def test_the_hot_node_is_marked_once() -> None:
    [hot] = [line for line in shown(VIEWS["explain"]).splitlines() if "◀ hot" in line]
    assert "Seq Scan on orders" in hot


def test_expected_rows_count_every_loop_as_the_measured_do() -> None:
    inner = {
        "Node Type": "Index Scan",
        "Total Cost": 1.0,
        "Plan Rows": 3,
        "Actual Rows": 2,
        "Actual Loops": 10,
        "Actual Total Time": 0.1,
    }
    plan = {**inner, "Node Type": "Nested Loop", "Actual Loops": 1, "Plans": [inner]}
    assert "rows 20, expected 30, loops 10" in shown(ExplainView(report_of(plan)))


@pytest.mark.parametrize("width", range(60, 100))
def test_nothing_wraps_out_of_the_tree(width: int) -> None:
    filter = " AND ".join(f"(column_{n} = {n})" for n in range(30))
    text = shown(ExplainView(report_of(nested(5, "orders", filter))), width)
    tree = text.splitlines()[3:-2]
    assert len(tree) > 6
    assert all(line[0] in " │└├" and cell_len(line) <= width for line in tree)
    assert any("Seq Scan on orders  ◀ hot" in line for line in tree)


def test_a_deep_plan_with_wide_names_stays_within_the_screen() -> None:
    filter = " AND ".join(f"(column_{n} = {n})" for n in range(30))
    text = shown(ExplainView(report_of(nested(60, "日本語" * 10, filter))))
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    assert "column_29 = 29" in " ".join(text.split())


def test_nothing_applied_is_said() -> None:
    assert shown(AppliedView({"applied": []})) == "Nothing was applied.\n"


def test_a_status_shows_each_applied_advice() -> None:
    text = shown(AppliedView({"applied": [samples.APPLIED, {**samples.APPLIED, "ledger_id": "2"}]}))
    assert "rollback 20260301T023000-1" in text
    assert "rollback 2 " in text


def test_a_kept_drop_is_an_index_that_is_gone() -> None:
    drops = [{"name": "old", "outcome": "kept", "reason": ""}]
    assert "old  dropped" in shown(AppliedView({"indexes": [], "drops": drops}))


def test_times_costs_and_limits_of_measured_queries() -> None:
    query = {"variant": "given", "cost_before": 10.0, "cost_after": 5.0}
    timed = {"query": "a", "ms_before": 30000.0, "ms_after": 1.0, "timed_out": True, "gain": 30000}
    costed = {"query": "b", "ms_before": None, "ms_after": None, "gain": 2.0}
    entry = {"indexes": [], "queries": [query | costed, query | timed | {"variant": "rare"}]}
    lines = [line.split() for line in shown(AppliedView(entry)).splitlines()]
    assert lines[1] == ["a", "(rare)", ">", "30,000", "ms", "1.00", "ms", "30,000x"]
    assert lines[2] == ["b", "cost", "10.0", "cost", "5.00", "2x"]
