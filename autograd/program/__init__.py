"""Programs: finished tapes, as data that can be read, checked, changed, saved and compiled."""

from autograd.program.files import load, save
from autograd.program.passes import fold, optimized, prune, share, simplify
from autograd.program.program import Builder, Instruction, Miss, Program, record, trace
from autograd.tape.guards import Guard

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
