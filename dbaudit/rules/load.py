"""Find the rules: those that ship with dbaudit, and the user's own folders."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dbaudit.config import Config, Option, RuleSettings
from dbaudit.errors import RuleError
from dbaudit.rules.rule import Rule, parse_rule
from dbaudit.share import shared_folder
from dbaudit.snapshot.schema import schema

#: How the names of the tables begin that migrations fill.
_OF_MIGRATIONS = "migration_"
#: The tables that only a workload fills: logs, a trace, counters.
_OF_TRAFFIC = frozenset(("traffic_statements", "loops", "eager_loads"))


def load_rules(folders: Sequence[Path] = ()) -> tuple[Rule, ...]:
    """Every shipped rule and those of the folders, by id; a user's rule replaces a shipped one.

    Raises RuleError for a folder without rules, a broken file, or a table that does not exist.
    """
    rules = {rule.id: rule for rule in _folder(shared_folder("rules"))}
    for folder in folders:
        own = list(_folder(folder))
        if not own:
            raise RuleError(f"{folder}: no rule in this folder; expected files named RULE-ID.sql")
        rules.update((rule.id, rule) for rule in own)
    return tuple(rules[id_] for id_ in sorted(rules))


def chosen_rules(
    config: Config,
    folders: Sequence[Path] = (),
    only: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> tuple[Rule, ...]:
    """The rules that the configuration and the command line choose, as configured.

    Raises RuleError as load_rules and configured do.
    """
    loaded = load_rules([*config.rule_folders, *folders])
    return configured(loaded, config.rules, [*config.only, *only], [*config.ignore, *ignore])


def configured(
    rules: Iterable[Rule],
    settings: Mapping[str, RuleSettings],
    only: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> tuple[Rule, ...]:
    """The rules to run, with severities and options as configured.

    Raises RuleError for a name that no rule has, naming the nearest one, and for an option that
    the rule does not have or that is of another type.
    """
    by_id = {rule.id: rule for rule in rules}
    for name in (*only, *ignore, *settings):
        find_rule(by_id, name)
    chosen = [rule for id_, rule in by_id.items() if (not only or id_ in only)]
    return tuple(
        _with_settings(rule, settings.get(rule.id, RuleSettings()))
        for rule in chosen
        if rule.id not in ignore and settings.get(rule.id, RuleSettings()).enabled
    )


def about_database(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules but for those about migrations or traffic, silent where none are given."""
    return tuple(
        rule for rule in rules if not is_about_migrations(rule) and not is_about_traffic(rule)
    )


def about_traffic(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules about what applications sent."""
    return tuple(rule for rule in rules if is_about_traffic(rule))


def is_about_traffic(rule: Rule) -> bool:
    """Whether a rule needs what only a workload fills."""
    return not _OF_TRAFFIC.isdisjoint(rule.needs)


def is_about_migrations(rule: Rule) -> bool:
    """Whether a rule needs what only `scan --migrations` fills."""
    return any(is_of_migrations(table) for table in rule.needs)


def is_of_migrations(table: str) -> bool:
    """Whether only `scan --migrations` fills that table of a snapshot."""
    return table.startswith(_OF_MIGRATIONS)


def find_rule(by_id: Mapping[str, Rule], name: str) -> Rule:
    """The rule of that name. Raises RuleError with the nearest name."""
    if name not in by_id:
        near = difflib.get_close_matches(name, by_id, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see: dbaudit rules"
        raise RuleError(f"no rule is named {name!r}; {hint}")
    return by_id[name]


def _with_settings(rule: Rule, settings: RuleSettings) -> Rule:
    for name, value in settings.options.items():
        if name not in rule.options:
            known = ", ".join(rule.options) or "none"
            raise RuleError(f"rule {rule.id} has no option {name!r}; its options: {known}")
        if not _is_same_kind(value, rule.options[name]):
            expected = type(rule.options[name]).__name__
            raise RuleError(f"rule {rule.id}: option {name} is {value!r}; expected {expected}")
    options = {**rule.options, **settings.options}
    return replace(rule, options=options, severity=settings.severity or rule.severity)


def _is_same_kind(value: Option, default: Option) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))


def _folder(folder: Path) -> Iterable[Rule]:
    if not folder.is_dir():
        raise RuleError(f"{folder}: no such folder of rules")
    for path in sorted(folder.rglob("*.sql")):
        try:
            rule = parse_rule(path.read_text("utf-8"), path)
        except (OSError, UnicodeDecodeError) as error:
            raise RuleError(f"{path}: cannot be read: {error}") from None
        for table in rule.needs:
            if table not in schema():
                raise RuleError(f"{path}: needs the table {table!r}; see: dbaudit schema")
        yield rule
