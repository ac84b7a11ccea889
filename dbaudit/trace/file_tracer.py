"""A tracer that writes to a file."""

from __future__ import annotations

import json
import os

from dbaudit.trace.tracer import Tracer
from dbaudit.trace.writer import MAX_FILE_BYTES, FileWriter

#: Names the file for trace.to() without a path.
VARIABLE = "DBAUDIT_TRACE"

_encode = json.JSONEncoder(separators=(",", ":")).encode


def to(
    path: str | os.PathLike[str] | None = None,
    *,
    parameters: bool = False,
    root: str | os.PathLike[str] = ".",
    max_bytes: int = MAX_FILE_BYTES,
) -> Tracer:
    """A tracer that appends to a file; without a path to that of DBAUDIT_TRACE, else it is off.

    `parameters` writes the bound values as they are, not as hashes. Places are told relative to
    `root`, the current folder as a rule. At `max_bytes` no more is written. Values are those of one
    process, so a file may be written by many, also by the children of fork.
    """
    name = path or os.environ.get(VARIABLE)
    if not name:
        return Tracer(None)
    writer = FileWriter(os.fspath(name), max_bytes)
    return Tracer(
        lambda line: writer.put(_encode(line).encode() + b"\n"),
        parameters=parameters,
        root=os.fspath(root),
        writer=writer,
    )
