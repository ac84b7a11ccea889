import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dbaudit.findings import ObjectKind, ObjectRef, Severity
from dbaudit.report.documents import ScanReport
from dbaudit.report.markdown import MOST_FINDINGS, scan_markdown
from dbaudit.report.markdown_advice import advice_markdown, applied_markdown
from dbaudit.report.markdown_text import code, inline, sql_block
from dbaudit.report.printable import one_line
from tests.report import samples

READER = MarkdownIt("commonmark").enable("table")
TAG = re.compile(r"<[^>]*>")


def text_of(markdown: str) -> str:
    return html.unescape(TAG.sub("", READER.render(markdown)))


@given(st.text(min_size=1).filter(str.strip))
@example("__0__")
def test_any_text_in_code_is_read_as_itself(text: str) -> None:
    rendered = READER.render(f"a {code(text)} b")
    assert set(TAG.findall(rendered)) <= {"<p>", "</p>", "<code>", "</code>"}
    shown = html.unescape(rendered)
    assert shown.split() == f"<p>a <code>{one_line(text)}</code> b</p>".split()


@given(st.text(alphabet="a_*`|:~<>&[]()!\\ \n"))
def test_any_text_in_a_table_stays_in_its_cell(text: str) -> None:
    rendered = READER.render(f"| a | b |\n|---|---:|\n| {inline(text)} | x |\n")
    assert rendered.count("<td") == 2
    assert "<em>" not in rendered and "<strong>" not in rendered and "<a " not in rendered


@pytest.mark.parametrize("sql", ["SELECT 1", "SELECT '```'", "SELECT '`````\n```'"])
def test_nothing_in_a_statement_closes_its_fence(sql: str) -> None:
    tokens = READER.parse("\n".join(sql_block([sql])))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == f"{sql};\n"


@pytest.mark.parametrize("report", [samples.typical(), samples.empty(), samples.hostile()])
def test_every_block_that_opens_is_closed(report: ScanReport) -> None:
    rendered = READER.render(scan_markdown(report))
    opened = re.findall(r"<(/?)(details|summary|table)\b", rendered)
    for tag in ("details", "summary", "table"):
        assert [end for end, name in opened if name == tag].count("") == sum(
            1 for end, name in opened if name == tag and end
        )
    assert "<script" not in rendered
    assert rendered.count("<details>") >= len(report.new_findings)


def test_names_read_as_they_are() -> None:
    shown = " ".join(text_of(scan_markdown(samples.hostile())).split())
    for name in samples.HOSTILE_NAMES:
        assert " ".join(f"The table {one_line(name)} is read whole".split()) in shown


def test_a_summary_that_would_be_too_large_counts_the_rest() -> None:
    ref = ObjectKind.TABLE
    findings = tuple(
        samples.finding("r", Severity.INFO, ObjectRef(ref, f"t{n}", "public"), "Big.", "SELECT 1")
        for n in range(MOST_FINDINGS + 50)
    )
    text = scan_markdown(ScanReport(samples.SHOP, samples.STARTED, 1.0, findings))
    assert "### Info (350)" in text
    assert "… and 50 more: r 50" in text
    assert len(text.encode()) < 2**20


def test_advice_and_results_are_tables_of_queries() -> None:
    assert READER.render(advice_markdown(samples.advice())).count("<table>") == 1
    rendered = READER.render(applied_markdown(samples.APPLIED))
    assert rendered.count("<tr>") == 7
    assert "report &#124; all" not in html.unescape(rendered)
    assert "report | all" in html.unescape(rendered)
    assert "Nothing was applied." in applied_markdown({"applied": []})


def test_only_what_was_kept_is_shown_as_sql() -> None:
    text = applied_markdown(samples.APPLIED)
    assert "CREATE INDEX CONCURRENTLY orders_customer_id" in text
    assert "CREATE INDEX CONCURRENTLY orders_status" not in text
