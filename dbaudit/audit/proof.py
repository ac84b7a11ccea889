"""The statements that prove a migration which brings none of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbaudit.advise.plan_file import Plan
from dbaudit.audit.scan import ScanOptions, planned_snapshot
from dbaudit.audit.steps import SilentSteps
from dbaudit.query import Query
from dbaudit.targets.session import Session


def with_registered(session: Session, plan: Plan, registered: Sequence[Query]) -> Plan:
    """The plan with the registered queries as its statements, where it has none.

    Those that cannot be planned on the target prove nothing and are left out.
    """
    if plan.statements or not registered:
        return plan
    options = ScanOptions(counted=False, propose=None)
    _, workload = planned_snapshot(session, registered, options, SilentSteps())
    planned = tuple(entry.bound for entry in workload.explained if entry.plan is not None)
    return replace(plan, statements=planned)
