"""Some rows of a table, for a check that reads little."""

from __future__ import annotations

from dbaudit.advise.catalog import TableFacts
from dbaudit.identifiers import qualified

_ROWS = 30_000


def sampled_rows(table: TableFacts) -> str:
    """The FROM item that gives at most 30,000 rows of random pages, the same ones each time."""
    share = min(100.0, 100 * _ROWS / max(table.rows, 1))
    sample = "" if share >= 100 else f" TABLESAMPLE SYSTEM ({share:.6f}) REPEATABLE (1)"
    return f"(SELECT * FROM {qualified(*table.key)}{sample} LIMIT {_ROWS}) AS sample"
