"""The example systems, ready to be loaded into a database."""
