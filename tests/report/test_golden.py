"""Every format of every sample, as it was reviewed by eye.

DBAUDIT_UPDATE_GOLDEN=1 writes the files anew: read the difference before it is committed.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from dbaudit.findings import Severity
from dbaudit.report.baseline import baseline_text
from dbaudit.report.documents import scan_document
from dbaudit.report.json_values import json_text
from dbaudit.report.junit import scan_junit
from dbaudit.report.markdown import scan_markdown
from dbaudit.report.markdown_advice import advice_markdown, applied_markdown
from dbaudit.report.terminal import ExplainView, ScanView
from dbaudit.report.terminal_advice import AdviceView
from dbaudit.report.terminal_applied import AppliedView
from dbaudit.report.terminal_text import terminal_text
from tests.report import samples

FOLDER = Path(__file__).parent / "golden"


def on_terminal(view: RenderableType, width: int, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding)
    plain = Console(file=file, width=width, height=40, no_color=True, color_system=None)
    return terminal_text(view, plain)


def made() -> dict[str, Callable[[], str]]:
    texts: dict[str, Callable[[], str]] = {}
    reports = {"typical": samples.typical(), "empty": samples.empty(), "hostile": samples.hostile()}
    for name, report in reports.items():
        texts |= {
            f"{name}-80.txt": lambda r=report: on_terminal(ScanView(r), 80),
            f"{name}-120.txt": lambda r=report: on_terminal(ScanView(r), 120),
            f"{name}-all.txt": lambda r=report: on_terminal(ScanView(r, everything=True), 80),
            f"{name}-explain.txt": lambda r=report: on_terminal(ExplainView(r), 80),
            f"{name}.json": lambda r=report: json_text(scan_document(r)),
            f"{name}.md": lambda r=report: scan_markdown(r),
            f"{name}.xml": lambda r=report: scan_junit(r, Severity.WARNING),
            f"{name}-baseline.json": lambda r=report: baseline_text(r.findings),
        }
    return texts | {
        "advice.txt": lambda: on_terminal(AdviceView(samples.advice()), 80),
        "advice.md": lambda: advice_markdown(samples.advice()),
        "curve-80.txt": lambda: on_terminal(AdviceView(samples.advice_with_curve()), 80),
        "curve-120.txt": lambda: on_terminal(AdviceView(samples.advice_with_curve()), 120),
        "curve-ascii.txt": lambda: on_terminal(
            AdviceView(samples.advice_with_curve()), 80, "ascii"
        ),
        "curve.md": lambda: advice_markdown(samples.advice_with_curve()),
        "applied.txt": lambda: on_terminal(AppliedView(samples.APPLIED), 80),
        "applied.md": lambda: applied_markdown(samples.APPLIED),
    }


MADE = made()


@pytest.mark.parametrize("name", MADE)
def test_is_as_reviewed(name: str) -> None:
    data = MADE[name]().encode("utf-8", errors="backslashreplace")
    path = FOLDER / name
    if os.environ.get("DBAUDIT_UPDATE_GOLDEN"):
        path.write_bytes(data)
    assert data.decode() == path.read_bytes().decode()


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(MADE)
