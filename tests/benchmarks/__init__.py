"""Benchmarks: `python -m tests.benchmarks` prints one table. Nothing here is asserted, and nothing runs by default."""
