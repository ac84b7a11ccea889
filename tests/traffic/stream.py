"""Executions as an application would send them, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbaudit.traffic.execution import Execution, Told
from dbaudit.traffic.loop import LoopKind, LoopLimits
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.loops import LoopFinder
from dbaudit.traffic.shapes import Shapes


def sent(at: float, session: str, text: str, ms: float | None, **told: Any) -> Execution:
    """An execution of which the fields are known, those of `Told` among them."""
    rare = {name: told.pop(name) for name in Told._fields if name in told}
    return Execution(at, session, text, ms, **told).telling(**rare)


@dataclass
class Stream:
    """One session; every statement follows the last one after a gap."""

    session: str = "1"
    now: float = 1000.0
    gap_ms: float = 0.5
    ms: float = 0.3
    common: dict[str, Any] = field(default_factory=dict)
    sent: list[Execution] = field(default_factory=list)

    def run(self, text: str, *values: object, **told: Any) -> None:
        gap, ms = told.pop("gap_ms", self.gap_ms), told.pop("ms", self.ms)
        self.now += (gap + ms) / 1000
        told.setdefault("parameters", tuple(None if v is None else str(v) for v in values))
        self.sent.append(sent(self.now, self.session, text, ms, **{**self.common, **told}))

    def each(self, text: str, keys: Iterable[object], **told: Any) -> None:
        for key in keys:
            self.run(text, key, **told)

    def pause(self, seconds: float) -> None:
        self.now += seconds


def interleaved(*streams: Stream) -> list[Execution]:
    return sorted((e for stream in streams for e in stream.sent), key=lambda e: e.at)


def in_seconds(executions: Sequence[Execution]) -> list[Execution]:
    """As a log with %t tells them."""
    return [execution._replace(at=float(int(execution.at))) for execution in executions]


def patterns(
    executions: Sequence[Execution], limits: LoopLimits | None = None
) -> tuple[LoopPattern, ...]:
    shapes, finder = Shapes(), LoopFinder(limits)
    for execution in executions:
        finder.add(shapes.seen(execution), execution)
    return finder.finish().patterns(sum(e.duration_ms or 0.0 for e in executions))


def told(found: Iterable[LoopPattern]) -> list[tuple[LoopKind, str | None, tuple[str, ...], int]]:
    """Kind, parent's and children's first table, and the typical size of each pattern."""
    return [
        (
            pattern.kind,
            pattern.parent.tables[0] if pattern.parent else None,
            tuple(child.tables[0] for child in pattern.children),
            pattern.typical,
        )
        for pattern in found
    ]
