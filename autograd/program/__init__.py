"""Programs: what a function did, as data that can be read, checked, changed, saved and compiled.

Start at `Program`. The one surprise: the derivative of a program is a program.
"""

from autograd.program.files import load, save
from autograd.program.passes import fold, optimized, prune, share, simplify
from autograd.program.program import Builder, Guard, Instruction, Miss, Program, record, trace

__all__ = [
    "Builder",
    "Guard",
    "Instruction",
    "Miss",
    "Program",
    "fold",
    "load",
    "optimized",
    "prune",
    "record",
    "save",
    "share",
    "simplify",
    "trace",
]
