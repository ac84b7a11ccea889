"""Ctrl-C while a statement is at work on the server."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, TypeVar

import psycopg

#: How long the server may take to accept the request to cancel, in seconds; then it asks again:
#: one that comes between two statements is lost.
_CANCEL_SECONDS, _PAUSE_SECONDS = 30.0, 1.0

#: A signal that comes just before a wait, or to another thread, does not end that wait, in seconds.
_LOOK_SECONDS = 0.2

_Result = TypeVar("_Result")


def cancelled_by_interrupt(
    connection: psycopg.Connection[Any], work: Callable[[], _Result]
) -> _Result:
    """What the work gives, which runs a statement on the connection.

    Ctrl-C cancels the statement and waits for its end, however long that takes, so that what it
    began can be cleaned up on the same connection; a second one cuts the connection. psycopg by
    itself closes it when a cancelled statement is still there after five seconds. The work goes on
    in a thread: KeyboardInterrupt comes to the main thread alone, so never between the halves of a
    message.
    """
    outcome: Future[_Result] = Future()

    def run() -> None:
        if outcome.set_running_or_notify_cancel():
            try:
                outcome.set_result(work())
            except BaseException as error:  # noqa: BLE001 (it goes on in the thread that asked)
                outcome.set_exception(error)

    try:
        threading.Thread(target=run, name="dbaudit-statement", daemon=True).start()
        while not outcome.done():
            wait([outcome], _LOOK_SECONDS)
        return outcome.result()
    except KeyboardInterrupt:
        _end(connection, outcome)
        raise


def _end(connection: psycopg.Connection[Any], outcome: Future[Any]) -> None:
    try:
        outcome.cancel()  # where the thread has not begun yet
        while not outcome.done():
            connection.cancel_safe(timeout=_CANCEL_SECONDS)
            wait([outcome], _PAUSE_SECONDS)
    except KeyboardInterrupt:
        _cut(connection)
        wait([outcome])
        raise
    except psycopg.Error:  # no request reaches the server: it will notice that nobody is there
        _cut(connection)
        wait([outcome])


def _cut(connection: psycopg.Connection[Any]) -> None:
    """End the connection from outside of the thread that waits on it, which sees it end."""
    with (
        suppress(OSError, psycopg.OperationalError),  # it has just ended by itself
        socket.socket(fileno=os.dup(connection.fileno())) as end,
    ):
        end.shutdown(socket.SHUT_RDWR)
