"""What a training shows while it runs: a line per epoch in a file, a bar in a terminal of any width."""

import builtins
import contextlib
import io
import sys

import pytest

from nn import MLP, fit
from nn.history import Epoch
from nn.progress import Bar, progress_of

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def test_a_file_gets_a_line_per_epoch(capsys, monkeypatch):
    monkeypatch.delattr(builtins, "__IPYTHON__", raising=False)  # left by a shell that another test has made
    fit(MLP(2, [2, 1]), XOR * 5, [0, 1, 1, 0] * 5, epochs=3, batch_size=1, validation=(XOR, [0, 1, 1, 0]))
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert all("validation loss" in line for line in lines)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("columns", [40, 80])
def test_a_bar_fits_the_terminal_with_loss_and_validation_whole(columns, monkeypatch):
    tqdm = pytest.importorskip("tqdm")
    monkeypatch.setattr(tqdm.std.sys, "stderr", terminal := Terminal())
    monkeypatch.setattr(tqdm.std, "_screen_shape_wrapper", lambda: lambda file: (columns, 24))
    monkeypatch.setattr(sys, "stderr", terminal)
    with contextlib.closing(progress_of(100, 1)) as bar:
        assert isinstance(bar, Bar)
        bar.batch()
        bar.epoch(Epoch(100, 0.1, 0.1234, 0.9, 0.2345, 0.95))
    last = terminal.getvalue().split("\r")[-1].strip("\n")
    assert len(last) <= columns
    assert last.startswith("100/100 loss 0.1234, validation 0.2345")
    assert ("accuracy 0.950" in last) == (columns == 80)
