"""The thorough profile: `python -m autograd.testing --seconds 60` checks random expressions of the whole table.

It prints the worst case of every primitive, and every disagreement as Python that runs. The exit code is 1 if there was
one. Ctrl-C ends it early, and what was found is printed all the same. The same seed makes the same expressions, however
many are asked for.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from autograd.graph.value import Value
from autograd.primitives.primitive import ROWS
from autograd.testing import check_gradient
from autograd.testing.differences import compare
from autograd.testing.expression import Expression, RandomChoice, build
from autograd.testing.report import Culprit, Report
from autograd.testing.truth import Truth
from autograd.testing.verdicts import of_graph

SAY_EVERY = 60.0  # seconds
SECOND_EVERY = 10  # expressions; second derivatives take longer


class Tally:
    """What was found so far: verdicts, the worst partial of every primitive, and the disagreements."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.second: Counter[str] = Counter()
        self.differences: Counter[str] = Counter()
        self.worst: dict[str, Culprit] = {}
        self.seen: Counter[str] = Counter()
        self.failures: list[tuple[Expression, Report]] = []

    def check(self, expression: Expression, second: bool = False, differences: bool = False) -> None:
        """Check the gradient of one expression and, if asked, its second derivatives; or also by differences."""
        root, leaves = expression.graph()
        if not isinstance(root, Value):
            return
        root.backward()
        truth = Truth(root)
        report = of_graph(truth, leaves, [f"x{i}" for i in range(len(leaves))], [x.grad for x in leaves])
        self.note(expression, report, self.verdicts)
        if differences:
            numbers, paths = list(expression.numbers), [c.path for c in report.comparisons]
            black_box = compare(lambda xs: expression(*xs), numbers, paths, lambda: [x.grad for x in leaves])
            self.note(expression, black_box, self.differences)
        for a in truth.applications:
            self.seen[a.row.name] += 1
            found = a.wrong_partial()
            if found is not None and found.error >= getattr(self.worst.get(a.row.name), "error", 0.0):
                self.worst[a.row.name] = found
        if second:
            self.note(expression, check_gradient(expression, *expression.numbers, order=2), self.second)

    def note(self, expression: Expression, report: Report, verdicts: Counter[str]) -> None:
        """Count a report."""
        verdicts[report.verdict] += 1
        if report.verdict == "fail":
            self.failures.append((expression, report))

    def lines(self) -> list[str]:
        """Return the table of the worst cases, and the sums."""
        found = [f"{'primitive':34}{'checked':>9}{'worst ulp':>11}  where"]
        for name in ROWS:
            worst = self.worst.get(name)
            at = f"{worst.what} at {', '.join(f'{x:.6g}' for x in worst.operands[:4])}" if worst else ""
            found.append(f"{name:34}{self.seen[name]:9}{worst.error if worst else 0.0:11.2f}  {at}")
        for heading, verdicts in (
            ("first derivatives", self.verdicts),
            ("second derivatives", self.second),
            ("first derivatives by finite differences", self.differences),
        ):
            counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
            found.append(f"{heading}: {counts or 'none'}")
        return [*found, f"disagreements: {len(self.failures)}"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check as many expressions, or for as long, as asked; return 1 if the engine was wrong once."""
    parser = argparse.ArgumentParser(prog="python -m autograd.testing", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, help="how long; 10 unless --examples is given")
    parser.add_argument("--examples", type=int, help="how many expressions")
    parser.add_argument("--differences", action="store_true", help="hold gradients against finite differences too")
    parser.add_argument("--seed", type=int, default=0, help="of the first expression; the next has the next")
    given = parser.parse_args(arguments)
    seconds = given.seconds if given.seconds or given.examples else 10.0
    tally, start, count = Tally(), time.monotonic(), 0
    said = start
    with suppress(KeyboardInterrupt):  # what was found until then is printed
        while (given.examples is None or count < given.examples) and not (
            seconds and time.monotonic() - start > seconds
        ):
            found = len(tally.failures)
            tally.check(build(RandomChoice(given.seed + count)), count % SECOND_EVERY == 0, given.differences)
            for expression, report in tally.failures[found:]:
                print(f"seed {given.seed + count}:\n{expression}\n{report}\n", flush=True)
            count += 1
            if time.monotonic() - said > SAY_EVERY:
                said = time.monotonic()
                print(f"{count} expressions, {len(tally.failures)} disagreements", file=sys.stderr, flush=True)
    print("\n".join(tally.lines()))
    print(f"{count} expressions in {time.monotonic() - start:.1f} s")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
