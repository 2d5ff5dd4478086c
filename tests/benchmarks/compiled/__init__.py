"""Benchmarks of compiled programs: `python -m tests.benchmarks.compiled` prints one table, and which goals are met."""
