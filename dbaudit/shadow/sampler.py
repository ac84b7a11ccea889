"""What the shadow asks of a sample of the target."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from dbaudit.index_definition import IndexDefinition
from dbaudit.targets.sampled import IndexSample


class Sampler(Protocol):
    """Reads some rows of the target's tables."""

    def sample(self, indexes: Collection[IndexDefinition]) -> Mapping[IndexDefinition, IndexSample]:
        """What they say of each index; those lack that cannot be sampled."""
