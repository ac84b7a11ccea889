"""`python -m tests.fuzz [--seconds N] [TARGET …]`: each target for so long; breaks are kept."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tests.fuzz.seeds import SEEDS

#: What was found on the way, and inputs that break a target, by target.
FOUND = Path(".fuzz")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", metavar="TARGET", nargs="*", help=", ".join(SEEDS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    asked = parser.parse_args()
    broken = [name for name in asked.targets or SEEDS if not _holds(name, asked.seconds)]
    for name in broken:
        print(f"{name} broke: see {FOUND / name}/break-*, and give it to its target in a test")
    return bool(broken)


def _holds(name: str, seconds: int) -> bool:
    corpus = FOUND / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    print(f"== {name}", flush=True)
    limits = ["-max_len=8192", "-timeout=30", "-rss_limit_mb=3000", f"-max_total_time={seconds}"]
    kept = [f"-artifact_prefix={FOUND / name}/break-", "-print_final_stats=1"]
    command = [sys.executable, "-m", "tests.fuzz.one", name, str(corpus), *limits, *kept]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
