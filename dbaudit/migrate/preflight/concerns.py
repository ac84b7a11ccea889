"""What speaks against a change, or should be known before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["refusal", "warning"]


@dataclass(frozen=True, slots=True)
class Concern:
    """One line before the question: with a `refusal` the change is not made.

    `subject` is the name of the index or table, empty where it is about the whole target.
    """

    severity: Severity
    subject: str
    message: str

    def __str__(self) -> str:
        """The subject and the message."""
        return f"{self.subject}: {self.message}" if self.subject else self.message
