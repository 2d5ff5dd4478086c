"""A training that may be stopped, by a kill or by Ctrl-C, and be gone on with by the same command and `--resume`.

While it runs, and until its results are written, two files stand in the folder of results: what `fit` writes after
every epoch, and the options and data that it belongs to.
"""

import argparse
import hashlib
import json
from array import array
from pathlib import Path
from typing import Any

from nn.app.data import Data
from nn.app.reading import DataError

NO_MATTER = ("output", "quiet", "resume", "list", "predict", "evaluate", "cv")  # options that change no training


class Stopped:
    """The two files of a training in a folder."""

    def __init__(self, folder: Path) -> None:
        self.checkpoint: Path = folder / "checkpoint.safetensors"
        self.belongs: Path = folder / "checkpoint.json"

    def begin(self, options: argparse.Namespace, data: Data) -> str | None:
        """Get the folder ready; return what to say, if anything.

        With `--resume`, raise DataError unless a training of the same options and data was stopped here.
        """
        now = _belongs(options, data)
        if options.resume:
            if not self.checkpoint.exists():
                raise DataError(f"{self.checkpoint.parent}: no training was stopped here; leave --resume out")
            self._compare(json.loads(self.belongs.read_text(encoding="utf-8")), now)
            return "going on with the training that was stopped"
        lost = self.checkpoint.exists()
        self.end()
        self.belongs.parent.mkdir(parents=True, exist_ok=True)
        self.belongs.write_text(json.dumps(now), encoding="utf-8")
        return "a training that was stopped here is begun anew; --resume would have gone on with it" if lost else None

    def _compare(self, then: dict[str, Any], now: dict[str, Any]) -> None:
        """Raise DataError that names the first difference."""
        differing = [name for name in now if then.get(name) != now[name]]
        if not differing:
            return
        if differing[0] == "data":
            what = "other data, or data that has changed"
        else:
            given = then.get(differing[0])
            option = f"--{differing[0].replace('_', '-')}"
            what = f"no {option}" if given in (None, False, []) else option if given is True else f"{option} {given}"
        raise DataError(f"{self.checkpoint}: that training had {what}; say the same again, or leave --resume out")

    def end(self) -> None:
        """Remove both files, and the folder if nothing else is in it."""
        for path in (self.checkpoint, self.belongs):
            path.unlink(missing_ok=True)
        if self.belongs.parent.is_dir() and not any(self.belongs.parent.iterdir()):
            self.belongs.parent.rmdir()


def _belongs(options: argparse.Namespace, data: Data) -> dict[str, Any]:
    """Return the options that matter, and a digest of the data."""
    told = {name: x if x is None or isinstance(x, (bool, int, float, list)) else str(x) for name, x in _given(options)}
    digest = hashlib.sha256(array("d", [x for row in data.X for x in row]))
    digest.update(array("d", data.y))
    return told | {"data": digest.hexdigest()}


def _given(options: argparse.Namespace) -> list[tuple[str, Any]]:
    return [(name, x) for name, x in sorted(vars(options).items()) if name not in NO_MATTER]
