"""Plans that real servers gave, saved as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dbaudit.plans.derive import NodeFigures, derive
from dbaudit.plans.node import Plan, parse_plan

DATA = Path(__file__).parent / "data"
SAVED = sorted(path.stem for path in DATA.glob("*.json"))

LoadPlan = Callable[[str], Plan]
LoadFigures = Callable[[str], list[NodeFigures]]


def load_plan(stem: str) -> Plan:
    saved = json.loads((DATA / f"{stem}.json").read_text("utf-8"))
    return parse_plan(saved["explain"])


@pytest.fixture
def saved_plan() -> LoadPlan:
    """The plan of a file: `saved_plan("cte.pg18")`."""
    return load_plan


@pytest.fixture
def saved_figures() -> LoadFigures:
    """The derived figures of a file, in the order of the nodes."""
    return lambda stem: list(derive(load_plan(stem)))


@pytest.fixture(params=SAVED)
def any_plan(request: pytest.FixtureRequest) -> Plan:
    """Each saved plan in turn."""
    return load_plan(request.param)
