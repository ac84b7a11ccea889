"""The format of the case files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.case_file import Expected, parse_case


def _case(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a-rule" / "a_case.sql"
    path.parent.mkdir()
    path.write_text(text)
    return path


def test_a_whole_header(tmp_path: Path) -> None:
    path = _case(
        tmp_path,
        "-- expect: s.a b key=k severity=info\n-- servers: pg15 pg18\n-- option: n = 1_000\n"
        "-- option: word = 'x'\n-- session: begin\n-- patch: update t set a = 1\n"
        "create table t (a int);\n-- fails\ncreate table t (a int);\n",
    )
    path.with_suffix(".queries.sql").write_text("select 1")
    case = parse_case(path)
    assert (case.id, case.servers) == ("a-rule/a_case", ("pg15", "pg18"))
    assert case.expected == (Expected("s.a b", key="k", severity="info"),)
    assert case.options == {"n": 1000, "word": "x"}
    assert (case.sessions, case.patches) == (("begin",), ("update t set a = 1",))
    assert case.setup == "create table t (a int);\n-- fails\ncreate table t (a int);"
    assert case.queries is not None


def test_a_near_miss_runs_on_the_newest_server(tmp_path: Path) -> None:
    case = parse_case(_case(tmp_path, "-- expect: nothing\nselect 1;\n"))
    assert (case.expected, case.servers, case.queries) == ((), ("pg18",), None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1;", "no expect"),
        ("-- expect: nothing\n-- expect: a.b\n", "nothing and something"),
        ("-- expect: nothing\n-- expects: x\n", "unknown directive 'expects'"),
        ("-- expect: nothing\n-- servers: pg12\n", "unknown server"),
        ("-- expect: nothing\n-- role: a\n-- role: b\n", "role is given twice"),
    ],
)
def test_a_broken_header_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        parse_case(_case(tmp_path, text))
