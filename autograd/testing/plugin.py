"""The plugin for pytest: fixtures, and a line at the end of a run that counts verdicts.

pytest finds the plugin through its entry point. It costs nothing until it is used, because a fixture imports what it
gives.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec

try:
    import pytest
except ImportError as _error:
    from autograd.errors import MissingExtra

    raise MissingExtra("pytest", "test") from _error

if TYPE_CHECKING:
    from autograd.testing import Report

P = ParamSpec("P")
VERDICTS = pytest.StashKey[list[str]]()


@pytest.fixture(name="check_gradient")
def _check_gradient(request: pytest.FixtureRequest) -> "Callable[..., Report]":
    """autograd.testing.check_gradient, with its verdicts counted at the end of the run."""
    from autograd.testing import check_gradient

    return _counted(check_gradient, request.config)


@pytest.fixture(name="assert_gradient")
def _assert_gradient(request: pytest.FixtureRequest) -> "Callable[..., Report]":
    """autograd.testing.assert_gradient, with its verdicts counted at the end of the run."""
    from autograd.testing import assert_gradient

    return _counted(assert_gradient, request.config)


def _counted(check: "Callable[P, Report]", config: pytest.Config) -> "Callable[P, Report]":
    from autograd.testing import GradientError

    verdicts = config.stash.setdefault(VERDICTS, [])

    def counted(*args: P.args, **kwargs: P.kwargs) -> "Report":
        __tracebackhide__ = True
        try:
            report = check(*args, **kwargs)
        except GradientError as error:
            verdicts.append(error.report.verdict)
            raise
        verdicts.append(report.verdict)
        return report

    return counted


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter", config: pytest.Config) -> None:
    """Say how many gradients were checked, and what was found."""
    verdicts = config.stash.get(VERDICTS, [])
    if verdicts:
        counts = ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(sorted(verdicts)))
        terminalreporter.write_line(f"gradients checked: {len(verdicts)} ({counts})")
