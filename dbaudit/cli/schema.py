"""`dbaudit schema`: the tables that rules may use."""

from __future__ import annotations

from typing import Annotated

import typer

from dbaudit.cli.console import streams
from dbaudit.cli.options import NoColor


def schema(
    table: Annotated[
        str | None, typer.Argument(help="Show only this table.", show_default=False)
    ] = None,
    no_color: NoColor = False,
) -> None:
    """Print the tables and columns that rules may use."""
    from rich.table import Table

    from dbaudit.errors import UsageError
    from dbaudit.snapshot.schema import schema as vocabulary

    out = streams(quiet=False, no_color=no_color).out
    tables = vocabulary()
    if table is not None and table not in tables:
        raise UsageError(f"no table is named {table!r}; the tables: {', '.join(tables)}")
    for entry in tables.values() if table is None else [tables[table]]:
        out.print(f"\n{entry.name}", style="bold")
        out.print(f"  {entry.doc}", style="dim")
        grid = Table.grid(padding=(0, 2))
        for column in entry.columns:
            grid.add_row(f"  {column.name}", column.type, column.doc)
        out.print(grid)
