"""What the shadow asks of a sample of the target."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from dbaudit.index_definition import IndexDefinition
from dbaudit.targets.expression_sample import Expression, ExpressionSample
from dbaudit.targets.sampled import IndexSample


class Sampler(Protocol):
    """Reads some rows of the target's tables."""

    def sample(self, indexes: Collection[IndexDefinition]) -> Mapping[IndexDefinition, IndexSample]:
        """What they say of each index; those lack that cannot be sampled."""

    def expressions(
        self, indexes: Collection[IndexDefinition]
    ) -> Mapping[Expression, ExpressionSample]:
        """What ANALYZE would know of their expressions, as far as they can be sampled."""
