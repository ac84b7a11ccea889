"""A condition as the forms of `time_forms` and `condition_forms` look at it."""

from __future__ import annotations

from dataclasses import dataclass

from dbaudit.advise.catalog import ColumnFacts

#: A column's name in an expression, as a regular expression.
NAME = r'(?:[a-z_][\w$]*|"(?:[^"]|"")+")'

#: A literal or parameter whose type is left to the server, as a regular expression.
UNTYPED = r"'(?:[^'\\]|'')*'|\$\d+"


@dataclass(frozen=True, slots=True)
class Asked:
    """`expression operator value` on one column; `column` is how it is to be written.

    `value` is "" where there is none (IS FALSE).
    """

    column: str
    facts: ColumnFacts
    expression: str
    operator: str
    value: str
