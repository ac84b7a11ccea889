"""Ask the advisor for the indexes that the workload deserves, with a what-if planner at hand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace

from dbaudit.advise.advice import Advice
from dbaudit.advise.advice_table import advice_table, losses_table, refused_table
from dbaudit.advise.advisor import AdviseOptions, advise
from dbaudit.advise.items import planned_tables
from dbaudit.advise.read_catalog import read_catalog
from dbaudit.advise.verdicts import Verdicts
from dbaudit.audit.guessed import mistaken
from dbaudit.audit.rewritten import compared
from dbaudit.audit.steps import Steps
from dbaudit.audit.uses import named_in_workload
from dbaudit.audit.workload import Workload
from dbaudit.config import Config
from dbaudit.errors import ShadowError, UsageError
from dbaudit.migrate.render.changes import statements_of
from dbaudit.query import BoundQuery
from dbaudit.shadow.hypopg import HypoPG
from dbaudit.shadow.shadow import Shadow
from dbaudit.shadow.warm import TakeCluster, warm_cluster
from dbaudit.snapshot.snapshot import Note, Snapshot
from dbaudit.targets.sample import TargetSample
from dbaudit.targets.session import Session

SHADOW, HYPOPG = "shadow", "hypopg"


@dataclass(frozen=True, slots=True)
class ProposeOptions:
    """`planner` is shadow or hypopg; `budget_bytes` bounds the indexes' total size.

    With `sample` some rows of the target's tables are read to tell how large indexes would be.
    After `search_seconds` the search ends with the best set so far. What a query loses by the set
    counts `loss_weight` times what others gain. `verdicts` are those of earlier
    runs of `apply`: what did not pay is not proposed again.
    """

    planner: str = SHADOW
    budget_bytes: int | None = None
    max_columns: int = 3
    sample: bool = True
    search_seconds: float | None = None
    loss_weight: float = 10.0
    verdicts: Verdicts = field(default_factory=Verdicts)


def propose_options(
    config: Config,
    planner: str | None,
    budget_bytes: int | None = None,
    max_columns: int | None = None,
    *,
    no_sample: bool = False,
    search_seconds: float | None = None,
) -> ProposeOptions:
    """The configuration's options, with those of the command line before them.

    Raises UsageError for an unknown planner.
    """
    if planner not in (None, SHADOW, HYPOPG):
        raise UsageError(f"--planner {planner!r}: expected shadow or hypopg")
    return ProposeOptions(
        planner or config.planner,
        config.budget_bytes if budget_bytes is None else budget_bytes,
        max_columns or config.max_columns,
        config.sample and not no_sample,
        config.search_seconds if search_seconds is None else search_seconds,
        config.loss_weight,
    )


def propose(
    session: Session,
    snapshot: Snapshot,
    workload: Workload,
    options: ProposeOptions,
    steps: Steps,
    take_cluster: TakeCluster | None = None,
) -> Advice:
    """The best index set for the queries that could be planned on the target.

    `take_cluster` gives a cluster for the shadow that was begun earlier. Raises ShadowError when no
    what-if planner can be had.
    """
    sampler = TargetSample(session) if options.sample else None
    with ExitStack() as stack:
        with steps.step("preparing the what-if planner", None):
            planner = stack.enter_context(
                open_planner(session, snapshot, workload, options.planner, take_cluster, sampler)
            )
        advance = stack.enter_context(steps.step("searching indexes", None))
        advice = advise(
            snapshot,
            planned_variants(workload),
            planner,
            _advise_options(options),
            lambda what, _done, _total: advance(what),
        )
    if sampler is None:
        return advice
    queries = {entry.bound.name: entry.bound.query for entry in workload.explained}
    rewrites, differing = compared(session, advice.rewrites, queries)
    return replace(
        advice,
        rewrites=rewrites,
        statistics=mistaken(session, advice.statistics, queries),
        notes=(*advice.notes, *sampler.notes, *differing),
    )


def with_advice(
    session: Session,
    snapshot: Snapshot,
    workload: Workload,
    options: ProposeOptions,
    steps: Steps,
    take_cluster: TakeCluster | None = None,
) -> tuple[Snapshot, Advice | None]:
    """The snapshot with `index_advice`, or with a note that says why there is none."""
    if not any(entry.plan for entry in workload.explained):
        return snapshot.with_frames({}, [Note("index_advice", "no query could be planned")]), None
    try:
        advice = propose(session, snapshot, workload, options, steps, take_cluster)
    except ShadowError as error:
        return snapshot.with_frames({}, [Note("index_advice", str(error))]), None
    missed = [Note("index_advice", f"{m.query}: {m.reason}") for m in advice.not_covered]
    frames = {
        "index_advice": advice_table(advice, statements_of),
        "index_losses": losses_table(advice),
        "refused_indexes": refused_table(advice),
    }
    return snapshot.with_frames(frames, missed), advice


def _advise_options(options: ProposeOptions) -> AdviseOptions:
    defaults = AdviseOptions()
    return replace(
        defaults,
        candidates=replace(defaults.candidates, max_columns=options.max_columns),
        search=replace(
            defaults.search,
            budget_bytes=options.budget_bytes,
            max_seconds=options.search_seconds,
            loss_weight=options.loss_weight,
        ),
        verdicts=options.verdicts,
    )


def planned_variants(workload: Workload) -> list[Sequence[BoundQuery]]:
    """The variants of each query that the target could plan; others cannot be advised on."""
    by_query: dict[str, list[BoundQuery]] = {}
    for entry in workload.explained:
        if entry.plan is not None:
            by_query.setdefault(entry.bound.name, []).append(entry.bound)
    return list(by_query.values())


def open_planner(
    session: Session,
    snapshot: Snapshot,
    workload: Workload,
    kind: str,
    take_cluster: TakeCluster | None = None,
    sampler: TargetSample | None = None,
) -> AbstractContextManager[Shadow | HypoPG]:
    """The what-if planner of that kind, with the tables that the workload names."""
    if kind == HYPOPG:
        return HypoPG(session)
    tables = planned_tables(workload.uses.values(), read_catalog(snapshot))
    tables |= named_in_workload(session, workload)
    cluster = take_cluster() if take_cluster else None
    return Shadow(session.target, tables, cluster=cluster, sampler=sampler)


def begun_cluster(options: ProposeOptions | None) -> AbstractContextManager[TakeCluster | None]:
    """The shadow's cluster, begun now where a shadow will be wanted."""
    wants_shadow = options is not None and options.planner == SHADOW
    return warm_cluster() if wants_shadow else nullcontext()
