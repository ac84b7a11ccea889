"""Run rules over a snapshot: pure, no connection to the target and no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from dbaudit.errors import RuleError
from dbaudit.findings import (
    Confidence,
    Finding,
    ObjectKind,
    ObjectRef,
    Remedy,
    Severity,
    SkippedRule,
)
from dbaudit.rules.rule import Rule
from dbaudit.snapshot.engine import open_database
from dbaudit.snapshot.snapshot import Snapshot

#: The columns that a rule's SELECT may give; those of `_MANDATORY` it must.
RESULT_COLUMNS = {
    "object_kind": "index, table, column, query, setting, session, sequence, policy, function or "
    "database",
    "schema": "schema of the object, null where it has none",
    "table": "table that the object belongs to, where it does",
    "name": "the object's name",
    "key": "tells several findings on one object apart; part of the finding's id",
    "message": "one sentence with the figures; the title where it is null",
    "evidence": "a struct of the figures behind it",
    "confidence": "certain, likely or possible",
    "severity": "overrides the rule's",
    "remedy": "what to do, one sentence",
    "remedy_sql": "a statement or a list of them",
    "undo_sql": "the statement or list that takes it back",
}
_MANDATORY = ("object_kind", "name", "message")

_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the rules said: findings worst first, and the rules that could not be judged."""

    findings: tuple[Finding, ...]
    skipped: tuple[SkippedRule, ...]


def evaluate(snapshot: Snapshot, rules: Iterable[Rule]) -> Evaluation:
    """Every rule over the snapshot. Raises RuleError when a rule's SQL fails."""
    skipped: list[SkippedRule] = []
    judged: list[Rule] = []
    for rule in rules:
        reason = _why_skipped(rule, snapshot)
        if reason:
            skipped.append(SkippedRule(rule.id, reason))
        else:
            judged.append(rule)
    findings = sorted(_findings(snapshot, judged), key=lambda finding: finding.sort_key)
    return Evaluation(tuple(findings), tuple(skipped))


def _findings(snapshot: Snapshot, rules: Sequence[Rule]) -> list[Finding]:
    if not rules:
        return []
    with open_database(snapshot, [rule.sql for rule in rules]) as connection:
        return [finding for rule in rules for finding in _run(connection, rule)]


def _why_skipped(rule: Rule, snapshot: Snapshot) -> str | None:
    if snapshot.target.engine not in rule.engines:
        return f"not for {snapshot.target.engine}"
    for table in rule.needs:
        if table not in snapshot.frames:
            reasons = [note.reason for note in snapshot.notes if note.table == table]
            return f"{table}: {'; '.join(reasons) or 'not collected'}"
    return None


def _run(connection: duckdb.DuckDBPyConnection, rule: Rule) -> list[Finding]:
    names = set(_PARAMETER.findall(rule.sql))
    unknown = sorted(names - set(rule.options))
    if unknown:
        raise RuleError(f"{rule.path}: ${unknown[0]} is not an option in the header")
    try:
        cursor = connection.execute(rule.sql, {name: rule.options[name] for name in names})
        columns = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall()
    except duckdb.Error as error:
        raise RuleError(f"{rule.path}: {' '.join(str(error).split())}") from None
    _check_columns(rule, columns)
    return [_finding(rule, dict(zip(columns, row, strict=True))) for row in rows]


def _check_columns(rule: Rule, columns: list[str]) -> None:
    for column in columns:
        if column not in RESULT_COLUMNS:
            known = ", ".join(RESULT_COLUMNS)
            raise RuleError(f"{rule.path}: gives a column {column!r}; a rule may give: {known}")
    for column in _MANDATORY:
        if column not in columns:
            raise RuleError(f"{rule.path}: its SELECT lacks the column {column!r}")


def _finding(rule: Rule, row: Mapping[str, Any]) -> Finding:
    try:
        kind = ObjectKind(row["object_kind"])
        confidence = Confidence(row.get("confidence") or Confidence.CERTAIN)
        severity = Severity(row.get("severity") or rule.severity)
    except ValueError as error:
        raise RuleError(f"{rule.path}: {error}") from None
    return Finding(
        rule=rule.id,
        category=rule.category,
        severity=severity,
        confidence=confidence,
        object=ObjectRef(kind, row["name"], row.get("schema"), row.get("table")),
        message=row["message"] or rule.title,
        evidence=row.get("evidence") or {},
        remedy=_remedy(rule, row),
        key=str(row.get("key") or ""),
    )


def _remedy(rule: Rule, row: Mapping[str, Any]) -> Remedy | None:
    sql, undo = _statements(row.get("remedy_sql")), _statements(row.get("undo_sql"))
    summary = row.get("remedy")
    if not sql and not summary:
        return None
    return Remedy(summary or rule.title, sql, undo)


def _statements(value: str | list[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
