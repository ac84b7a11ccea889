from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dbaudit.shadow.dump import Entry, entries, exclusion_filter
from dbaudit.shadow.restore import failures
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.shadow_session import libpq_environment

DUMP = """--
-- PostgreSQL database dump
--

SET lock_timeout = 0;

--
-- Name: my; table; Type: TABLE; Schema: sh;op; Owner: me; x
--

CREATE TABLE "sh;op"."my; table" (
    id bigint
);


--
-- Statistics for Name: other; Type: STATISTICS DATA; Schema: public; Owner: -
--

SELECT 1;
"""


def test_a_dump_is_cut_into_entries_without_loss() -> None:
    found = list(entries(DUMP))
    assert [(e.kind, e.schema, e.name) for e in found] == [
        ("SETTINGS", "", ""),
        ("TABLE", "sh;op", "my; table"),
        ("STATISTICS DATA", "public", "other"),
    ]
    assert "".join(entry.text for entry in found) == DUMP


@given(st.text())
def test_any_text_is_cut_without_loss(text: str) -> None:
    assert "".join(entry.text for entry in entries(text)) == text


def test_names_are_excluded_literally() -> None:
    excluded = [("a", 'x"y'), ("a", "b|c*"), ("Big", "t.u")]
    assert exclusion_filter(excluded) == (
        'exclude table "a".("b|c*"|"x""y")\nexclude table "Big"."t.u"\n'
    )
    numbered = [("s", f"t{number}") for number in (1, 10, 12, 2)]
    assert exclusion_filter(numbered) == 'exclude table "s"."t"("1"(|"0"|"2")|"2")\n'


@given(st.sets(st.text('ab"|.', min_size=1, max_size=4), min_size=1), st.text('ab"|.', max_size=4))
def test_exactly_the_names_are_excluded(names: set[str], other: str) -> None:
    line = exclusion_filter(("s", name) for name in names)
    pattern = line.removeprefix('exclude table "s".').removesuffix("\n")
    quoted = re.split(r'("(?:[^"]|"")*")', pattern)
    regex = "".join(
        re.escape(part[1:-1].replace('""', '"')) if part.startswith('"') else part
        for part in quoted
    )
    for name in {*names, other}:
        assert bool(re.fullmatch(regex, name)) == (name in names)


def test_messages_find_their_entry() -> None:
    dump = list(entries(DUMP))
    messages = (
        "psql:/tmp/x y/dump.sql:5: NOTICE:  nothing\n"
        'psql:/tmp/x y/dump.sql:13: ERROR:  schema "sh;op" does not exist at character 14\n'
        "psql:/tmp/x y/dump.sql:20: ERROR:  no\n"
    )
    found = [(failure.entry.name, failure.message) for failure in failures(messages, dump)]
    assert found == [
        ("my; table", 'schema "sh;op" does not exist at character 14'),
        ("other", "no"),
    ]


def test_a_message_of_the_last_line_belongs_to_the_last_entry() -> None:
    dump = [Entry("a", "TABLE", "s", "x\n"), Entry("b", "TABLE", "s", "y;")]
    assert failures("psql:f:2: ERROR:  no", dump)[0].entry.name == "b"


def test_the_password_is_not_on_the_command_line() -> None:
    target = PostgresTarget("postgresql://me:se%20cret@db.example/shop")
    conninfo, secrets = libpq_environment(target)
    assert "cret" not in conninfo
    assert "db.example" in conninfo
    assert secrets == {"PGPASSWORD": "se cret"}
