"""The commented sample configuration is valid, and shows every key that there is."""

from __future__ import annotations

import re
from pathlib import Path

from dbaudit.config import Config, load_config
from dbaudit.share import shared_folder

SAMPLE = shared_folder("examples") / "dbaudit.toml"


def test_the_sample_is_valid() -> None:
    config = load_config(SAMPLE, SAMPLE.parent, {"DBAUDIT_PRODUCTION_DSN": "service=production"})
    assert set(config.targets) == {"production", "local"}


def test_every_commented_key_is_known_and_a_default_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "dbaudit.toml"
    path.write_text(re.sub(r"(?m)^# ([a-z_]+ = )", r"\1", SAMPLE.read_text("utf-8")), "utf-8")
    environment = {"DBAUDIT_PRODUCTION_DSN": "service=p", "DBAUDIT_REPLICA_DSN": "service=r"}
    config = load_config(path, tmp_path, environment)
    assert config.replicas["production"][1] == "service=r"
    default = Config(folder=tmp_path)
    for name in (
        "queries",
        "timeout_seconds",
        "fail_on",
        "max_columns",
        "planner",
        "sample",
        "min_gain",
    ):
        assert getattr(config, name) == getattr(default, name)
    for name in ("baseline", "only", "ignore", "rule_folders", "budget_bytes"):
        assert getattr(config, name) not in (None, ()), name
