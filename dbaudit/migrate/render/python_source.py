"""Python files of a user's project, read and never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from dbaudit.errors import UsageError


def read_module(path: Path) -> ast.Module:
    """The file as a syntax tree. Raises UsageError naming the file and line."""
    try:
        return ast.parse(path.read_bytes(), str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        raise UsageError(
            f"{path}:{error.lineno or 1}: is not valid Python: {error.msg}; mend it first"
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{path}: is not valid Python: {error}; mend it first") from None


def list_folder(folder: Path) -> list[Path]:
    """What is in the folder, by name. Raises UsageError where it cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}") from None


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """The names that the statements bind to a value, with and without an annotation."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and statement.value is not None:
                yield target.id, statement.value


def value_of(node: ast.expr, path: Path, what: str) -> object:
    """The value of a plain literal. Raises UsageError where it would have to be computed."""
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise UsageError(
            f"{path}:{node.lineno}: {what} is no plain literal, and dbaudit does not run your code"
        ) from None
    return value
