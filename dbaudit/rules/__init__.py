"""Rules: one SQL file each over the snapshot, with a TOML header that says what it is."""
