"""A plan in the text that EXPLAIN prints, as the document that EXPLAIN (FORMAT JSON) would be.

The text is meant for people and leaves things out: what is not printed is not in the document.
Names and keys are those of ExplainNode() in src/backend/commands/explain.c.
"""

from __future__ import annotations

import re
from typing import Any

from dbaudit.errors import PlanError
from dbaudit.traffic.text_plan_node import node_keys
from dbaudit.traffic.text_plan_property import property_keys

Keys = dict[str, Any]

_NUMBER = r"\d+(?:\.\d+)?"
_NODE = re.compile(
    r"(?P<indent> *)(?P<arrow>->  )?(?P<label>\S.*?)"
    rf"  \(cost=(?P<startup>{_NUMBER})\.\.(?P<total>{_NUMBER}) "
    r"rows=(?P<rows>\d+) width=(?P<width>\d+)\)"
    rf"(?: \((?:actual (?:time=(?P<first>{_NUMBER})\.\.(?P<last>{_NUMBER}) )?"
    rf"rows=(?P<actual>{_NUMBER}) loops=(?P<loops>\d+)|(?P<never>never executed))\))?\Z"
)
_SUBPLAN = re.compile(r" *(?P<name>(?P<kind>InitPlan|SubPlan|CTE) .*)\Z")
_MEMBERS = frozenset({"Append", "Merge Append", "BitmapAnd", "BitmapOr"})
_SETTINGS = re.compile(r"([\w.]+) = '((?:[^']|'')*)'")
_TRIGGER = re.compile(rf"Trigger (.*?):(?: time=({_NUMBER}))? calls=(\d+)\Z")


def text_plan(text: str) -> Keys:
    """The document of a plan in text. Raises PlanError when it begins with no node."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines or _NODE.match(lines[0]) is None:
        raise PlanError("the plan's text does not begin with a node and its cost")
    reader = _Reader()
    for line in lines:
        reader.read(line)
    return reader.document


class _Reader:
    """Reads line by line; the open nodes are those that what follows may belong to."""

    def __init__(self) -> None:
        self.document: Keys = {}
        #: The nodes from the root to the last, each with the column where its label stands.
        self._open: list[tuple[int, Keys]] = []
        self._subplan: tuple[int, str, str] | None = None

    def read(self, line: str) -> None:
        """One line: a node, what heads a subplan, or a property of the last node."""
        node = _NODE.match(line)
        if node is not None and (node["arrow"] or not self._open):
            self._add(node)
            return
        column = len(line) - len(line.lstrip())
        subplan = _SUBPLAN.match(line)
        if subplan is not None and ": " not in line:
            kind = "SubPlan" if subplan["kind"] == "SubPlan" else "InitPlan"
            self._subplan = (column, kind, subplan["name"])
        elif column == 0:
            self._of_whole(line)
        elif self._open:
            self._property(column, line.strip())

    def _add(self, match: re.Match[str]) -> None:
        column = len(match["indent"]) + (len("->  ") if match["arrow"] else 0)
        node = {**node_keys(match["label"]), **_figures(match)}
        while self._open and self._open[-1][0] >= column:
            self._open.pop()
        if not self._open:
            self.document["Plan"] = node
        else:
            parent = self._open[-1][1]
            children = parent.setdefault("Plans", [])
            node.update(self._relationship(column, parent, children))
            children.append(node)
        self._open.append((column, node))

    def _relationship(self, column: int, parent: Keys, children: list[Keys]) -> Keys:
        if self._subplan is not None and column > self._subplan[0]:
            _, kind, name = self._subplan
            self._subplan = None
            return {"Parent Relationship": kind, "Subplan Name": name}
        if parent["Node Type"] in _MEMBERS:
            return {"Parent Relationship": "Member"}
        if parent["Node Type"] == "Subquery Scan":
            return {"Parent Relationship": "Subquery"}
        is_second = any(child["Parent Relationship"] == "Outer" for child in children)
        return {"Parent Relationship": "Inner" if is_second else "Outer"}

    def _property(self, column: int, text: str) -> None:
        """A property of the innermost node that stands further out."""
        node = next((node for at, node in reversed(self._open) if at < column), self._open[0][1])
        node.update(property_keys(text, node["Node Type"]))

    def _of_whole(self, line: str) -> None:
        """What tells of the whole statement stands at the begin of a line."""
        self._open = self._open[:1]
        trigger = _TRIGGER.match(line)
        if line.startswith("Settings: "):
            self.document["Settings"] = dict(_SETTINGS.findall(line))
        elif trigger is not None:
            fired = {"Trigger Name": trigger[1], "Calls": int(trigger[3])}
            if trigger[2]:
                fired["Time"] = float(trigger[2])
            self.document.setdefault("Triggers", []).append(fired)


def _figures(match: re.Match[str]) -> Keys:
    keys: Keys = {
        "Startup Cost": float(match["startup"]),
        "Total Cost": float(match["total"]),
        "Plan Rows": int(match["rows"]),
        "Plan Width": int(match["width"]),
    }
    if match["never"]:
        keys |= {"Actual Rows": 0, "Actual Loops": 0}
    if match["loops"]:
        keys |= {"Actual Rows": float(match["actual"]), "Actual Loops": int(match["loops"])}
    if match["last"]:
        keys["Actual Startup Time"] = float(match["first"])
        keys["Actual Total Time"] = float(match["last"])
    return keys
