"""The lines below a plan's node in text: conditions, keys, what was measured."""

from __future__ import annotations

import re
from typing import Any

Keys = dict[str, Any]

_PAIR = re.compile(r"([A-Z][\w/ ]*?): (\S+)(?:  |\Z)")
_BUFFERS = re.compile(r"(shared|local|temp)((?: (?:hit|read|dirtied|written)=\d+)+)")
_TEXTS = frozenset(
    [
        *("Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter"),
        *("TID Cond", "One-Time Filter", "Order By", "Run Condition", "Window", "Cache Mode"),
        *("Cache Key", "Conflict Resolution", "Conflict Filter", "Function Call"),
    ]
)
_LISTS = frozenset({"Sort Key", "Presorted Key", "Group Key", "Conflict Arbiter Indexes"})
_RENAMED = {
    ("Hash", "Buckets"): "Hash Buckets",
    ("Hash", "Batches"): "Hash Batches",
    ("Hash", "Memory Usage"): "Peak Memory Usage",
    ("Aggregate", "Batches"): "HashAgg Batches",
    ("Aggregate", "Memory Usage"): "Peak Memory Usage",
    ("Memoize", "Hits"): "Cache Hits",
    ("Memoize", "Misses"): "Cache Misses",
    ("Memoize", "Evictions"): "Cache Evictions",
    ("Memoize", "Overflows"): "Cache Overflows",
    ("Memoize", "Memory Usage"): "Peak Memory Usage",
}
_FIGURE = re.compile(r"(\d+(?:\.\d+)?)(?:kB)?\Z")
_SORT = re.compile(r"(?P<method>.*?)  (?P<type>Memory|Disk): (?P<space>\d+)kB\Z")


def property_keys(line: str, node_type: str) -> Keys:
    """The keys of one line below a node; empty for what EXPLAIN's JSON has elsewhere."""
    name, found, value = line.partition(": ")
    if not found or name.startswith("Worker "):
        return {}
    if name in _TEXTS:
        return {name: value}
    if name in _LISTS:
        return {name: _split(value)}
    if name == "Buffers":
        return _buffers(value)
    if name == "Sort Method":
        sort = _SORT.match(value)
        if sort is None:
            return {"Sort Method": value}
        used = {"Sort Space Used": int(sort["space"]), "Sort Space Type": sort["type"]}
        return {"Sort Method": sort["method"], **used}
    if name == "Heap Blocks":
        return {f"{kind.title()} Heap Blocks": int(n) for kind, n in _equal_signs(value)}
    return _figures(line, node_type)


def _figures(line: str, node_type: str) -> Keys:
    """ "Buckets: 1024  Batches: 1  Memory Usage: 9kB"."""
    keys: Keys = {}
    for name, value in _PAIR.findall(line):
        figure = _FIGURE.match(value)
        if figure is not None:
            number = float(figure[1])
            keys[_RENAMED.get((node_type, name), name)] = (
                int(number) if number.is_integer() else number
            )
    return keys


def _buffers(value: str) -> Keys:
    return {
        f"{where.title()} {what.title()} Blocks": int(blocks)
        for where, each in _BUFFERS.findall(value)
        for what, blocks in _equal_signs(each)
    }


def _equal_signs(text: str) -> list[tuple[str, str]]:
    return re.findall(r"(\w+)=(\d+)", text)


def _split(text: str) -> list[str]:
    """A list of expressions, apart at the commas that are outside of brackets and quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]
