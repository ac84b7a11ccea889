"""dbaudit: audit the performance of a PostgreSQL database.

    target ──> snapshot ──> rules ──> findings ──> report
      │           │                      ▲
    workload ──> plans ──────────────────┘
                  │
                shadow ──> advice ──> migration ──> apply, verify, roll back

Imports run downwards only: cli > audit > report, migrate, advise > shadow, rules, plans >
snapshot, workload > targets > config > errors, identifiers, index_definition.
"""

__version__ = "0.1.0"
