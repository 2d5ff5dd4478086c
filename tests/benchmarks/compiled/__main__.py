"""Compiled programs against their peers, in turn: `python -m tests.benchmarks.compiled [--quick] [TASK ...]`.

Start at `TASKS`. Each contender's results are checked before anything is timed; what is shown is the median over the
rounds, with its ratio to ours, and at the end which goals are met. Peers are installed from the package registry into
environments of their own; what cannot run here is named, with the reason. All run on one core unless it says threads.
"""

import sys

import numpy as np

import autograd

from ..__main__ import asked
from .adbench import ba, gmm
from .arrays import black_scholes, moons, samples
from .branches import trap
from .calls import calls
from .contest import Contest, alone, single_thread
from .programs import compile_times, gpt
from .sparse import sparse

TASKS = {
    "moons": moons,
    "samples": samples,
    "black_scholes": black_scholes,
    "gmm": gmm,
    "ba": ba,
    "gpt": gpt,
    "compile": compile_times,
    "sparse": sparse,
    "trap": trap,
    "calls": calls,
}


def main() -> int:
    quick = "tasks of a tenth of the size, three rounds"
    options = asked("python -m tests.benchmarks.compiled", __doc__, TASKS, 9, quick)
    print(f"valuegrad, {autograd.core()} core, Python {sys.version.split()[0]}, NumPy {np.__version__}")
    single_thread()
    contest = Contest(3 if options.quick else options.rounds, options.quick)
    try:
        for task in options.tasks:
            TASKS[task](contest)
        contest.judge()
    finally:
        contest.close()
    return 0


if __name__ == "__main__":
    alone()
    sys.exit(main())
