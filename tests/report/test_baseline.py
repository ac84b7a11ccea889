import json
from pathlib import Path

import pytest

from dbaudit.errors import UsageError
from dbaudit.findings import against_baseline
from dbaudit.report.baseline import baseline_text, read_baseline
from dbaudit.report.output import write_file
from tests.report import samples


@pytest.mark.parametrize("report", [samples.typical(), samples.hostile(), samples.empty()])
def test_what_is_written_is_known_when_read(report: samples.ScanReport, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_file(path, baseline_text(report.findings))
    known = read_baseline(path)
    assert known == {finding.id for finding in report.findings}
    assert not any(finding.new for finding in against_baseline(report.findings, known))


def test_a_finding_is_a_line_and_the_order_is_fixed() -> None:
    findings = samples.typical().findings
    text = baseline_text(findings)
    assert text == baseline_text(findings[::-1])
    assert len(text.splitlines()) == len(findings) + 2
    rules = [finding["rule"] for finding in json.loads(text)["findings"]]
    assert rules == sorted(rules)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", 'its "tool" is not "dbaudit"'),
        (b'{"schema_version": 1, "tool": {"name": "dbaudit"}}', 'its "tool" is not "dbaudit"'),
        (b'{"tool": "dbaudit"}', '"schema_version" is None, not 1'),
        (b'{"schema_version": 2, "tool": "dbaudit"}', '"schema_version" is 2, not 1'),
        (b'{"schema_version": 1, "tool": "dbaudit"}', '"findings" is not a list'),
        (b'{"schema_version": 1, "tool": "dbaudit", "findings": [{}]}', 'finding 1 has no "id"'),
    ],
)
def test_a_wrong_file_is_told_in_one_line(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_baseline(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ") and why in message and "\n" not in message


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(UsageError, match="Is a directory"):
        read_baseline(tmp_path)
