"""`python -m tests.benchmarks [NAME …]`: run the benchmarks and print what they measured."""

from __future__ import annotations

import sys

from tests.benchmarks import advise_scaling, catalog, fidelity, index_sizes, trace_cost, what_if

BENCHMARKS = {
    "catalog": catalog.main,
    "what_if": what_if.main,
    "fidelity": fidelity.main,
    "index_sizes": index_sizes.main,
    "advise_scaling": advise_scaling.main,
    "trace_cost": trace_cost.main,
}


def main() -> None:
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"== {name}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
