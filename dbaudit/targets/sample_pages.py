"""How much of each table a sample reads."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from dbaudit.identifiers import quote_ident
from dbaudit.targets.sample_statement import Pages
from dbaudit.targets.sampled import LeafName
from dbaudit.targets.session import Row, Session

#: Of a table that was never analysed.
_GUESSED_ROWS_PER_PAGE = 60


@dataclass(frozen=True, slots=True)
class SampleLimits:
    """How much is read. `rows` of a table are aimed at, within `least_pages` and `most_pages`; a
    table of less than three times as much is read whole. One statement counts `sets` of keys. None
    begins after `seconds` in all, and none takes longer than `statement_seconds`.

    Of rows whose elements are counted for GIN, fewer are read: each has many.
    """

    rows: int = 30_000
    least_pages: int = 600
    most_pages: int = 8_000
    element_rows: int = 5_000
    least_element_pages: int = 200
    sets: int = 12
    statement_seconds: float = 5.0
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class SampledTable:
    """A table to be sampled, for keys and for the elements of GIN; `leaves` are names by OID.

    No two rows are alike in the columns (as SQL) of any of `unique_keys`.
    """

    pages: Pages
    element_pages: Pages
    hides_rows: bool
    leaves: Mapping[int, LeafName]
    unique_keys: tuple[frozenset[str], ...] = ()

    def has_unique(self, columns: Collection[str]) -> bool:
        """Whether no two rows are alike in all of these columns."""
        return any(key.issubset(columns) for key in self.unique_keys)


def read_tables(
    session: Session, names: Collection[tuple[str, str]], limits: SampleLimits
) -> dict[tuple[str, str], SampledTable]:
    """The tables that are there, by (schema, name)."""
    statement = files("dbaudit.targets").joinpath("sql/sampled_tables.sql").read_text("utf-8")
    grouped: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in session.rows(statement, (json.dumps(sorted(names)),)):
        grouped[row[0], row[1]].append(row[2:])
    return {name: _table(name, rows, limits) for name, rows in grouped.items()}


def _table(name: tuple[str, str], rows: Sequence[Row], limits: SampleLimits) -> SampledTable:
    is_partitioned, hides_rows = rows[0][:2]
    pages = sum(row[6] for row in rows)
    known = sum(max(row[5], 0.0) for row in rows)
    per_page = known / pages if known > 0 and pages else _GUESSED_ROWS_PER_PAGE
    read = [
        Pages(*name, is_partitioned, _read(pages, aimed / per_page, least, limits.most_pages))
        for aimed, least in (
            (limits.rows, limits.least_pages),
            (limits.element_rows, limits.least_element_pages),
        )
    ]
    leaves = {row[4]: (row[2], row[3]) for row in rows}
    unique_keys = tuple(frozenset(map(quote_ident, names)) for names in rows[0][7])
    return SampledTable(read[0], read[1], hides_rows, leaves, unique_keys)


def _read(pages: int, wanted: float, least: int, most: int) -> float:
    """The share of the pages to read: 1 for a table not much larger than what is wanted."""
    wanted = min(max(wanted, least), most)
    return wanted / pages if wanted < pages / 3 else 1.0
