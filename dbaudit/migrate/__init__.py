"""From advice to a changed database and back: render, preflight, apply, verify, undo."""
