"""What a person may decide about an `apply`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dbaudit.targets.replica import Replica


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How to apply a plan.

    `state_dir` is the folder for the ledger when the target's role may not create one there.
    `min_gain` is the least factor (time before over time after) that an index must bring to some
    query; `max_loss` the greatest factor by which another query may become slower. Times in ms.
    `proof_ms` bounds the measuring, before and after in all: when it runs out, statements run
    fewer times, and no longer than a second each.
    `verify` off keeps all that was built. `allow_writes` executes data-modifying statements too,
    rolled back. A wait for others' transactions ends after `wait_ms` each; one open for longer
    than `long_transaction_ms` counts as long. `attempts` bounds the tries of a build or drop.
    `maintenance_work_mem_bytes` and `parallel_workers` (for max_parallel_maintenance_workers) hold
    for each build; None leaves the server's own. With `trial_seconds` an index is watched for so
    long, on the target and its `replicas`, before it is dropped.
    """

    state_dir: Path
    verify: bool = True
    min_gain: float = 1.1
    max_loss: float = 1.5
    allow_writes: bool = False
    statement_timeout_ms: int = 30_000
    proof_ms: int = 300_000
    lock_timeout_ms: int = 10_000
    wait_ms: int = 60_000
    long_transaction_ms: int = 10_000
    attempts: int = 3
    maintenance_work_mem_bytes: int | None = None
    parallel_workers: int | None = None
    trial_seconds: float | None = None
    replicas: tuple[Replica, ...] = ()


def state_dir(environment: Mapping[str, str], home: Path) -> Path:
    """The user's state folder for dbaudit (XDG Base Directory Specification 0.8)."""
    named = environment.get("XDG_STATE_HOME", "")
    base = Path(named) if Path(named).is_absolute() else home / ".local" / "state"
    return base / "dbaudit"
