"""Everything that is checked before a change lands: `python -m tests`; arguments go on to pytest.

Lint, format and types first, because they are quick; then the tests and the doctests, in random order, with every
warning an error: on the pure core under branch coverage, and beside it on the compiled core if there is one. The exit
code is that of the first failure.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CHECKS = {"lint": ["ruff", "check"], "format": ["ruff", "format", "--check"], "types": ["mypy"]}
PURE, COMPILED = "tests of the pure core", "tests of the compiled core"


def environment(pure: bool) -> dict[str, str]:
    """Return the environment in which one core or the other runs."""
    return {**os.environ, "VALUEGRAD_PURE": "1" if pure else ""}


def compiled() -> bool:
    """Return whether there is a compiled core."""
    line = [sys.executable, "-c", "import autograd; print(autograd.core())"]
    return subprocess.run(line, env=environment(False), capture_output=True, check=True).stdout.strip() == b"compiled"


def started(heading: str, command: list[str], pure: bool = False, **options: Any) -> subprocess.Popen[bytes]:
    """Start a command in the repository's root."""
    print(f"== {heading}: {' '.join(command)}", flush=True)
    line, root = [sys.executable, "-m", *command], Path(__file__).parents[1]
    return subprocess.Popen(line, cwd=root, env=environment(pure), **options)


def main(arguments: list[str]) -> int:
    """Run every command and return the first exit code that is not 0."""
    for heading, command in CHECKS.items():
        if code := started(heading, command).wait():
            return code
    with tempfile.TemporaryFile() as said:
        beside = None
        if compiled():
            beside = started(COMPILED, ["pytest", "-q", "tests", *arguments], stdout=said, stderr=subprocess.STDOUT)
        else:
            print(f"== {COMPILED}: skipped, it was not built here or is older than its source (pip install -e .)")
        code = started(PURE, ["pytest", "-q", "--cov", "--cov-report=term", *arguments], pure=True).wait()
        if beside is None:
            return code
        other = beside.wait()
        said.seek(0)
        print(f"== {COMPILED}, which ran beside it:\n{said.read().decode(errors='replace')}", flush=True)
    return code or other


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
