"""Write statements as query files, and never over one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dbaudit.cli.console import Streams
from dbaudit.errors import ReportError
from dbaudit.query import Query
from dbaudit.report.output import check_path, write_file
from dbaudit.report.wording import counted
from dbaudit.workload.fingerprint import fingerprint
from dbaudit.workload.query_file import load_queries
from dbaudit.workload.query_text import query_text


def registered_fingerprints(folder: Path) -> frozenset[str]:
    """The statements that the folder's query files hold. Raises QueryFileError for a broken one."""
    if not folder.is_dir():
        return frozenset()
    return frozenset(fingerprint(query.sql) for query in load_queries([folder], Path.cwd()))


def make_folder(folder: Path) -> None:
    """Make the folder where it is not there. Raises ReportError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"--register {folder}: {error.strerror}; name another folder") from None
    check_path(folder / "query.sql")


def write_queries(queries: Sequence[Query], folder: Path, said: Streams) -> None:
    """One file a query, told on stderr; a file that is there is left as it is.

    Raises ReportError.
    """
    written = 0
    for query in queries:
        path = folder / f"{query.name}.sql"
        if path.exists():
            said.note(f"{path}: is there already, left as it is")
            continue
        write_file(path, query_text(query))
        path.chmod(0o600)
        written += 1
    said.note(f"{counted(written, 'query file')} written to {folder}")
