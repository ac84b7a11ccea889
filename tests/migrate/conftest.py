"""Options for tests of migrations."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbaudit.migrate.options import ApplyOptions


@pytest.fixture
def options(tmp_path: Path) -> ApplyOptions:
    """Limits short enough for tests."""
    return ApplyOptions(state_dir=tmp_path, lock_timeout_ms=500, wait_ms=500, attempts=2)
