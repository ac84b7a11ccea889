"""Typical values of a column, as ANALYZE found them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_LIST_LENGTH = 3
#: Characters of a value that make a pattern: few match much, more match less.
_COMMON_FRAGMENT = 3
_RARE_FRAGMENT = 8


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """A column's `most_common_vals` and `histogram_bounds`, from pg_stats.

    The values are their text form; the most common comes first, the bounds are in order.
    """

    most_common_vals: tuple[str, ...] = ()
    histogram_bounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that is common and one that is rare; they may be the same."""

    common: str
    rare: str

    def folded(self, fold: str | None) -> Choice:
        """Both in lower or upper case."""
        if fold is None:
            return self
        change = str.lower if fold == "lower" else str.upper
        return Choice(change(self.common), change(self.rare))


def choose_equal(values: ColumnValues, rank: int = 0) -> Choice | None:
    """For =: the most common value, and one of the histogram's, which are not among the common.

    `rank` tells the parameters of one list apart, so that each gets another value.
    """
    common, rare = values.most_common_vals, values.histogram_bounds
    if not common and not rare:
        return None
    usual = common[rank % len(common)] if common else _middle(rare, rank)
    return Choice(usual, _middle(rare, rank) if rare else common[-1 - rank % len(common)])


def choose_range(values: ColumnValues, *, is_lower: bool, is_paired: bool) -> Choice | None:
    """For < and >: a bound that most rows satisfy, and one that few do.

    Where the range has both ends, the rare one lies between two neighbours in the histogram.
    """
    bounds = values.histogram_bounds
    if len(bounds) < 2:
        return choose_equal(values)
    last = len(bounds) - 1
    tenth = last // 10
    common = bounds[tenth] if is_lower else bounds[last - tenth]
    if is_paired:
        return Choice(common, bounds[last // 2] if is_lower else bounds[last // 2 + 1])
    return Choice(common, bounds[last - 1] if is_lower else bounds[1])


def choose_array(values: ColumnValues) -> Choice | None:
    """For = ANY: an array of a few common values, and one of a single rare value."""
    known = [*values.most_common_vals, *values.histogram_bounds]
    choice = choose_equal(values)
    if choice is None:
        return None
    return Choice(_array(known[:_LIST_LENGTH]), _array([choice.rare]))


def choose_prefix(choice: Choice) -> Choice:
    """For ^@ and starts_with(): the beginning of a value; a short one matches more rows."""
    return Choice(choice.common[:_COMMON_FRAGMENT], choice.rare[:_RARE_FRAGMENT])


def choose_fragment(choice: Choice, wildcard: str) -> Choice:
    """For LIKE: the beginning of a value between wildcards."""
    prefix = choose_prefix(choice)
    texts = [wildcard + _like_text(text) + wildcard for text in (prefix.common, prefix.rare)]
    return Choice(*texts)


def _middle(bounds: Sequence[str], rank: int) -> str:
    return bounds[(len(bounds) // 2 + rank) % len(bounds)]


def _like_text(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return text


def _array(values: Sequence[str]) -> str:
    """An array literal (documentation, "Array Value Input"): every member quoted."""
    members = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{member}"' for member in members) + "}"
