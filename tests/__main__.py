"""Everything that is checked before a change lands: `python -m tests`; arguments go on to pytest.

Lint, format and types first, because they are quick; then the tests and the doctests, in random order, with every
warning an error: on the pure core under branch coverage, and on the compiled core if there is one. Stops at the first
failure, with its exit code.
"""

import os
import subprocess
import sys
from pathlib import Path

COMMANDS = {
    "lint": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "tests of the pure core": ["pytest", "-q", "--cov", "--cov-report=term"],
    "tests of the compiled core": ["pytest", "-q", "tests"],
}


def environment(pure: bool) -> dict[str, str]:
    """Return the environment in which one core or the other runs."""
    return {**os.environ, "VALUEGRAD_PURE": "1" if pure else ""}


def compiled() -> bool:
    """Return whether there is a compiled core."""
    line = [sys.executable, "-c", "import autograd; print(autograd.core())"]
    return subprocess.run(line, env=environment(False), capture_output=True, check=True).stdout.strip() == b"compiled"


def main(arguments: list[str]) -> int:
    """Run every command and return the first exit code that is not 0."""
    for heading, command in COMMANDS.items():
        if "compiled" in heading and not compiled():
            print(f"== {heading}: skipped, it was not built here or is older than its source (pip install -e .)")
            continue
        line = [sys.executable, "-m", *command, *(arguments if "tests" in heading else [])]
        print(f"== {heading}: {' '.join(line[2:])}", flush=True)
        settings = environment("pure" in heading)
        code = subprocess.run(line, cwd=Path(__file__).parents[1], env=settings, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
