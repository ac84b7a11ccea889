"""A cluster that is begun early is there when it is wanted, and gone either way."""

from __future__ import annotations

import pytest

from dbaudit.errors import TargetError
from dbaudit.shadow import warm
from dbaudit.shadow.shadow import Shadow, new_cluster
from dbaudit.shadow.warm import warm_cluster
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import NewDatabase


def test_a_warm_cluster_serves_a_shadow_and_goes_with_it(new_database: NewDatabase) -> None:
    dsn = new_database("create table t (id int);")
    with warm_cluster() as take:
        cluster = take()
        assert (cluster.data / "PG_VERSION").exists()
        with Shadow(PostgresTarget(dsn), [("public", "t")], cluster=cluster) as shadow:
            assert shadow.version.startswith("18.")
        assert not cluster.log.parent.exists()


def test_one_that_nobody_takes_goes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Cluster] = []

    def new() -> Cluster:
        made.append(new_cluster())
        return made[0]

    monkeypatch.setattr(warm, "new_cluster", new)
    with pytest.raises(KeyboardInterrupt), warm_cluster():
        raise KeyboardInterrupt
    assert not made[0].log.parent.exists()


def test_one_that_cannot_be_made_says_why_when_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "new_cluster", lambda: Cluster(initdb=("--no-such-option",)))
    with warm_cluster() as take, pytest.raises(TargetError, match="initdb failed"):
        take()
