"""The benchmark's figures as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from dbaudit.advise.advice import Advice
from dbaudit.migrate.outcome import ApplyResult
from tests.benchmarks.tpch.database import Connection
from tests.benchmarks.tpch.in_turn import InTurn
from tests.benchmarks.tpch.measures import TIMEOUT_SECONDS, PerQuery, Ratios
from tests.benchmarks.tpch.peers import BEST, EXTEND, MB

#: A query counts as slower when it takes this share and this many seconds more than before.
_SLOWER_SHARE, _SLOWER_SECONDS = 0.1, 0.05


@dataclass(frozen=True, slots=True)
class Measured:
    """One budget: the advice, seconds of the whole command, and the indexes as built: the bytes of
    each by its name, and what they do to the costs."""

    budget: int | None
    advice: Advice
    seconds: float
    built: Mapping[str, int]
    ratios: Ratios

    @property
    def built_bytes(self) -> int:
        """The real size of the set."""
        return sum(self.built.values())

    @property
    def is_over(self) -> bool:
        """Whether the set is larger than the budget, so that no peer may be compared with it."""
        return self.budget is not None and self.built_bytes > self.budget


def preamble(connection: Connection, before: PerQuery) -> None:
    (version,) = connection.execute("show server_version").fetchall()[0]
    plan = connection.execute("explain select from part where p_name like 'forest%'").fetchall()
    print(f"PostgreSQL {version}; cost without indexes {sum(before.values()):,.0f}")
    print(f"query 20 hangs on: {plan[0][0]}")


def budget(measured: Measured) -> None:
    advice, got = measured.advice, measured.ratios
    estimated = sum(index.size_bytes for index in advice.indexes)
    print(f"\n== budget {_size(measured.budget)}: {len(advice.indexes)} indexes")
    verdict = "  OVER THE BUDGET: not comparable" if measured.is_over else ""
    print(f"size     {_size(estimated)} estimated, {_size(measured.built_bytes)} built{verdict}")
    best = BEST.get(measured.budget)
    for name in ("rel22", "rel19", "geo"):
        beside = _beside(getattr(got, name), getattr(best, name)) if best else ""
        print(f"{name:8} {getattr(got, name):.6f}{beside}")
    search, extend = advice.search, EXTEND.get(measured.budget)
    calls = f" (Extend {extend.what_if_calls:,}, {extend.seconds} s)" if extend else ""
    print(f"search   {search.search_calls:,} what-if calls, {search.search_seconds:.1f} s{calls}")
    print(f"advice   {search.seconds:.1f} s, with reading and making the candidates")
    print(f"command  {measured.seconds:.1f} s")
    for missed in advice.not_covered:
        print(f"missed   {missed.query}: {missed.reason}")


def indexes(measured: Measured) -> None:
    print("\nestimated    built  index")
    for index in measured.advice.indexes:
        built = measured.built[index.name]
        print(f"{_size(index.size_bytes):>9}{_size(built):>9}  {index.ddl}")


def per_query(advice: Advice, before: PerQuery, after: PerQuery) -> None:
    believed = {query.name: query.cost_after for query in advice.queries}
    print("\nquery  cost before  cost after  ratio   in the shadow")
    for name, cost in before.items():
        shadow = believed.get(name)
        same = "not planned" if shadow is None else f"{shadow:,.2f}"
        ratio = after[name] / cost
        print(f"{name:5}  {cost:11,.0f}  {after[name]:10,.0f}  {ratio:.4f}  {same}")


def applied(budget: int | None, result: ApplyResult, got: Ratios) -> None:
    """What apply kept and took back, and what the costs are with the rest."""
    kept = [index for index in result.indexes if index.outcome == "kept"]
    size = sum(index.size_bytes or 0 for index in kept)
    print(f"\n== applied within {_size(budget)}: {len(kept)} indexes kept, {_size(size)}")
    print(f"rel22 {got.rel22:.6f}, rel19 {got.rel19:.3f}, geo {got.geo:.3f}")
    for index in result.indexes:
        if index.outcome != "kept":
            print(f"{index.outcome}: {index.ddl}: {index.reason}")


def in_turn(found: Sequence[InTurn]) -> None:
    """Milliseconds of each query without the kept indexes and with them."""
    print("\nquery  ms without        with   factor")
    for item in found:
        late = " (timeout)" if item.timed_out else " slower" if item.is_slower else ""
        without, with_them = median(item.without), median(item.with_them)
        print(f"{item.query:5}  {without:10,.1f}  {with_them:10,.1f}  {item.factor:7,.2f}{late}")
    slower = [item.query for item in found if item.is_slower]
    print(f"slower with them, beyond noise: {', '.join(slower) or 'none'}")


def run_times(before: PerQuery, after: PerQuery) -> None:
    print("\nquery  seconds before  after")
    slower = []
    for name, seconds in before.items():
        late = " (timeout)" if seconds >= TIMEOUT_SECONDS else ""
        print(f"{name:5}  {seconds:14.3f}  {after[name]:.3f}{late}")
        grown = after[name] - seconds
        if grown > max(_SLOWER_SECONDS, _SLOWER_SHARE * seconds):
            slower.append(name)
    print(f"all    {sum(before.values()):14.1f}  {sum(after.values()):.1f}")
    print(f"slower after than before: {', '.join(slower) or 'none'}")


def summary(rows: Sequence[Measured]) -> None:
    """All budgets as one Markdown table; in brackets the best of the peers."""
    titles = "budget indexes estimated built rel22 rel19 geo calls search command".split()
    print(f"\n| {' | '.join(titles)} |")
    print("|---" * len(titles) + "|")
    for row in rows:
        advice = row.advice
        estimated = sum(index.size_bytes for index in advice.indexes)
        best = BEST.get(row.budget)
        extend = EXTEND.get(row.budget)
        cells = [
            _size(row.budget),
            str(len(advice.indexes)),
            _size(estimated),
            _size(row.built_bytes) + (" (over)" if row.is_over else ""),
            f"{row.ratios.rel22:.6f}" + (f" ({best.rel22:.6f})" if best else ""),
            f"{row.ratios.rel19:.3f}" + (f" ({best.rel19:.3f})" if best else ""),
            f"{row.ratios.geo:.3f}" + (f" ({best.geo:.3f})" if best else ""),
            f"{advice.search.search_calls:,}" + (f" ({extend.what_if_calls:,})" if extend else ""),
            f"{advice.search.search_seconds:.1f} s" + (f" ({extend.seconds})" if extend else ""),
            f"{row.seconds:.1f} s",
        ]
        print(f"| {' | '.join(cells)} |")


def _beside(value: float, best: float) -> str:
    return f"  best peer {best:.6f}  {'below' if value < best else 'NOT BELOW'}"


def _size(size: int | None) -> str:
    return "none" if size is None else f"{size / MB:,.0f} MB"
