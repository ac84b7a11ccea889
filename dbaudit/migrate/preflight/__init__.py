"""What speaks against a change, or should be known, before anything is begun."""
