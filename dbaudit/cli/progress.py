"""Steps drawn as bars on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from dbaudit.audit.steps import Advance


class DrawnSteps:
    """Each step is a bar that goes when the step is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    @contextmanager
    def step(self, name: str, total: int | None) -> Iterator[Advance]:
        """Draw a step; its Advance moves the bar by one and shows the unit's name."""
        task = self._progress.add_task(name, total=total)

        def advance(unit: str) -> None:
            self._progress.update(task, advance=1, description=f"{name} {unit}")

        try:
            yield advance
        finally:
            self._progress.remove_task(task)
