"""The pytest plugin: tests that fail where their code asks once for each row."""
