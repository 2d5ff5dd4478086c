"""After every test of faults: nothing global may stay behind."""

import gc

import pytest

from autograd.graph import contexts as recording


@pytest.fixture(autouse=True)
def _clean_state():
    """Whatever a test does, nothing global may stay behind."""
    yield
    if recording.paused:
        gc.collect()  # a context that an exception's traceback still holds
    active, is_recording = dict(recording.paused), recording.recording()
    recording.paused.clear()
    assert is_recording
    assert not active, "a no_grad is still active"
