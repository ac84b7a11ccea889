"""The shadow's empty cluster, made while there is other work to do: initdb takes a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from dbaudit.shadow.shadow import new_cluster
from dbaudit.targets.cluster import Cluster

#: Waits until the cluster is made and gives it. Raises TargetError when it cannot be made.
TakeCluster = Callable[[], Cluster]


@contextmanager
def warm_cluster() -> Iterator[TakeCluster]:
    """Begin to make a cluster; afterwards it is gone, whether it was taken or not.

    Only initdb runs in the background. The server starts in the thread that takes the cluster: it
    dies with the thread that started it.
    """
    cluster = new_cluster()
    try:
        with ThreadPoolExecutor(1) as pool:
            making = pool.submit(cluster.create)

            def take() -> Cluster:
                making.result()
                return cluster

            yield take
    finally:
        cluster.remove()
