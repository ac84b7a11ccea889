"""A screen for demos that nobody watches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from dbaudit.audit.steps import SilentSteps, Steps
from dbaudit.migrate.events import OnEvent


class SilentScreen:
    """Shows nothing of how far a demo has come."""

    def loading(self) -> AbstractContextManager[Callable[[str, int, int], None]]:
        return nullcontext(lambda _label, _done, _total: None)

    def steps(self) -> AbstractContextManager[Steps]:
        return nullcontext(SilentSteps())

    def applying(self) -> AbstractContextManager[OnEvent]:
        return nullcontext(lambda _event: None)
