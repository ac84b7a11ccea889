"""A line that is written with any log_line_prefix is read back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.errors import LogError
from dbaudit.traffic.log_formats import KNOWN_PREFIXES, fitting_prefix, log_form
from dbaudit.traffic.log_line_prefix import line_prefix

#: What the server would write for each escape of one session.
VALUES = {
    "a": "my app",
    "u": "alice",
    "d": "shop",
    "r": "10.0.0.7(51234)",
    "h": "10.0.0.7",
    "L": "10.0.0.1",
    "b": "client backend",
    "p": "4242",
    "P": "",
    "t": "2026-11-21 15:57:39 UTC",
    "m": "2026-11-21 15:57:39.298 UTC",
    "n": "1795276659.298",
    "Q": "-8211222222222222222",
    "i": "SELECT",
    "e": "00000",
    "c": "6b01bf73.1092",
    "l": "17",
    "s": "2026-11-21 15:50:00 UTC",
    "v": "3/17",
    "x": "0",
}
FIELDS = {
    "u": "user",
    "d": "database",
    "a": "application",
    "v": "transaction",
    "Q": "query_id",
}


def render(prefix: str, values: dict[str, str]) -> str:
    """As log_status_format() of elog.c does it for a session."""

    def value(match: re.Match[str]) -> str:
        if match["escape"] == "%":
            return "%"
        text = "" if match["escape"] == "q" else values.get(match["escape"], "")
        width = int(match["width"] or 0)
        return text.ljust(-width) if width < 0 else text.rjust(width)

    return re.sub(r"%(?P<width>-?\d+)?(?P<escape>[A-Za-z%])", value, prefix)


def read(prefix: str, line: str) -> dict[str, str | None]:
    found = line_prefix(prefix)
    match = re.match(found.header(), line)
    assert match is not None, (prefix, line, found.expression)
    assert line[match.end() :] == "duration: 1.0 ms"
    return {name: match[group] for name, group in found.groups.items()}


@pytest.mark.parametrize("prefix", KNOWN_PREFIXES)
def test_known_prefixes_are_read_and_told_apart(prefix: str) -> None:
    line = render(prefix, VALUES) + "LOG:  duration: 1.0 ms"
    fields = read(prefix, line)
    for escape, name in FIELDS.items():
        assert fields.get(name) == (VALUES[escape] if f"%{escape}" in prefix else None)
    detected = read(fitting_prefix(line, "a log", None).text, line)
    assert {**detected, **fields} == detected


def test_the_best_time_and_session_win() -> None:
    line = render("%t %m %p %c ", VALUES) + "LOG:  duration: 1.0 ms"
    assert read("%t %m %p %c ", line) == {"stamp": VALUES["m"], "session": VALUES["c"]}


def test_names_hold_anything() -> None:
    values = {**VALUES, "u": "a b@c", "d": "x y [1] é", "a": "p@q LOG"}
    prefix = "%m [%p] %q%u@%d/%a "
    line = render(prefix, values) + "LOG:  duration: 1.0 ms"
    fields = read(prefix, line)
    assert f"{fields['user']}@{fields['database']}/{fields['application']}" == (
        "a b@c@x y [1] é/p@q LOG"
    )


def test_what_comes_behind_q_is_left_out_by_processes_without_a_session() -> None:
    fields = read("%m [%p] %q%u@%d ", "2026-11-21 15:57:39.298 CET [7] LOG:  duration: 1.0 ms")
    assert fields["user"] is None
    assert fields["session"] == "7"


def test_unknown_escapes_write_nothing() -> None:
    assert read("%m %y[%p] ", "2026-11-21 15:57:39.298 -03 [7] LOG:  duration: 1.0 ms")


def test_a_wrong_prefix_is_answered_with_one_that_fits() -> None:
    lines = "2026-11-21 15:57:39.298 UTC [7] a@b LOG:  duration: 1.0 ms  statement: select 1\n"
    with pytest.raises(LogError, match=r"x\.log.*'%t %u '; --log-line-prefix '%m \[%p\] %q%u@%d '"):
        fitting_prefix(lines, "x.log", "%t %u ")


def test_a_prefix_without_a_time_is_refused() -> None:
    with pytest.raises(LogError, match="no time"):
        fitting_prefix("[7] LOG:  x\n", "x.log", "[%p] ")


def test_what_is_no_log_says_what_its_lines_look_like() -> None:
    with pytest.raises(LogError, match=r"x\.log.*GET /index.*SHOW log_line_prefix"):
        log_form("GET /index 200\nGET /other 404\n", "x.log", None)


_ESCAPE = st.sampled_from(sorted(VALUES)).flatmap(
    lambda escape: st.sampled_from(["", "-12", "5"]).map(lambda width: f"%{width}{escape}")
)
_NAME = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=30)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(_ESCAPE, st.sampled_from([" ", "|", ":", " - ", "%%", "] ["]))),
    st.tuples(_NAME, _NAME, _NAME),
)
def test_any_line_is_read_back(items: list[tuple[str, str]], names: tuple[str, str, str]) -> None:
    prefix = "%m [%p] " + "".join(escape + between for escape, between in items)
    values = {**VALUES, "u": names[0], "d": names[1], "a": names[2]}
    line = render(prefix, values) + "LOG:  duration: 1.0 ms"
    match = re.match(line_prefix(prefix).header(), line)
    assert match is not None
    assert match[line_prefix(prefix).groups["stamp"]] in VALUES.values()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_prefix(text: str) -> None:
    re.compile(line_prefix(text).header())
