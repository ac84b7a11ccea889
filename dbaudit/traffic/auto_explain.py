"""Plans that auto_explain wrote to the log.

https://www.postgresql.org/docs/18/auto-explain.html; explain_ExecutorEnd() in
contrib/auto_explain/auto_explain.c.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from dbaudit.errors import PlanError
from dbaudit.traffic.parameters import logged_parameters
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.text_plan import text_plan

_TEXT_HEAD = "Query Text: "
#: The root of a plan in text: a node's name, then its cost.
_TEXT_ROOT = re.compile(r"^\S.*?  \(cost=\d", re.MULTILINE)
_TEXT_PARAMETERS = "\nQuery Parameters: "
_XML_TEXT = re.compile(r"<Query-Text>(.*?)</Query-Text>", re.DOTALL)
_YAML_TEXT = re.compile(r'^Query Text: (".*")$', re.MULTILINE)

OTHER_FORM = "plans in XML or YAML: not read; set auto_explain.log_format to json or text"


class LoggedPlan(NamedTuple):
    """What a message of auto_explain holds: the query, its values and the plan as written."""

    text: str
    parameters: tuple[str | None, ...] | None
    document: str


def logged_plan(document: str, tally: InputTally) -> LoggedPlan | None:
    """Read what stands behind "plan:" in any of auto_explain.log_format; None when it is none."""
    document = document.strip()
    if document.startswith("{"):
        return _json(document, tally)
    found = _yaml(document) or _xml(document)
    if found is not None:
        tally.note(OTHER_FORM)
        return found
    return _text(document, tally) if document.startswith(_TEXT_HEAD) else None


def plan_document(document: str) -> object:
    """What `dbaudit.plans.node.parse_plan` reads, of a document of `Execution.plan`.

    Raises PlanError when it is neither in JSON nor in text, or is none.
    """
    if document.startswith(("<", "Query Text: ")):
        raise PlanError(OTHER_FORM)
    if not document.startswith("{"):
        return text_plan(document)
    try:
        return json.loads(document)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"the logged plan is no JSON: {error}") from None


def _json(document: str, tally: InputTally) -> LoggedPlan | None:
    try:
        decoded = json.loads(document)
    except (ValueError, RecursionError):
        return None
    text = decoded.get("Query Text")
    if not isinstance(text, str):
        return None
    values = decoded.get("Query Parameters")
    parameters = logged_parameters(f"Parameters: {values}", tally) if values else None
    return LoggedPlan(text, parameters, document)


def _text(document: str, tally: InputTally) -> LoggedPlan | None:
    root = _TEXT_ROOT.search(document, len(_TEXT_HEAD))
    if root is None:
        return None
    text, _, values = (
        document[len(_TEXT_HEAD) : root.start()].rstrip("\n").partition(_TEXT_PARAMETERS)
    )
    parameters = logged_parameters(f"Parameters: {values}", tally) if values else None
    return LoggedPlan(text, parameters, document[root.start() :])


def _yaml(document: str) -> LoggedPlan | None:
    match = _YAML_TEXT.match(document)
    if match is None or "\nPlan:" not in document:
        return None
    try:
        text = json.loads(match[1])  # escape_yaml() writes strings as JSON does
    except ValueError:
        return None
    return LoggedPlan(text, None, document)


def _xml(document: str) -> LoggedPlan | None:
    match = _XML_TEXT.search(document) if document.startswith("<") else None
    if match is None:
        return None
    text = match[1]
    for written, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x0d;", "\r")):
        text = text.replace(written, character)
    return LoggedPlan(text.replace("&amp;", "&"), None, document)
