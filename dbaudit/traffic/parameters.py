"""Bound values as the server logs them: `$1 = '17', $2 = NULL`."""

from __future__ import annotations

import re

from dbaudit.traffic.log_words import words
from dbaudit.traffic.tally import InputTally

#: As BuildParamLogString() in src/backend/nodes/params.c writes them: quotes doubled.
_PARAMETER = re.compile(r"\$\d+ = (?:(NULL)|'([^']*(?:''[^']*)*)')")

CUT = "parameters that end in '...': log_parameter_max_length may have cut them"


def logged_parameters(detail: str, tally: InputTally) -> tuple[str | None, ...] | None:
    """The values in a DETAIL or CONTEXT in order; None where it holds none.

    A value that the server cut (log_parameter_max_length) ends in "..." like one that really does:
    it is kept as it is, and noted.
    """
    if detail.startswith(("Parameters: $1", "parameters: $1")):
        if detail[-1] == "'" and not ("''" in detail or "NULL" in detail or "...'" in detail):
            return tuple(detail.split("'")[1::2])  # most are so plain: this is faster
        start = 12
    else:
        head = words().parameters.search(detail)
        if head is None:
            return None
        start = head.end()
    found = _PARAMETER.findall(detail, start)
    if "...'" in detail and any(value.endswith("...") for _, value in found):
        tally.note(CUT)
    if "''" in detail:
        return tuple(None if null else value.replace("''", "'") for null, value in found)
    return tuple(None if null else value for null, value in found)
