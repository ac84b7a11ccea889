import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from dbaudit.errors import ReportError
from dbaudit.findings import Severity
from dbaudit.report.output import Destination, Format, parse_destinations
from dbaudit.report.publish import publish, scan_renderings
from dbaudit.report.terminal import ScanView
from tests.report import samples

REPORT = samples.typical()


def publish_scan(destinations: tuple[Destination, ...]) -> None:
    console = Console(file=io.StringIO(), width=80)
    publish(destinations, ScanView(REPORT), scan_renderings(REPORT, Severity.ERROR), console)


def test_every_format_goes_to_its_place(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    formats = [f"{format}={tmp_path / format}" for format in Format]
    publish_scan(parse_destinations([*formats, "json"]))
    out = capfdbinary.readouterr().out
    assert json.loads(out)["summary"]["error"] == 2
    assert (tmp_path / "json").read_bytes() == out
    assert (tmp_path / "terminal").read_text().startswith("dbaudit ")
    assert (tmp_path / "markdown").read_text().startswith("## dbaudit")
    assert (tmp_path / "junit").read_text().startswith("<?xml")


def test_what_is_shown_is_not_lost_with_the_file(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    missing = Destination(Format.JSON, tmp_path / "none" / "a.json")
    with pytest.raises(ReportError):
        publish_scan((missing, Destination(Format.TERMINAL)))
    assert b"2 errors" in capfdbinary.readouterr().out
