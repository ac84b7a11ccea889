"""The statements that cost most, as queries: to register, to plan, to advise on."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from dbaudit.audit.traffic import Traffic
from dbaudit.errors import QueryFileError
from dbaudit.query import Parameter, Query
from dbaudit.traffic.repeated import ReadExamples, of_one_form, read_examples
from dbaudit.traffic.shape import Kind
from dbaudit.traffic.totals import StatementTotals
from dbaudit.workload.batched_reading import Repeated, read, read_query
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.masking import masked
from dbaudit.workload.query_file import parse_queries
from dbaudit.workload.query_text import query_text

_KINDS = frozenset((Kind.SELECT, Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.MERGE))


def traffic_queries(
    traffic: Traffic, catalog: Catalog, known: Container[str], most: int
) -> list[Query]:
    """The first so many statements by total time whose fingerprint is not known.

    Values are those of a typical execution; literals that never differed stay in the text. The
    weight is the number of calls. Types are the catalog's. Statements without a text that can be
    planned are left out: utilities, what was cut off, what asks only the system's catalogs.
    """
    found: list[Query] = []
    for totals in traffic.totals.by_time():
        is_wanted = totals.shape.kind in _KINDS and totals.shape.reads_or_writes
        if not is_wanted or totals.shape.fingerprint in known:
            continue
        query = _query(totals, traffic, catalog)
        if query is not None:
            found.append(query)
        if len(found) == most:
            break
    return found


def without_values(query: Query) -> Query:
    """The query without what really ran: its literals are parameters, none has a value."""
    statement = masked(query.statement)
    types = {parameter.name: parameter.type for parameter in query.parameters}
    bare = read_query(statement)
    parameters = tuple(Parameter(p.name, types.get(p.name)) for p in bare.parameters)
    return replace(query, sql=statement, statement=statement, parameters=parameters)


def _query(totals: StatementTotals, traffic: Traffic, catalog: Catalog) -> Query | None:
    """The query; None where no text is known that its file could hold."""
    told = _told(totals)
    if told is None:
        return None
    shape = totals.shape
    statement = told.repeated.statement
    table = (shape.tables[0].rpartition(".")[2] or "query").replace(" ", "_")
    types = _types(told.repeated, catalog)
    query = Query(
        name=f"{shape.kind.value}-{table}-{shape.fingerprint[:6]}",
        sql=statement,
        statement=statement,
        parameters=tuple(_parameter(n, told, types) for n in sorted(told.values)),
        description=_description(totals, traffic.totals.total_ms),
        weight=float(max(1, totals.calls)),
    )
    try:
        parse_queries(query_text(query))
    except QueryFileError:
        return None
    return query


def _told(totals: StatementTotals) -> ReadExamples | None:
    """The statement as it ran: the values of the typical execution come first."""
    typical = totals.typical or totals.slowest
    if typical is None:
        return None
    return read_examples(of_one_form([typical, *totals.sampled]))


def _parameter(number: int, told: ReadExamples, types: Mapping[int, str]) -> Parameter:
    is_known = number in told.known
    value = told.values[number][0] if is_known else None
    return Parameter(str(number), types.get(number), value, is_known and value is None)


def _types(repeated: Repeated, catalog: Catalog) -> Mapping[int, str]:
    """The types of parameters that the catalog tells."""
    numbers = frozenset(repeated.types)
    found = read(Repeated(repeated.statement, numbers), catalog)
    return {} if found is None else found.types


def _description(totals: StatementTotals, all_ms: float) -> str:
    parts = [f"{totals.calls:,} calls"]
    if totals.mean_ms is not None:
        parts.append(f"{totals.mean_ms:.3g} ms on average")
    if all_ms:
        parts.append(f"{100 * totals.total_ms / all_ms:.1f} % of all time")
    routes = sorted(
        ((count, value) for (name, value), count in totals.tags.items() if name == "route"),
        reverse=True,
    )
    parts += [f"mostly from {route}" for _, route in routes[:1]]
    return ", ".join(parts)
