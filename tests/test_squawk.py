"""The linter as a program: what it answers, and what when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbaudit.squawk import SquawkError, find_squawk, run_squawk


def _program() -> Path:
    found = find_squawk()
    assert found is not None, "squawk-cli is among the test requirements"
    return found


def test_lines_are_counted_from_zero() -> None:
    script = "select 1;\n\ncreate index a on t (x);\n"
    said = run_squawk(_program(), script, "x.sql", "18.6")
    found = [one for one in said if one.code == "require-concurrent-index-creation"]
    assert [one.line for one in found] == [2]
    assert "concurrently" in found[0].help.lower()


def test_a_syntax_error_is_an_answer() -> None:
    said = run_squawk(_program(), "selekt 1 frm;\n", "x.sql", "15.4")
    assert {one.code for one in said} == {"syntax-error"}


@pytest.mark.parametrize(
    ("script", "reason"),
    [("#!/bin/sh\necho no >&2; exit 3\n", "no"), ("#!/bin/sh\necho '[1]'\n", "exit status 0")],
)
def test_another_program_of_that_name(tmp_path: Path, script: str, reason: str) -> None:
    program = tmp_path / "squawk"
    program.write_text(script)
    program.chmod(0o755)
    with pytest.raises(SquawkError, match=reason):
        run_squawk(program, "select 1;", "x.sql", "18.6")


def test_a_program_that_cannot_be_run(tmp_path: Path) -> None:
    with pytest.raises(SquawkError, match="cannot be run"):
        run_squawk(tmp_path / "none", "select 1;", "x.sql", "18.6")
