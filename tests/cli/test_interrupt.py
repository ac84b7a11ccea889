"""Ctrl-C ends a command with status 130, whatever a library makes of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from dbaudit import cli


@pytest.fixture(autouse=True)
def signals_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(cli, "_interrupts", [])
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupted() -> None:
    """Press Ctrl-C in the midst of it; the handler raises."""
    os.kill(os.getpid(), signal.SIGINT)


def as_another_error() -> None:
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise RuntimeError("Query interrupted") from None


def with_the_best_so_far() -> None:
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        print("the best so far")


@pytest.mark.parametrize("command", [interrupted, as_another_error, with_the_best_so_far])
def test_ctrl_c(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: Callable[[], None],
) -> None:
    monkeypatch.setattr(cli, "app", lambda _arguments, **_options: command())
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 130
    assert capsys.readouterr().err == "dbaudit: interrupted\n"
