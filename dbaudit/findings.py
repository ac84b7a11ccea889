"""A finding: a claim made to a busy person, with its evidence and what to do about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Confidence(StrEnum):
    """How sure the claim is, surest first."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class ObjectKind(StrEnum):
    """What a finding is about."""

    INDEX = "index"
    TABLE = "table"
    COLUMN = "column"
    QUERY = "query"
    SETTING = "setting"
    SESSION = "session"
    SEQUENCE = "sequence"
    POLICY = "policy"
    FUNCTION = "function"
    DATABASE = "database"


SEVERITIES: tuple[Severity, ...] = tuple(Severity)
CONFIDENCES: tuple[Confidence, ...] = tuple(Confidence)


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """The database object that a finding is about; `table` is the one it belongs to, if any."""

    kind: ObjectKind
    name: str
    schema: str | None = None
    table: str | None = None

    def __str__(self) -> str:
        return ".".join(part for part in (self.schema, self.table, self.name) if part)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do: a sentence, and where it can be run, the statements and their undoing."""

    summary: str
    sql: tuple[str, ...] = ()
    undo_sql: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim of one rule about one object.

    `key` tells findings of one rule on one object apart (a query with two large sequential scans);
    it is part of the id, as message and evidence are not: they change from night to night.
    """

    rule: str
    category: str
    severity: Severity
    confidence: Confidence
    object: ObjectRef
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    remedy: Remedy | None = None
    key: str = ""
    new: bool = True

    @property
    def id(self) -> str:
        """Sixteen hex digits, the same on every run for the same rule, object and key."""
        ref = self.object
        parts = (self.rule, ref.kind, ref.schema or "", ref.table or "", ref.name, self.key)
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def sort_key(self) -> tuple[int, int, str, str, str]:
        """Worst first, then surest, then by rule and object."""
        return (
            SEVERITIES.index(self.severity),
            CONFIDENCES.index(self.confidence),
            self.rule,
            str(self.object),
            self.key,
        )


@dataclass(frozen=True, slots=True)
class SkippedRule:
    """A rule that could not be judged, and why."""

    rule: str
    reason: str


def against_baseline(findings: Iterable[Finding], known_ids: frozenset[str]) -> list[Finding]:
    """The findings with `new` set to False where the baseline knows their id."""
    return [replace(finding, new=finding.id not in known_ids) for finding in findings]


def at_or_above(findings: Iterable[Finding], threshold: Severity) -> list[Finding]:
    """The new findings that are at least as severe as the threshold."""
    worst = SEVERITIES.index(threshold)
    return [f for f in findings if f.new and SEVERITIES.index(f.severity) <= worst]
