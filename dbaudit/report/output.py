"""Where reports go: destinations from the command line, and the one place that writes them.

This module imports neither pandas nor rich: the command line parses its options with it.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dbaudit.errors import ReportError, UsageError


class Format(StrEnum):
    """The formats of this version."""

    TERMINAL = "terminal"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"


#: Named in the command line's contract, and not in this version.
LATER_FORMATS = ("sarif", "github", "gitlab", "prometheus", "html")

_SUFFIXES = {".json": Format.JSON, ".md": Format.MARKDOWN, ".xml": Format.JUNIT}


@dataclass(frozen=True, slots=True)
class Destination:
    """One report to make: its format, and the file to put it in (None is stdout)."""

    format: Format
    path: Path | None = None


def parse_destinations(
    formats: Sequence[str], output: Path | None = None, offered: Collection[Format] = tuple(Format)
) -> tuple[Destination, ...]:
    """The destinations that `--format` (NAME or NAME=FILE, repeated) and `-o FILE` ask for.

    `-o` is the file of the one format that names none; without any format its suffix decides
    (.json, .md, .xml; otherwise terminal). Nothing asked for is the terminal on stdout. Only one
    report can go to stdout. `offered` are the formats of the command. Raises UsageError.
    """
    asked = [_parse_one(text, offered) for text in formats]
    if output is not None:
        asked = _with_output(asked, output, offered)
    destinations = tuple(asked) or (Destination(Format.TERMINAL),)
    _refuse_clashes(destinations)
    return destinations


def check_destinations(destinations: Sequence[Destination]) -> None:
    """Make sure, before the work begins, that each file can be put where it was asked for.

    Raises ReportError for a folder that is missing or not writable and a path that is a folder.
    """
    for destination in destinations:
        if destination.path is not None:
            check_path(destination.path)


def check_path(path: Path) -> None:
    """Raise ReportError where no file can be written at this path."""
    folder = path.resolve().parent
    if path.is_dir():
        raise ReportError(f"{path}: is a folder; name a file in it")
    if not folder.is_dir():
        raise ReportError(f"{path}: the folder {folder} does not exist; create it first")
    if not os.access(folder if not _is_device(path) else path, os.W_OK):
        raise ReportError(f"{path}: the folder {folder} is not writable; name another file")


def deliver(destination: Destination, text: str) -> None:
    """Write one rendered report to its file, or to stdout. Raises ReportError."""
    if destination.path is not None:
        write_file(destination.path, text)
    else:
        encoding = sys.stdout.encoding if destination.format is Format.TERMINAL else None
        write_stdout(text, encoding or "utf-8")


def write_file(path: Path, text: str) -> None:
    """Put the text (UTF-8) into the file, whole or not at all.

    A temporary file in the same folder is renamed over the old one once it is on disk, so that a
    full disk leaves the old file as it was. A link is followed; a device or pipe is written
    directly. Raises ReportError.
    """
    data = text.encode("utf-8", errors="backslashreplace")
    try:
        if _is_device(path):
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        kept = "" if _is_device(path) or not path.exists() else "; the old file was left as it was"
        raise ReportError(f"{path}: cannot be written: {error.strerror}{kept}") from error


def write_stdout(text: str, encoding: str = "utf-8") -> None:
    """Write the text to stdout, in UTF-8 unless told otherwise. Raises ReportError.

    A reader that has gone (`| head`) has read what it wanted: that is no error.
    """
    data = text.encode(encoding, errors="backslashreplace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _discard_stdout()
    except OSError as error:
        _discard_stdout()
        raise ReportError(f"stdout: cannot be written: {error.strerror}") from error


def _parse_one(text: str, offered: Collection[Format]) -> Destination:
    name, equals, file = text.partition("=")
    if name in LATER_FORMATS:
        raise UsageError(
            f"--format {name}: not in this version of dbaudit; known are {', '.join(offered)}"
        )
    if name not in offered:
        raise UsageError(f"--format {name!r}: unknown; known are {', '.join(offered)}")
    if equals and not file:
        raise UsageError(f"--format {text}: names no file; write {name}=FILE, or {name} for stdout")
    return Destination(Format(name), Path(file) if file and file != "-" else None)


def _with_output(
    asked: Sequence[Destination], output: Path, offered: Collection[Format]
) -> list[Destination]:
    path = None if str(output) == "-" else output
    if not asked:
        by_suffix = _SUFFIXES.get(output.suffix.lower(), Format.TERMINAL)
        return [Destination(by_suffix if by_suffix in offered else Format.TERMINAL, path)]
    without_file = [destination for destination in asked if destination.path is None]
    if len(without_file) != 1:
        raise UsageError(
            f"-o {output}: {len(without_file)} formats have no file of their own; "
            "-o goes with exactly one, the others are written --format NAME=FILE"
        )
    return [Destination(d.format, path) if d.path is None else d for d in asked]


def _refuse_clashes(destinations: Sequence[Destination]) -> None:
    seen: dict[Path | None, Format] = {}
    for destination in destinations:
        place = destination.path.resolve() if destination.path else None
        if place in seen:
            both = f"--format {seen[place]} and --format {destination.format}"
            where = f"the file {destination.path}" if place else "stdout"
            raise UsageError(f"{both} cannot both go to {where}; give one another: NAME=FILE")
        seen[place] = destination.format


def _is_device(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False  # it is not there, or writing it will say why it cannot be reached


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".dbaudit-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _discard_stdout() -> None:
    """Send what is still buffered nowhere, or the interpreter fails on it again at exit.

    See "Note on SIGPIPE" in the documentation of Python's signal module.
    """
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
