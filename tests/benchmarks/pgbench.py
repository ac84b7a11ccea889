"""Writers beside whatever else is done: pgbench with scripts of its own, its log read."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from dbaudit.targets.cluster import Cluster

_MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True)
class Transaction:
    """One line of pgbench's log: when it ended (seconds since 1970), and how long it took."""

    ended: float
    seconds: float

    def touches(self, begin: float, end: float) -> bool:
        """Whether any of it lies between the two times."""
        return self.ended >= begin and self.ended - self.seconds <= end


@dataclass(frozen=True, slots=True)
class Load:
    """What the writers saw: transactions a second, the 99th percentile and the worst, in ms."""

    rate: float
    p99_ms: float
    worst_ms: float


def during(transactions: Sequence[Transaction], begin: float, end: float) -> Load:
    """What the writers saw between two times.

    A transaction counts to the rate where it ended meanwhile. Its wait counts where any of it lies
    in that time: one that a lock held up for all of it ends a moment later.
    """
    ended = sum(begin <= one.ended <= end for one in transactions)
    waits = sorted(one.seconds * 1000 for one in transactions if one.touches(begin, end))
    return Load(ended / (end - begin), waits[ceil(0.99 * len(waits)) - 1], waits[-1])


@dataclass(frozen=True, slots=True)
class Writers:
    """How many clients run which scripts (each with its weight) for how long.

    `rate` are transactions a second in all, None for as many as there can be. With a rate a
    transaction's time counts from when it was due, so that none hides behind another that waits.
    """

    scripts: Mapping[str, int]
    variables: Mapping[str, int]
    clients: int
    seconds: int
    rate: int | None = None

    def beside(
        self, cluster: Cluster, database: str, work: Callable[[], None], *, after: float
    ) -> tuple[list[Transaction], float, float]:
        """Run the writers, and the work beside them when they have run for `after` seconds.

        Their transactions, and when the work began and ended (seconds since 1970). Raises
        RuntimeError when the writers fail, or end before the work does.
        """
        with tempfile.TemporaryDirectory() as folder:
            with self._running(cluster, database, Path(folder)) as process:
                time.sleep(after)
                begin = time.time()
                work()
                end = time.time()
                if process.poll() is not None:
                    raise RuntimeError("the work took longer than the writers; give more seconds")
                _, complaint = process.communicate()
                if process.returncode:
                    raise RuntimeError(complaint.decode())
            return list(_transactions(Path(folder))), begin, end

    @contextmanager
    def _running(
        self, cluster: Cluster, database: str, folder: Path
    ) -> Iterator[subprocess.Popen[bytes]]:
        arguments: list[str] = []
        for number, (script, weight) in enumerate(self.scripts.items()):
            file = folder / f"{number}.sql"
            file.write_text(script)
            arguments += ["--file", f"{file}@{weight}"]
        for name, value in self.variables.items():
            arguments += ["--define", f"{name}={value}"]
        arguments += [f"--client={self.clients}", f"--jobs={min(self.clients, 2)}"]
        arguments += [f"--time={self.seconds}", "--no-vacuum", "--protocol=prepared", "--log"]
        arguments += [] if self.rate is None else [f"--rate={self.rate}"]
        arguments += [f"--log-prefix={folder / 'log'}", cluster.dsn(database)]
        process = subprocess.Popen(
            [cluster.bin_dir / "pgbench", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={k: v for k, v in os.environ.items() if not k.startswith("PG")},
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            if process.stderr:
                process.stderr.close()


def _transactions(folder: Path) -> Iterator[Transaction]:
    """`client transaction latency_us script epoch_s epoch_us` each, as pgbench's manual says."""
    for file in folder.glob("log*"):
        for line in file.read_text().splitlines():
            _, _, latency, _, whole, part, *_ = line.split()
            ended = int(whole) + int(part) / _MICROSECONDS
            yield Transaction(ended, int(latency) / _MICROSECONDS)
