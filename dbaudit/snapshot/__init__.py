"""The audit's own small database: what was collected from a target, as fixed tables."""
