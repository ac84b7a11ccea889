"""What was done, written down before and after: on the target, or in a local file."""
