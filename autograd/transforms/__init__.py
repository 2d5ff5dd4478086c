"""Functions in, functions out: derivatives of any order, sparse ones, implicit ones, and custom rules."""
