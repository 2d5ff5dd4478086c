"""What audits add to calls of small compiled functions: over 10,000 of them, in turn."""

from ..calls import audits
from .contest import Contest


def calls(contest: Contest) -> None:
    """Print microseconds a call, with audits and without, and the ratio."""
    print()
    contest.goal("audits: time of a call with them to one without", audits(contest.rounds), "<=", 1.05)
