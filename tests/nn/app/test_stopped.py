"""A training that was stopped goes on, by the same command and `--resume`, to the bits that it would have had."""

import os
import random
import signal
import subprocess
import sys

import pytest

from nn.app.command import main

pytest.importorskip("matplotlib")


@pytest.fixture
def data(tmp_path):
    rng = random.Random(0)
    rows = [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(240)]
    path = tmp_path / "data.csv"
    path.write_text("a,b,y\n" + "".join(f"{a},{b},{'yes' if a * b > 0 else 'no'}\n" for a, b in rows), "utf-8")
    return str(path)


def arguments(data, folder, *options):
    return [data, "--target", "y", "--epochs", "6", "-o", str(folder), *options]


def kill(data, folder, after):
    """Start a training in another process and kill it after an epoch."""
    command = [sys.executable, "-m", "nn", *arguments(data, folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        for line in process.stderr:
            if line.startswith(f"epoch {after}/"):
                os.kill(process.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
                break
    assert process.wait() != 0


def test_after_a_kill_it_ends_with_the_same_bits(data, tmp_path, capsys):
    assert main(arguments(data, tmp_path / "whole", "--quiet")) == 0
    folder = tmp_path / "killed"
    kill(data, folder, 3)
    assert {path.name for path in folder.iterdir()} == {"checkpoint.safetensors", "checkpoint.json"}
    assert main(arguments(data, folder, "--quiet", "--lr", "0.5", "--resume")) == 2
    assert "that training had no --lr; say the same again" in capsys.readouterr().err
    assert main(arguments(data, folder, "--quiet", "--resume")) == 0
    assert "going on with the training" in capsys.readouterr().out
    for name in ("model.safetensors", "history.csv"):
        assert (folder / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not list(folder.glob("checkpoint*"))
    assert main(arguments(data, folder, "--quiet", "--resume")) == 2
    assert "no training was stopped here" in capsys.readouterr().err


def test_other_data_are_refused_and_a_new_training_says_what_it_takes_the_place_of(data, tmp_path, capsys):
    folder = tmp_path / "killed"
    kill(data, folder, 2)  # what the first left is written before the second ends
    with open(data, encoding="utf-8") as file:
        content = file.read()
    with open(data, "w", encoding="utf-8") as file:
        file.write(content.replace("yes", "no", 1))
    assert main(arguments(data, folder, "--quiet", "--resume")) == 2
    assert "had other data, or data that has changed" in capsys.readouterr().err
    assert main(arguments(data, folder, "--quiet")) == 0
    assert "is begun anew; --resume would have gone on" in capsys.readouterr().out


def test_after_ctrl_c_there_are_results_and_it_can_go_on(data, tmp_path, capsys, monkeypatch):
    from nn import training

    calls, measured = 0, training._measure

    def measure(*given):
        nonlocal calls
        calls += 1
        if calls == 6:
            raise KeyboardInterrupt
        return measured(*given)

    monkeypatch.setattr(training, "_measure", measure)
    folder = tmp_path / "out"
    assert main(arguments(data, folder, "--quiet")) == 0
    assert "with --resume goes on" in capsys.readouterr().out
    assert (folder / "report.html").exists()
    assert main(arguments(data, folder, "--quiet", "--resume")) == 0
    assert "History(6 epochs, finished" in capsys.readouterr().out
    assert not list(folder.glob("checkpoint*"))
