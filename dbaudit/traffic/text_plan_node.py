"""The line of a plan's node in text: what it is, and what it reads."""

from __future__ import annotations

import re
from typing import Any

Keys = dict[str, Any]

_NAME = r'(?:"(?:[^"]|"")*"|[^\s."(]+)'
_TARGET = re.compile(
    rf"(?P<what>.*?)(?: using (?P<index>{_NAME}))? on "
    rf"(?:(?P<schema>{_NAME})\.)?(?P<target>{_NAME})(?: (?P<alias>{_NAME}))?\Z"
)
_JOIN = re.compile(
    r"(?P<kind>Nested Loop|Hash|Merge)"
    r"(?: (?P<type>Left|Right|Full|Semi|Anti|Right Semi|Right Anti))?(?: Join)?\Z"
)
_AGGREGATE = re.compile(r"(?P<mode>Partial |Finalize )?(?P<how>Hash|Group|Mixed)?Aggregate\Z")
_STRATEGIES = {None: "Plain", "Hash": "Hashed", "Group": "Sorted", "Mixed": "Mixed"}
_SET_OPERATION = re.compile(r"(?P<hash>Hash)?SetOp (?P<command>.*)\Z")
_OPERATIONS = frozenset({"Insert", "Update", "Delete", "Merge"})
#: What stands behind "on" where it is no relation; with the key of EXPLAIN's JSON.
_OTHER_TARGETS = {
    "Function Scan": "Function Name",
    "Table Function Scan": "Table Function Name",
    "CTE Scan": "CTE Name",
    "WorkTable Scan": "CTE Name",
    "Named Tuplestore Scan": "Tuplestore Name",
    "Bitmap Index Scan": "Index Name",
}
_ALIAS_ALONE = frozenset({"Values Scan", "Subquery Scan"})


def node_keys(label: str) -> Keys:
    """The keys of a node's line: "Parallel Index Scan using i on public.t x"."""
    keys: Keys = {"Parallel Aware": label.startswith("Parallel ")}
    label = label.removeprefix("Parallel ").removeprefix("Async ")
    match = _TARGET.match(label)
    what = match["what"] if match is not None else label
    if what.endswith(" Backward"):
        what = what.removesuffix(" Backward")
        keys["Scan Direction"] = "Backward"
    keys |= _kind(what)
    if match is not None:
        keys |= _target(match, keys["Node Type"])
    return keys


def _kind(what: str) -> Keys:
    join = _JOIN.match(what)
    if join is not None and (what.endswith("Join") or what == "Nested Loop"):
        kind = join["kind"] + ("" if join["kind"] == "Nested Loop" else " Join")
        return {"Node Type": kind, "Join Type": join["type"] or "Inner"}
    aggregate = _AGGREGATE.match(what)
    if aggregate is not None:
        mode = (aggregate["mode"] or "Simple").strip()
        strategy = _STRATEGIES[aggregate["how"]]
        return {"Node Type": "Aggregate", "Strategy": strategy, "Partial Mode": mode}
    operation = _SET_OPERATION.match(what)
    if operation is not None:
        strategy = "Hashed" if operation["hash"] else "Sorted"
        return {"Node Type": "SetOp", "Strategy": strategy, "Command": operation["command"]}
    if what in _OPERATIONS:
        return {"Node Type": "ModifyTable", "Operation": what}
    return {"Node Type": what}


def _target(match: re.Match[str], node_type: str) -> Keys:
    keys: Keys = {}
    target = _unquoted(match["target"])
    if match["index"]:
        keys["Index Name"] = _unquoted(match["index"])
    if node_type == "Bitmap Index Scan":
        return {"Index Name": target}
    if match["schema"]:
        keys["Schema"] = _unquoted(match["schema"])
    if node_type not in _ALIAS_ALONE:
        keys[_OTHER_TARGETS.get(node_type, "Relation Name")] = target
    keys["Alias"] = _unquoted(match["alias"]) if match["alias"] else target
    return keys


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
