"""Programs: finished tapes, as data that can be read, checked, changed, saved and compiled."""

from autograd.program.files import load, save
from autograd.program.passes import fold, optimized, prune, share, simplify
from autograd.program.program import Builder, Miss, Program, record, trace
from autograd.program.steps import Index, Instruction, Loop
from autograd.tape.guards import Guard

__all__ = [
    "Builder",
    "Guard",
    "Index",
    "Instruction",
    "Loop",
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
