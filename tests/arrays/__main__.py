"""`python -m tests.arrays`: the table of NumPy's functions; see table.py."""

from .table import main

main()
