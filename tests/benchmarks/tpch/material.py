"""Data and queries of TPC-H, made once by the public tools and kept in a cache folder.

Data: `tpchgen-cli` at scale factor 1. Queries: the 22 with the validation parameters, as the `tpch`
extension in the wheel of DuckDB 0.9.2 prints them. Both run in a virtual environment of their own,
so that the project depends on neither.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PACKAGES = ("tpchgen-cli", "duckdb==0.9.2")
SCALE_FACTOR = 1

#: In the order in which they are loaded; queries name them without a schema.
TABLES = ("region", "nation", "part", "supplier", "partsupp", "customer", "orders", "lineitem")

_PRINT_QUERIES = """
import duckdb, json
connection = duckdb.connect()
connection.execute("load tpch")
print(json.dumps(connection.execute("select query_nr, query from tpch_queries()").fetchall()))
"""


def cache_folder() -> Path:
    """Where the benchmark keeps data, server and tools between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or tempfile.gettempdir()
    folder = Path(base) / "dbaudit-bench" / "tpch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def data_files(cache: Path) -> dict[str, Path]:
    """The CSV file of each table; generated when they are not in the cache."""
    folder = cache / "data"
    if not folder.exists():
        unfinished = cache / "data.unfinished"
        unfinished.mkdir(exist_ok=True)
        program = _environment(cache) / "bin" / "tpchgen-cli"
        scale = ("-s", str(SCALE_FACTOR), "--overwrite", "--output-dir", str(unfinished))
        _run(program, "csv", *scale)
        unfinished.rename(folder)
    return {table: folder / f"{table}.csv" for table in TABLES}


def query_folder(cache: Path) -> Path:
    """A folder of `q01.sql` to `q22.sql`; written when it is not in the cache."""
    folder = cache / "queries"
    if not folder.exists():
        unfinished = cache / "queries.unfinished"
        unfinished.mkdir(exist_ok=True)
        printed = _run(_environment(cache) / "bin" / "python", "-c", _PRINT_QUERIES)
        for number, text in json.loads(printed):
            (unfinished / f"q{number:02}.sql").write_text(text, "utf-8")
        unfinished.rename(folder)
    return folder


def _environment(cache: Path) -> Path:
    """The benchmark's own virtual environment."""
    folder = cache / "venv"
    stamp = folder / "installed"
    if not stamp.exists():
        _run(Path(sys.executable), "-m", "venv", str(folder))
        _run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", *PACKAGES)
        stamp.touch()
    return folder


def _run(program: Path, *arguments: str) -> str:
    command: Sequence[str] = [str(program), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
