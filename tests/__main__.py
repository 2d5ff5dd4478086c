"""Everything that is checked before a change lands: `python -m tests`; arguments go on to pytest.

Lint, format and types first, because they are quick; then the tests and the doctests, in random order, with every
warning an error, under branch coverage. Stops at the first failure, with its exit code.
"""

import subprocess
import sys
from pathlib import Path

COMMANDS = {
    "lint": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "tests": ["pytest", "-q", "--cov", "--cov-report=term"],
}


def main(arguments: list[str]) -> int:
    """Run every command and return the first exit code that is not 0."""
    for heading, command in COMMANDS.items():
        line = [sys.executable, "-m", *command, *(arguments if heading == "tests" else [])]
        print(f"== {heading}: {' '.join(line[2:])}", flush=True)
        code = subprocess.run(line, cwd=Path(__file__).parents[1], check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
