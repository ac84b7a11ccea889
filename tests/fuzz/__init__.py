"""Every parser fed with random input: `make fuzz SECONDS=60`, or `python -m tests.fuzz [TARGET …]`.

The targets are in `targets.py`, what they begin with in `seeds.py`. That they hold for their seeds
is tested in every run of the tests; looking for more takes atheris (the extra `fuzz`) and time.
"""
