"""Python files of a user's project, read and never run."""

from __future__ import annotations

from pathlib import Path

from dbaudit.errors import UsageError
from dbaudit.migration_files.python_source import Source, read_source
from dbaudit.workload.token_reader import UnreadableError


def read_module(path: Path) -> Source:
    """The file as a syntax tree. Raises UsageError naming the file and what to do."""
    try:
        return read_source(path)
    except UnreadableError as error:
        raise UsageError(f"{path}: {error}; mend it first") from None


def list_folder(folder: Path) -> list[Path]:
    """What is in the folder, by name. Raises UsageError where it cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}") from None
