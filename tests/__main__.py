"""Everything that is checked before a change lands: `python -m tests`; arguments go on to pytest.

Lint, format and types first, because they are quick; then the tests and the doctests, in random order, with every
warning an error: on the pure core under branch coverage, then on the compiled core if there is one. It ends at the
first failure, with its exit code.
"""

import os
import subprocess
import sys
from pathlib import Path

CHECKS = {"lint": ["ruff", "check"], "format": ["ruff", "format", "--check"], "types": ["mypy"]}
QUIETLY = ["-q", "-n", "logical"]  # a process for each core of the machine


def environment(pure: bool) -> dict[str, str]:
    """Return the environment in which one core or the other runs."""
    return {**os.environ, "VALUEGRAD_PURE": "1" if pure else ""}


def compiled() -> bool:
    """Return whether there is a compiled core."""
    line = [sys.executable, "-c", "import autograd; print(autograd.core())"]
    return subprocess.run(line, env=environment(False), capture_output=True, check=True).stdout.strip() == b"compiled"


def run(heading: str, command: list[str], pure: bool = False) -> int:
    """Run a command in the repository's root and return its exit code."""
    print(f"== {heading}: {' '.join(command)}", flush=True)
    line, root = [sys.executable, "-m", *command], Path(__file__).parents[1]
    return subprocess.run(line, cwd=root, env=environment(pure)).returncode


def main(arguments: list[str]) -> int:
    """Run every command and return the first exit code that is not 0."""
    for heading, command in CHECKS.items():
        if code := run(heading, command):
            return code
    coverage = ["--cov", "--cov-report=term"]
    if code := run("tests of the pure core", ["pytest", *QUIETLY, *coverage, *arguments], pure=True):
        return code
    if not compiled():
        print("== the compiled core is skipped: it was not built here or is older than its source (pip install -e .)")
        return 0
    return run("tests of the compiled core", ["pytest", *QUIETLY, *(arguments or ["tests"])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
