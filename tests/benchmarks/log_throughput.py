"""How fast logs are read, with N+1 detection on, against pgbadger on the same files in one run.

    python -m tests.benchmarks.log_throughput [--megabytes 60] [--rounds 3] [--gigabytes 5]
        [--one-core]

A throwaway server logs pgbench's traffic in stderr form, csvlog and jsonlog; that is repeated to
the size asked for. MB per CPU second is the size of the file by the user and system time of the
whole process, children included: the median of the rounds, in which both take turns. pgbadger is
a Debian package (apt-get install pgbadger); without it its column is left out. `--gigabytes` feeds
the log again and again, for the peak memory. `--one-core` keeps both readers on one core, of which
pgbadger uses no more anyway: two processes slow each other on many machines.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

from dbaudit.targets.cluster import THROWAWAY, Cluster

PREFIX = "%m [%p] %q%u@%d "
PGBENCH = Path("/usr/lib/postgresql/15/bin/pgbench")
MODES = ("simple", "extended", "prepared")
PGBADGER_FORM = {
    ".log": ("-f", "stderr", "-p", PREFIX),
    ".csv": ("-f", "csv"),
    ".json": ("-f", "jsonlog"),
}
DBAUDIT = (sys.executable, "-m", "dbaudit", "workload", "--format", "json")


@dataclass(frozen=True)
class Measured:
    """What one process took: seconds of CPU and of the clock, and its peak memory in MB."""

    cpu_seconds: float
    seconds: float
    peak_mb: float


def measure(command: Sequence[str], stdin: int | None = None) -> Measured:
    """Run a command to its end; its children count too."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(cpu, time.monotonic() - began, usage.ru_maxrss / 1024)


@contextmanager
def logs(folder: Path, transactions: int) -> Iterator[list[Path]]:
    """The logs of a server that pgbench was run on, in stderr form, csvlog and jsonlog."""
    settings = {
        **THROWAWAY,
        "logging_collector": "on",
        "log_destination": "stderr,csvlog,jsonlog",
        "log_directory": "log",
        "log_filename": "pg.log",
        "log_rotation_size": "0",
        "log_min_duration_statement": "0",
        "log_line_prefix": PREFIX,
    }
    with Cluster(settings=settings) as cluster:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([PGBENCH, "-i", "-q", cluster.dsn()], check=True, **quiet)  # type: ignore[call-overload]
        for mode in MODES:
            run = [PGBENCH, "-n", "-M", mode, "-c", "4", "-t", str(transactions), cluster.dsn()]
            subprocess.run(run, check=True, **quiet)  # type: ignore[call-overload]
        time.sleep(2)
        names = [f"pg{ending}" for ending in PGBADGER_FORM]
        for name in names:
            shutil.copy(cluster.data / "log" / name, folder / name)
    yield [folder / name for name in names]


def repeated(log: Path, megabytes: int) -> Path:
    """The log again and again, until it has the size."""
    content = log.read_bytes()
    with (log.parent / f"long-{log.name}").open("wb") as file:
        while file.tell() < megabytes * 2**20:
            file.write(content)
    return log.parent / f"long-{log.name}"


def fed(log: Path, gigabytes: float) -> Measured:
    """dbaudit on standard input that holds the log so often."""
    times = max(1, int(gigabytes * 2**30 / log.stat().st_size))
    feeder = subprocess.Popen(["cat", *[str(log)] * times], stdout=subprocess.PIPE)
    assert feeder.stdout is not None
    with feeder.stdout:
        return measure([*DBAUDIT, "-"], feeder.stdout.fileno())


def _row(name: str, log: Path, rounds: Sequence[Measured]) -> str:
    megabytes = log.stat().st_size / 2**20
    found = Measured(*(median(values) for values in zip(*map(astuple, rounds), strict=True)))
    return (
        f"| {name} | {log.suffix[1:]} | {megabytes:.0f} | {found.cpu_seconds:.1f} | "
        f"{megabytes / found.cpu_seconds:.1f} | {found.seconds:.1f} | {found.peak_mb:.0f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=60)
    parser.add_argument("--transactions", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--gigabytes", type=float, default=0.0)
    parser.add_argument("--one-core", action="store_true")
    asked = parser.parse_args()
    pgbadger = shutil.which("pgbadger")
    with tempfile.TemporaryDirectory() as folder, logs(Path(folder), asked.transactions) as made:
        if asked.one_core:
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        print(f"load {os.getloadavg()[0]:.1f}, {len(os.sched_getaffinity(0))} cores")
        print("| reader | form | MB | CPU s | MB per CPU s | s | peak MB |")
        print("|---|---|---:|---:|---:|---:|---:|")
        for log in (repeated(each, asked.megabytes) for each in made):
            commands = {"dbaudit": [*DBAUDIT, str(log)]}
            if pgbadger is not None:
                out = ["-q", "-o", f"{folder}/out.html", str(log)]
                commands["pgbadger"] = [pgbadger, *PGBADGER_FORM[log.suffix], *out]
            rounds = [
                {name: measure(command) for name, command in commands.items()}
                for _ in range(asked.rounds)
            ]
            for name in commands:
                print(_row(name, log, [found[name] for found in rounds]), flush=True)
        if asked.gigabytes:
            found = fed(made[0], asked.gigabytes)
            print(
                f"{asked.gigabytes:.0f} GB by standard input: peak {found.peak_mb:.0f} MB, "
                f"{asked.gigabytes * 1024 / found.cpu_seconds:.1f} MB per CPU s"
            )


if __name__ == "__main__":
    main()
