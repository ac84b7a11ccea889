"""Requests of web applications as units of work, for any framework that speaks WSGI or ASGI."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbaudit.trace.tracer import Tracer

#: Parts of a path that name one thing among many, or are a secret: numbers, hexadecimal digits, and
#: what is long and has letters and digits. They are not told, and requests group without.
_KEY = re.compile(r"(?<=/)(?:\d+|[0-9a-fA-F-]{16,}|(?=[^/]*\d)(?=[^/]*[A-Za-z])[^/]{16,})(?=/|$)")


def request_name(method: str, path: str) -> str:
    """What a request is called: "GET /books/*"; never its query string."""
    return f"{method} {_KEY.sub('*', path)}"


class WsgiRequests:
    """A WSGI application whose requests are told apart."""

    def __init__(self, tracer: Tracer, application: Callable[..., Iterable[bytes]]) -> None:
        self._tracer = tracer
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request; what is sent while its body is made belongs to it too."""
        name = request_name(
            environ.get("REQUEST_METHOD", "GET"),
            environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""),
        )
        with self._tracer.request(name) as request:
            body = self._application(environ, start_response)
        # What is there already is given as it is, also a file that the server sends itself.
        if isinstance(body, (list, tuple, environ.get("wsgi.file_wrapper") or tuple)):
            return body
        return _Body(self._tracer, request, body)


class _Body:
    """A body that is made piece by piece, each within the request."""

    def __init__(self, tracer: Tracer, request: tuple[str, str], body: Iterable[bytes]) -> None:
        self._tracer = tracer
        self._request = request
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        pieces = iter(self._body)
        while True:
            with self._tracer.resumed(self._request):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    def close(self) -> None:
        """What the server calls in the end."""
        close = getattr(self._body, "close", None)
        if close is not None:
            with self._tracer.resumed(self._request):
                close()


class AsgiRequests:
    """An ASGI application whose HTTP requests are told apart."""

    def __init__(self, tracer: Tracer, application: Callable[..., Awaitable[None]]) -> None:
        self._tracer = tracer
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request; other scopes (lifespan, websocket) go through."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        with self._tracer.request(request_name(scope["method"], scope["path"])):
            await self._application(scope, receive, send)
