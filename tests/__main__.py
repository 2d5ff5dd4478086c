"""What is checked before a change lands: `python -m tests`, in minutes; arguments go on to pytest.

Lint, format and types first, because they are quick; then every test and doctest once, in random order, with every
warning an error, on the compiled core if there is one. `python -m tests --rest` runs what takes long, `--long` (the
tests that are marked so, and those of Hypothesis with its whole budget) and `--pure` (all tests but these long ones on
the pure core). `--coverage` is that under branch coverage, which takes twice as long. It ends at the first failure,
with its exit code.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
STUBBED = [str(path.with_suffix(".py").relative_to(ROOT)) for path in sorted(ROOT.glob("autograd/**/*.pyi"))]
CHECKS = {
    "lint": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "types of what has stubs": ["mypy", "--cache-dir=.mypy_cache/stubbed", *STUBBED],
}
TESTS = ["pytest", "-q", "-n", "logical"]  # a process for each core of the machine
QUICK = ["-m", "not slow and not long", "--hypothesis-profile=quick"]
LONG = ["-m", "(long or hypothesis) and not slow"]
COVERAGE = ["--cov", "--cov-report=term"]


def environment(pure: bool) -> dict[str, str]:
    """Return the environment in which one core or the other runs."""
    return {**os.environ, "VALUEGRAD_PURE": "1" if pure else ""}


def core() -> str:
    """Return which core runs where nobody asks for the pure one."""
    line = [sys.executable, "-c", "import autograd; print(autograd.core())"]
    return subprocess.run(line, env=environment(False), capture_output=True, check=True, text=True).stdout.strip()


def run(heading: str, command: list[str], pure: bool = False) -> int:
    """Run a command in the repository's root and return its exit code."""
    print(f"== {heading}: {' '.join(command)}", flush=True)
    line = [sys.executable, "-m", *command]
    return subprocess.run(line, cwd=ROOT, env=environment(pure)).returncode


def main(arguments: list[str]) -> int:
    """Run every command and return the first exit code that is not 0."""
    if arguments[:1] in (["--rest"], ["--long"], ["--pure"], ["--coverage"]):
        part, *arguments = arguments
        code = part in ("--rest", "--long") and run(f"long tests of the {core()} core", [*TESTS, *LONG, *arguments])
        if part == "--long" or code:
            return int(code)
        measured = COVERAGE if part == "--coverage" else []
        return run("tests of the pure core", [*TESTS, *QUICK, *measured, *arguments], pure=True)
    for heading, command in CHECKS.items():
        if code := run(heading, command):
            return code
    return run(f"tests of the {core()} core", [*TESTS, *QUICK, *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
