"""The two streams of a command: the report on stdout, progress and notes on stderr."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn


@dataclass(frozen=True, slots=True)
class Streams:
    """`out` for the report, `err` for everything else; both without colours when asked."""

    out: Console
    err: Console
    is_quiet: bool

    def note(self, text: str) -> None:
        """One line to stderr, unless quiet."""
        if not self.is_quiet:
            self.err.print(text, style="dim", soft_wrap=True)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A progress bar on stderr: only on a terminal, gone when done."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
        )
        hidden = self.is_quiet or not self.err.is_terminal
        with Progress(*columns, console=self.err, transient=True, disable=hidden) as progress:
            yield progress


def streams(*, quiet: bool, no_color: bool) -> Streams:
    """The streams of this process."""
    plain = no_color or bool(os.environ.get("NO_COLOR"))
    return Streams(
        out=Console(no_color=plain, highlight=False, markup=False, emoji=False),
        err=Console(stderr=True, no_color=plain, highlight=False, markup=False, emoji=False),
        is_quiet=quiet,
    )
