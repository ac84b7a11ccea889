"""What a test must keep to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import pytest


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits of one test.

    `max_queries` statements and `max_ms` milliseconds in them, None for any. `n_plus_one` forbids
    loops: a statement sent `limit` times or more where one could have asked for all, or one
    relationship loaded for `lazy_limit` objects from one line; `writes` forbids writing row by row
    too. What `allow` matches (patterns of fnmatch on the place, what is loaded, or the statement)
    is left alone. Five and two are the thresholds of pytest-queryguard: test data have few rows,
    and an ORM that loads one relationship from one line for two objects would for all.
    """

    max_queries: int | None = None
    max_ms: float | None = None
    n_plus_one: bool = True
    limit: int = 5
    lazy_limit: int = 2
    writes: bool = False
    allow: tuple[str, ...] = ()

    def changed(self, limits: Mapping[str, Any]) -> Self:
        """The same with other limits. Raises UsageError for one that there is not."""
        names = [each.name for each in fields(self)]
        unknown = sorted(set(limits) - set(names))
        if unknown:
            raise pytest.UsageError(
                f"dbaudit: no limit is called {', '.join(unknown)}; there are {', '.join(names)}"
            )
        allow = limits.get("allow", self.allow)
        allowed = (allow,) if isinstance(allow, str) else tuple(allow)
        return replace(self, **{**limits, "allow": allowed})


def rules_of(limits: Mapping[str, Any], *, is_wanted: bool) -> Rules:
    """The rules of a test with a marker of these limits, or without any.

    A marker of budgets alone forbids no loops; `is_wanted` says that something else forbids them.
    """
    budgets = {"max_queries", "max_ms"}
    is_for_loops = is_wanted or not limits or bool(set(limits) - budgets)
    return Rules(n_plus_one=is_for_loops).changed(limits)
