"""What every rule file must have, whoever writes it."""

from __future__ import annotations

import re

import pytest

from dbaudit.rules.evaluate import evaluate
from dbaudit.rules.load import load_rules
from dbaudit.rules.rule import Rule, parse_rule
from dbaudit.share import shared_folder
from dbaudit.snapshot.collect import collect
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import NewDatabase
from tests.rules.case_file import all_cases

_PATHS = [
    pytest.param(path, id=path.stem) for path in sorted(shared_folder("rules").rglob("*.sql"))
]
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


@pytest.fixture(params=_PATHS)
def rule(request: pytest.FixtureRequest) -> Rule:
    return parse_rule(request.param.read_text("utf-8"), request.param)


def test_has_a_firing_case_and_a_near_miss(rule: Rule) -> None:
    cases = [case for case in all_cases() if case.rule == rule.id]
    assert any(case.expected for case in cases), f"no case of {rule.id} fires"
    assert any(not case.expected for case in cases), f"no near miss of {rule.id}"


def test_every_case_folder_belongs_to_a_rule() -> None:
    ids = {rule.id for rule in load_rules()}
    assert {case.rule for case in all_cases()} <= ids


def test_is_complete(rule: Rule) -> None:
    assert _ID.match(rule.id)
    assert rule.path.parent.name == rule.category or rule.path.parent.parent.name == "rules"
    assert rule.title[0].isupper()
    assert not rule.title.endswith(".")
    assert len(rule.why.split()) >= 25, "why says what it costs and when it is right to ignore it"
    assert re.search(r"ignore|right to|harmless|not reported", rule.why), "when to ignore it"
    assert rule.references
    assert all(reference.startswith("https://") for reference in rule.references)
    assert rule.needs


def test_gives_its_findings_in_order(rule: Rule) -> None:
    last = rule.sql.lower().rsplit("order by", 1)
    assert len(last) == 2, "the outermost SELECT has an ORDER BY"
    assert last[1].count("(") == last[1].count(")"), "the ORDER BY is of an inner SELECT"


def test_uses_every_option_it_declares(rule: Rule) -> None:
    assert set(rule.options) == set(re.findall(r"\$([a-z_]\w*)", rule.sql))


def test_ids_are_unique() -> None:
    stems = [path.stem for path in shared_folder("rules").rglob("*.sql")]
    assert sorted(stems) == sorted(set(stems))


def test_every_rule_is_silent_on_an_empty_database(new_database: NewDatabase) -> None:
    with connect(PostgresTarget(new_database())) as session:
        evaluation = evaluate(collect(session), load_rules())
    assert [f"{f.rule}: {f.message}" for f in evaluation.findings] == []
