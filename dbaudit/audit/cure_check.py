"""Whether a cure plans well: asked of the target's planner with the values of two executions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dbaudit.errors import QueryError, UsageError
from dbaudit.plans.node import parse_plan
from dbaudit.query import BoundQuery, Parameter, Query
from dbaudit.targets.explain import ExplainOptions, explain
from dbaudit.targets.session import Session
from dbaudit.traffic.cure import BatchedChild
from dbaudit.traffic.repeated import read_examples, with_values
from dbaudit.workload.binding import bind


@dataclass(frozen=True, slots=True)
class PlanCheck:
    """What so many executions cost one by one, and the statement that stands for them.

    Costs are the planner's. `error` says why the statement cannot be planned; then costs are None.
    """

    executions: int
    cost_each: float | None = None
    cost_batch: float | None = None
    error: str | None = None


def check_batches(session: Session, batches: Iterable[BatchedChild]) -> list[PlanCheck]:
    """Plan each child with its examples' values, and its batch with all of them at once.

    Nothing is executed. Raises TargetError when the connection is lost.
    """
    return [_check(session, batch) for batch in batches]


def _check(session: Session, child: BatchedChild) -> PlanCheck:
    count = len(child.examples)
    try:
        bound = _bound(child)
        if bound is None:
            return PlanCheck(count, error="no values of it are known")
        batch = _cost(session, bound)
        each = [_cost(session, _alone(with_values(example))) for example in child.examples]
    except (QueryError, UsageError) as error:
        return PlanCheck(count, error=str(error))
    return PlanCheck(count, sum(each), batch)


def _cost(session: Session, bound: BoundQuery) -> float:
    return parse_plan(explain(session, bound, ExplainOptions())).root.total_cost or 0.0


def _alone(sql: str) -> BoundQuery:
    return BoundQuery(Query("repeated", sql, sql), sql)


def _bound(child: BatchedChild) -> BoundQuery | None:
    """The batch with arrays of what the executions had; None where a value is not known."""
    read = read_examples(child.examples)
    if read is None or read.known != frozenset(read.values):
        return None
    values = {
        str(number): _array(seen) if number in child.batch.arrays else seen[0]
        for number, seen in read.values.items()
    }
    parameters = tuple(Parameter(str(number)) for number in sorted(read.values))
    query = Query("batch", child.batch.sql, child.batch.sql, parameters)
    return bind(query, values)


def _array(values: Sequence[str | None]) -> str:
    """The values as PostgreSQL writes an array."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: str | None) -> str:
    if value is None:
        return "NULL"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
