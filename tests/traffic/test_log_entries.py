"""What the server writes about one statement in several entries becomes one execution."""

from __future__ import annotations

import pytest

from dbaudit.errors import PlanError
from dbaudit.plans.node import parse_plan
from dbaudit.traffic.auto_explain import plan_document
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.log_entries import NO_PLAN, LoggedStatements
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_words import words
from dbaudit.traffic.parameters import CUT, logged_parameters
from dbaudit.traffic.planning_times import ALONE
from dbaudit.traffic.tally import InputTally


def entry(message: str, at: float = 1.0, session: str = "s", **fields: str | None) -> Entry:
    severity = fields.pop("severity", None) or "LOG"
    return Entry(at, session, "u", "d", "app", "3/0", None, severity, message, **fields)


def executions(*entries: Entry) -> tuple[list[Execution], InputTally]:
    tally = InputTally("log")
    statements = LoggedStatements(tally)
    found = [each for some in statements.executions(entries) for each in some]
    found += statements.rest()
    assert tally.statements == len(found)
    assert all(len(each) == len(Execution._fields) for each in found)
    return found, tally


def brief(*entries: Entry) -> list[tuple[str, float | None]]:
    return [(each.text, each.duration_ms) for each in executions(*entries)[0]]


def test_parse_and_bind_are_part_of_the_execution_that_follows() -> None:
    found = brief(
        entry("duration: 1.000 ms  parse S_1: select $1"),
        entry("duration: 0.500 ms  bind S_1/C_1: select $1"),
        entry("duration: 2.000 ms  execute S_1/C_1: select $1"),
        entry("duration: 0.250 ms  bind S_1: select $1"),
        entry("duration: 2.000 ms  execute S_1: select $1"),
        entry("duration: 9.000 ms  parse S_2: select 2"),
        entry("duration: 0.125 ms  execute S_1: select $1"),
        entry("duration: 9.000 ms  bind <unnamed>: select 2"),
        entry("duration: 1.000 ms  statement: select 1"),
        entry("duration: 1.000 ms  execute <unnamed>: select 2"),
    )
    assert [ms for _, ms in found] == [3.5, 2.25, 0.125, 1.0, 1.0]


def test_sessions_do_not_share_their_planning() -> None:
    found = brief(
        entry("duration: 1.000 ms  bind <unnamed>: select $1", session="a"),
        entry("duration: 2.000 ms  execute <unnamed>: select $1", session="b"),
        entry("duration: 2.000 ms  execute <unnamed>: select $1", session="a"),
    )
    assert [ms for _, ms in found] == [2.0, 3.0]


def test_log_statement_waits_for_its_duration() -> None:
    found, tally = executions(
        entry("statement: select 1", 1.0),
        entry("statement: other", 1.0, "t"),
        entry("duration: 5.000 ms", 1.5),
        entry("duration: 0.250 ms", 2.0),
        entry("duration: 0.250 ms", 2.0),
        entry("execute <unnamed>: select $1", 2.1, detail="Parameters: $1 = '5'"),
        entry("duration: 1.000 ms", 2.2),
        entry("statement: select 2", 3.0),
        entry("statement: select 3", 4.0),
    )
    assert [(each.text, each.at, each.duration_ms, each.parameters) for each in found] == [
        ("select 1", 1.5, 5.0, ()),
        ("select $1", 2.2, 1.5, ("5",)),
        ("select 2", 3.0, None, ()),
        ("other", 1.0, None, ()),
        ("select 3", 4.0, None, ()),
    ]
    assert not tally.notes


def test_durations_alone_are_noted() -> None:
    found, tally = executions(*[entry("duration: 1.000 ms")] * 3)
    assert found == []
    assert tally.notes == {ALONE: 3}


def test_a_failure_takes_the_place_of_what_began() -> None:
    found, _ = executions(
        entry("statement: select 1/0", 1.0),
        entry("division by zero", 1.1, severity="ERROR", statement="select 1/0"),
        entry("statement: select pg_sleep(9)", 2.0),
        entry("canceling statement", 2.5, severity="FATAL"),
        entry("no such table", 3.0, severity="ERROR", statement="select * from t where a = $1"),
    )
    assert [(each.text, each.told.failed, each.at, each.parameters) for each in found] == [
        ("select 1/0", True, 1.1, ()),
        ("select pg_sleep(9)", True, 2.5, ()),
        ("select * from t where a = $1", True, 3.0, None),
    ]


def test_a_fetch_continues_an_execution() -> None:
    found, _ = executions(
        entry("duration: 2.000 ms  execute S_1/C_1: select 1"),
        entry("duration: 3.000 ms  execute fetch from S_1/C_1: select 1"),
    )
    assert [(each.duration_ms, each.told.continues) for each in found] == [
        (2.0, False),
        (3.0, True),
    ]


def test_odd_names_and_texts() -> None:
    found = brief(
        entry("duration: 1.000 ms  execute my stmt/cur sor: select ': '"),
        entry("duration: 1.000 ms  statement: -- execute x: y\n select 1"),
        entry("duration: 1.000 ms  statement: "),
        entry("duration: x ms  statement: select 1"),
        entry("duration of something else"),
    )
    assert [text for text, _ in found] == ["select ': '", "-- execute x: y\n select 1", ""]


def test_other_messages_are_no_executions() -> None:
    found, tally = executions(
        entry("checkpoint starting: time"),
        entry("warning", severity="WARNING", statement="select 1"),
    )
    assert found == []
    assert tally.entries == 2


JSON = '{\n  "Query Text": "select 1",\n  "Plan": {"Node Type": "Result"}\n}'


def test_a_plan_alone_is_an_execution() -> None:
    found, _ = executions(*[entry(f"duration: 4.000 ms  plan:\n{JSON}")] * 2)
    assert [(each.text, each.duration_ms, each.told.plan) for each in found] == [
        ("select 1", 4.0, JSON),
        ("select 1", 4.0, JSON),
    ]
    assert plan_document(JSON) == {"Query Text": "select 1", "Plan": {"Node Type": "Result"}}


def test_a_plan_in_text() -> None:
    plan = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (a = 1)"
    text = "select *\nfrom t -- (cost=\nwhere a = $1"
    message = f"duration: 4.000 ms  plan:\nQuery Text: {text}\nQuery Parameters: $1 = '1'\n{plan}"
    found, _ = executions(entry(message))
    assert [(each.text, each.parameters, each.told.plan) for each in found] == [
        (text, ("1",), plan)
    ]
    assert parse_plan(plan_document(plan)).root.text("Filter") == "(a = 1)"


@pytest.mark.parametrize(
    "document",
    [
        'Query Text: "select \\"x\\"\\n"\nPlan: \n  Node Type: "Result"',
        "<explain><Query-Text>select &quot;x&quot;\n</Query-Text></explain>",
    ],
)
def test_other_forms_of_plans_are_kept_but_not_read(document: str) -> None:
    found, _ = executions(entry(f"duration: 4.000 ms  plan:\n{document}"))
    assert [(each.text, each.told.plan) for each in found] == [('select "x"\n', document)]
    with pytest.raises(PlanError, match="log_format"):
        plan_document(document)


@pytest.mark.parametrize("document", ["", "{", "{}", "[1]", "Query Text: x", "<explain>", "?"])
def test_a_plan_that_cannot_be_read_is_noted(document: str) -> None:
    found, tally = executions(entry(f"duration: 4.000 ms  plan:\n{document}"))
    assert found == []
    assert tally.notes == {NO_PLAN: 1}


def test_values_as_the_server_quotes_them() -> None:
    tally = InputTally("log")
    text = "Parameters: $1 = '', $2 = NULL, $3 = 'it''s', $4 = 'a, $9 = ''b''', $5 = 'x\n$1 = y'"
    values = ("", None, "it's", "a, $9 = 'b'", "x\n$1 = y")
    assert logged_parameters(text, tally) == values
    assert logged_parameters(text.replace("Parameters", "parameters"), tally) == values
    assert logged_parameters("prepare: prepare p as select 1", tally) is None
    assert not tally.notes
    assert logged_parameters("Parameters: $1 = 'long...'", tally) == ("long...",)
    assert tally.notes == {CUT: 1}
    plain = "Parameters: $1 = 'a', $2 = 'b, $3 = c'"
    assert logged_parameters(plain, tally) == ("a", "b, $3 = c")


LANGUAGES = sorted(words().forms)


#: By language: the duration, then what the server writes behind it, and before values.
WRITTEN = {
    "de": ("Dauer: 1.5 ms", "  Anweisung: ", "  Ausführen S_1: ", "  Binden S_1: ", "Parameter: "),
    "fr": (
        "durée : 1.5 ms",
        ", instruction : ",
        "  exécute S_1: ",
        ", lien S_1 : ",
        "paramètres : ",
    ),
    "es": ("duración: 1.5 ms", "  sentencia: ", "  ejecutar S_1: ", "  bind S_1: ", "parámetros: "),
    "ja": ("期間: 1.5 ミリ秒", "  文: ", "  実行 S_1: ", "  バインド S_1: ", "パラメータ: "),
    "zh": ("耗时: 1.5 ms", "  语句: ", "  执行 S_1: ", "  绑定 S_1: ", "参数: "),
    "pt": ("duração: 1.5 ms", "  comando: ", "  executar S_1: ", "  ligação S_1: ", "parâmetros: "),
    "ko": ("실행시간: 1.5 ms", "  명령 구문: ", "  쿼리실행 S_1: ", "  S_1 접속: ", "매개 변수: "),
    "ru": (
        "продолжительность: 1.5 мс",
        *(", оператор: ", "  выполнение S_1: ", ", сообщение Bind S_1: ", "параметры: "),
    ),
}


@pytest.mark.parametrize("language", WRITTEN)
def test_other_languages(language: str) -> None:
    duration, statement, execute, bind, detail = WRITTEN[language]
    found, _ = executions(
        entry(f"{duration}{statement}select 1"),
        entry(f"{duration}{bind}select $1"),
        entry(f"{duration.replace('실', '수')}{execute}select $1", detail=f"{detail}$1 = 'x'"),
        entry(f"{statement.strip(' ,')} select 3"),
        entry(duration),
        entry("duration: 1.500 ms  statement: select 2"),
    )
    assert [(each.text, each.duration_ms, each.parameters) for each in found] == [
        ("select 1", 1.5, ()),
        ("select $1", 3.0, ("x",)),
        ("select 3", 1.5, ()),
        ("select 2", 1.5, ()),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_can_be_read(language: str) -> None:
    assert set(words().forms[language]) == set(words().forms["en"])
