"""The advised indexes applied by dbaudit itself, verified on the 22 queries."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path

from dbaudit.advise.plan_file import advice_document
from dbaudit.audit.advise import Advised
from dbaudit.migrate.apply import apply
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import ApplyResult
from dbaudit.migrate.plan import plan_of
from dbaudit.targets.dsn import PostgresTarget

#: What makes a query slower by a tenth is taken back. Two queries run into the timeout without
#: indexes, which would eat most of the time that proving may take by default.
_MAX_LOSS, _TIMEOUT_MS, _PROOF_MS = 1.1, 60_000, 1_200_000


def apply_advice(target: PostgresTarget, made: Advised) -> ApplyResult:
    """Build all that is advised, measure each query before and after, take back what harms."""
    document = advice_document(made.advice, asdict(made.target), made.statements)
    with tempfile.TemporaryDirectory() as folder:
        options = ApplyOptions(
            Path(folder),
            max_loss=_MAX_LOSS,
            statement_timeout_ms=_TIMEOUT_MS,
            proof_ms=_PROOF_MS,
        )
        return apply(target, plan_of(document, "the benchmark's advice"), options, lambda _: None)
