"""Arithmetic on plain floats: IEEE limits, special functions, functions of many numbers, careful partials."""
