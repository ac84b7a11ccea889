"""The plans that auto_explain logged, a bounded number of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from dbaudit.traffic.execution import Execution

#: Statements whose plans are kept, and how long a plan may be, in characters.
MAX_PLANS = 500
MAX_CHARACTERS = 200_000


class KeptPlan(NamedTuple):
    """The document of one execution, with what it is of."""

    text: str
    document: str
    duration_ms: float


@dataclass(slots=True)
class LoggedPlans:
    """Of each statement the plan of its slowest execution, by fingerprint."""

    by_statement: dict[str, KeptPlan] = field(default_factory=dict)

    def add(self, fingerprint: str, execution: Execution) -> None:
        """Keep the execution's plan, if it is the slowest yet."""
        plan = execution.told.plan
        if plan is None or len(plan) > MAX_CHARACTERS:
            return
        kept = KeptPlan(execution.text, plan, execution.duration_ms or 0.0)
        self._keep(fingerprint, kept)

    def merge(self, other: LoggedPlans) -> None:
        """Add what another worker has kept."""
        for fingerprint, kept in other.by_statement.items():
            self._keep(fingerprint, kept)

    def _keep(self, fingerprint: str, kept: KeptPlan) -> None:
        known = self.by_statement.get(fingerprint)
        if known is None and len(self.by_statement) >= MAX_PLANS:
            quickest = min(self.by_statement, key=lambda key: self.by_statement[key].duration_ms)
            if self.by_statement[quickest].duration_ms >= kept.duration_ms:
                return
            del self.by_statement[quickest]
        if known is None or kept.duration_ms > known.duration_ms:
            self.by_statement[fingerprint] = kept
