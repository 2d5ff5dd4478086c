"""What happens in the background is told to the logger named valuegrad, and nowhere else."""

import logging

import pytest

from autograd import jit, tanh
from autograd.backends import LOG


def test_compiling_and_reading_from_the_disk_are_logged(tmp_path, monkeypatch, caplog, capsys):
    pytest.importorskip("llvmlite")
    monkeypatch.setenv("VALUEGRAD_CACHE", str(tmp_path / "cache"))
    assert LOG.name == "valuegrad"
    with caplog.at_level(logging.DEBUG, "valuegrad"):
        for _ in range(2):
            assert jit(lambda x: tanh(x) * 3.25 + x, backend="llvm")(0.0) == 0.0
    told = [record.getMessage() for record in caplog.records if record.name == "valuegrad"]
    assert any(line.startswith("compiled ") and " bytes of native code" in line for line in told)
    assert any(line.startswith("read ") and line.endswith("from the disk") for line in told)
    streams = capsys.readouterr()
    assert streams.out == streams.err == ""


def test_what_runs_uncompiled_is_logged_beside_the_warning(caplog):
    import random

    f = jit(lambda x: x * random.random())
    with caplog.at_level(logging.INFO, "valuegrad"), pytest.warns(RuntimeWarning, match="from now on"):
        f(1.0)
    (record,) = (record for record in caplog.records if record.name == "valuegrad")
    assert "from now on it runs" in record.getMessage()


def test_the_cache_says_what_it_removes(tmp_path, caplog):
    pytest.importorskip("llvmlite")
    from autograd.backends.llvm.cache import opened

    with caplog.at_level(logging.INFO, "valuegrad"), opened(tmp_path / "cache", make=True) as folder:
        for i in range(3):
            folder.write(f"{i:064x}.bin", b"x" * 1000)
        folder.prune(1500)
    assert f"from the cache in {tmp_path}" in caplog.text
