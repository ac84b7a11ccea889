"""An index built or dropped concurrently, with bounded waits and nothing left behind."""
