"""How Hypothesis searches: without deadlines, and in CI for the same examples in every run; what no test may leave.

What is green in CI stays green; who runs the tests at home goes on looking for what fails.
"""

import gc
import os

import pytest
from hypothesis import settings

from autograd.graph import contexts

settings.register_profile("tests", deadline=None, derandomize=bool(os.environ.get("CI")))  # a busy machine is no defect
settings.register_profile("quick", settings.get_profile("tests"), max_examples=30)
settings.load_profile("tests")
collect_ignore = ["data", "typing/accepted", "typing/refused"]  # files of older versions; what type checkers read


@pytest.fixture(autouse=True)
def _clean_state():
    """Whatever a test does, nothing global may stay behind."""
    yield
    if contexts.paused:
        gc.collect()  # a context that an exception's traceback still holds
    active, is_recording = dict(contexts.paused), contexts.recording()
    contexts.paused.clear()
    assert is_recording
    assert not active, "a no_grad is still active"
