"""Where a statement came from, by the comment that a framework put on it.

sqlcommenter (https://google.github.io/sqlcommenter/spec/): `/*route='%2Fpolls',job='x'*/`, values
URL-encoded in single quotes. marginalia and Rails' query log tags, whose legacy form it is
(https://api.rubyonrails.org/classes/ActiveRecord/QueryLogs.html): `/*controller:a,action:b*/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

_QUOTED = re.compile(r"([\w.%-]+)='((?:[^'\\]|\\.)*)'")
_PLAIN = re.compile(r"(?:\A|,)\s*([A-Za-z_][\w.-]*)[:=]([^,]*)")
#: trace-id of a W3C traceparent: version-trace-parent-flags (https://www.w3.org/TR/trace-context/).
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_TRACEPARENT = "traceparent='"
_REQUESTS = ("request_id", "requestid", "request", "correlation_id", "trace_id", "job_id", "jid")
_PLACE = re.compile(r"\A(.+?\.\w+):(\d+)")
#: Rails' :line tag and sqlcommenter's code.filepath; files given apart have a line beside them.
_PLACES = ("line", "source_location", "caller", "location", "place")
_FILES = (("code.filepath", "code.lineno"), ("file", "line"), ("code_filepath", "code_lineno"))
#: Tags that differ from execution to execution: they are no property of a statement.
_UNIQUE = frozenset((*_REQUESTS, "traceparent", "tracestate", "pid", "span_id", "cached"))


class Tags(NamedTuple):
    """What a comment tells.

    `origin` are its tags without those of one execution: route, controller, action, job, framework
    and whatever else was set. `request` tells one request or job apart from others; `place` is the
    application's own line, `file:line`.
    """

    origin: Mapping[str, str]
    request: str | None = None
    place: str | None = None

    @property
    def route(self) -> str | None:
        """The route, the controller with its action, or the job; None when none is told."""
        told = self.origin
        controller = told.get("controller") or told.get("namespaced_controller")
        action = told.get("action")
        if controller and action:
            return f"{controller}#{action}"
        return told.get("route") or told.get("job") or told.get("db_driver_route") or controller


NO_TAGS = Tags({})


def read_tags(comment: str) -> Tags:
    """The tags of a comment, given with its `/*` and `*/` or without; NO_TAGS where it has none."""
    at = comment.find(_TRACEPARENT)
    if at < 0:
        return _read(comment)
    begin = at + len(_TRACEPARENT)
    end = comment.find("'", begin)
    trace = _TRACE.match(comment, begin)
    told = _read(comment[:at] + comment[end + 1 :])  # without it many comments are the same
    if trace is None or told.request is not None:
        return told
    return told._replace(request=trace[1])


@lru_cache(maxsize=4096)
def _read(comment: str) -> Tags:
    told = _told(comment.removeprefix("/*").removesuffix("*/").strip())
    if not told:
        return NO_TAGS
    request = next((told[name] for name in _REQUESTS if told.get(name)), None)
    place, of_place = _place(told)
    origin = {key: value for key, value in told.items() if key not in _UNIQUE | of_place}
    return Tags(origin, request, place)


def merged(one: Tags, other: Tags) -> Tags:
    """The tags of two comments on one statement; the second wins."""
    if not other.origin and other.request is None and other.place is None:
        return one
    return Tags(
        {**one.origin, **other.origin}, other.request or one.request, other.place or one.place
    )


def _told(comment: str) -> dict[str, str]:
    quoted = _QUOTED.findall(comment)
    if quoted:
        return {unquote(key).lower(): unquote(value.replace("\\'", "'")) for key, value in quoted}
    if not _PLAIN.match(comment):
        return {}
    return {key.lower(): value.strip() for key, value in _PLAIN.findall(comment)}


def _place(told: Mapping[str, str]) -> tuple[str | None, frozenset[str]]:
    """The place and the tags that tell it."""
    for file, line in _FILES:
        if told.get(file) and told.get(line, "").isdigit():
            return f"{told[file]}:{told[line]}", frozenset((file, line))
    for name in _PLACES:
        match = _PLACE.match(told.get(name, ""))
        if match is not None:
            return f"{match[1]}:{match[2]}", frozenset((name,))
    return None, frozenset()
