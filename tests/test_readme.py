"""The README says what is true: its rules, commands and keys are those of the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from dbaudit.cli import app
from dbaudit.config import load_config
from dbaudit.rules.load import load_rules
from dbaudit.rules.rule import parse_rule

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def part(name: str) -> str:
    match = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert match is not None
    return match[1]


def fenced(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def rules_table() -> str:
    """What stands between the rules' markers; paste it there when this test fails."""
    lines = ["| rule | severity | finds |", "|---|---|---|"]
    ordered = sorted(load_rules(), key=lambda rule: (rule.category, rule.id))
    lines += [f"| `{rule.id}` | {rule.severity} | {rule.title} |" for rule in ordered]
    return "\n".join(lines) + "\n"


def test_the_table_of_rules_is_the_rules() -> None:
    assert part("rules") == rules_table()


def test_the_demo_shows_its_factors() -> None:
    for query in ("dedup", "stale_delete", "news_delete", "stale_count", "coll_delete"):
        assert re.search(rf"^\s*{query} .* \d[\d,]*x", part("demo"), re.MULTILINE), query


def test_every_command_named_exists() -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    commands |= {group.name for group in app.registered_groups}
    named = set(re.findall(r"^dbaudit ([a-z]+)", "\n".join(fenced("sh")), re.MULTILINE))
    assert named
    assert named <= commands


def test_the_configuration_shown_is_valid(tmp_path: Path) -> None:
    (text,) = fenced("toml")
    tomllib.loads(text)
    path = tmp_path / "dbaudit.toml"
    path.write_text(text, "utf-8")
    assert load_config(path, tmp_path, {}).fail_on == "warning"


def test_the_rule_shown_is_a_rule() -> None:
    (text,) = (text for text in fenced("sql") if text.startswith("/*"))
    assert parse_rule(text, Path("large-table.sql")).options == {"min_rows": 1000}
