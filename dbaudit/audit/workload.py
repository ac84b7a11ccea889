"""The workload as the audit knows it: its tables' uses and its plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dbaudit.audit.explained import Explained
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.table_use import QueryUses


@dataclass(frozen=True, slots=True)
class Workload:
    """How each query uses its tables, by the query's name, and how each variant was planned."""

    catalog: Catalog
    uses: Mapping[str, QueryUses]
    explained: tuple[Explained, ...]
