"""The cache of compiled code: whose it is, what it holds, how large it gets."""

import os
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("llvmlite")
from autograd import cache as command
from autograd.backends.llvm import cache, machine

from ...tools import cache_attacks
from ...tools.common import in_threads

unix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no owners and modes here")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder that is the cache, and is not there yet; what this process knows of caches is forgotten."""
    path = tmp_path / "cache"
    monkeypatch.setenv("VALUEGRAD_CACHE", str(path))
    monkeypatch.delenv("VALUEGRAD_CACHE_SIZE", raising=False)
    monkeypatch.setattr(cache, "_refused", set())
    monkeypatch.setattr(cache, "_sizes", {})
    return path


def code(folder):
    return sorted(folder.glob("*.bin"))


@unix
@pytest.mark.parametrize("name", cache_attacks.ATTACKS)
def test_attacks_and_damage_run_no_foreign_code(name, tmp_path):
    assert cache_attacks.outcome(name, tmp_path / "cache")[0] == cache_attacks.ATTACKS[name][1]


@unix
def test_a_file_that_changes_all_the_time_is_read_as_it_was_written_or_refused(folder):
    cache.store("mine", b"good" * 5000)
    (path,) = code(folder)
    good, evil = path.read_bytes(), folder.with_name("evil")
    evil.write_bytes(good[:32] + b"evil" * 5000)
    evil.chmod(0o666)
    stop = threading.Event()

    def attack():
        others = folder.with_name("link"), folder.with_name("copy"), folder.with_name("good")
        while not stop.is_set():
            others[0].symlink_to(evil)
            others[1].write_bytes(evil.read_bytes())
            others[1].chmod(0o666)
            others[2].write_bytes(good)
            for one in others:
                one.replace(path)

    thread = threading.Thread(target=attack)
    thread.start()
    found = {"good": 0, "refused": 0}
    try:
        for _ in range(3000):
            try:
                with cache.opened(folder) as opened:
                    data = opened.read(path.name)
            except cache.Refused:
                found["refused"] += 1
            else:
                assert data in (None, b"good" * 5000)
                found["good"] += 1
    finally:
        stop.set()
        thread.join()
    assert all(found.values())


def test_what_was_used_last_stays(folder, monkeypatch):
    monkeypatch.setenv("VALUEGRAD_CACHE_SIZE", "1K")
    for i in range(9):
        cache.store(f"program {i}", bytes(200))
        for age, path in enumerate(code(folder)):
            os.utime(path, (time.time() - 1000 + age, path.stat().st_mtime - 1))
        assert cache.load(["program 0"]) == bytes(200), i  # used each time, and so never the oldest
        assert sum(path.stat().st_size for path in code(folder)) <= 1024
    assert cache.load(["program 8"]) == bytes(200)
    assert cache.load(["program 1"]) is None
    cache.store("too much", bytes(2000))
    assert cache.load(["too much"]) is None
    assert cache.load(["program 8", "program 0"]) == bytes(200)


SIZES = {"": 512 << 20, "0": 0, "1000": 1000, "3k": 3 << 10, "2 GB": None}


@pytest.mark.parametrize("text", SIZES)
def test_the_size_is_given_in_bytes(folder, monkeypatch, text):
    monkeypatch.setenv("VALUEGRAD_CACHE_SIZE", text)
    if SIZES[text] is None:
        with pytest.warns(RuntimeWarning, match="VALUEGRAD_CACHE_SIZE is '2 GB'; use a number of bytes"):
            cache.store("program", b"code")
        cache.store("program", b"code")
        assert not code(folder)
    else:
        assert cache.most() == SIZES[text]
        cache.store("program", b"code")
        assert cache.load(["program"]) == (b"code" if SIZES[text] else None)


def test_only_files_of_ours_are_ever_removed(folder, monkeypatch):
    monkeypatch.setenv("VALUEGRAD_CACHE_SIZE", "200")
    cache.store("a", bytes(50))
    (path,) = code(folder)
    parts = [folder / f"{path.name}.{i:016x}.part" for i in range(2)]
    others = [folder / name for name in ("model.bin", "notes.part", "key")]
    for one in (*parts, *others):
        one.write_bytes(bytes(500))
    long_ago = time.time() - 2 * cache.STALE
    for one in (*parts[:1], *others):
        os.utime(one, (long_ago, long_ago))
    cache._sizes.clear()
    cache.store("b", bytes(100))  # for which "a" has to go
    assert sorted(folder.iterdir()) == sorted([*code(folder)[:1], parts[1], *others, folder / cache.KEY])
    assert cache.load(["b"]) == bytes(100)
    assert command.main(["clear"]) == 0
    assert sorted(folder.iterdir()) == sorted(others)


def test_a_write_that_fails_leaves_what_was_there(folder, monkeypatch):
    cache.store("program", b"first")
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda *given, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cache.store("program", b"second")
    monkeypatch.setattr(os, "replace", real)
    assert cache.load(["program"]) == b"first"
    assert not list(folder.glob("*.part"))


@unix
def test_what_is_made_is_the_users_alone(folder):
    before = os.umask(0)
    try:
        cache.store("program", b"code")
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes == {0o700, 0o600}


def test_threads_read_whole_what_others_write(folder):
    def work(i):
        for _ in range(30):
            cache.store("program", b"code" * 1000)
            assert cache.load(["program"]) in (b"code" * 1000, None)

    in_threads(4, work)
    assert cache.load(["program"]) == b"code" * 1000


def test_a_tilde_is_the_home_directory(tmp_path, monkeypatch, folder):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VALUEGRAD_CACHE", "~/kept")
    cache.store("program", b"code")
    assert code(tmp_path / "kept")
    monkeypatch.delenv("VALUEGRAD_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache.place() == tmp_path / ".cache" / "valuegrad"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.place() == tmp_path / "xdg" / "valuegrad"


@pytest.mark.parametrize("home", [None, "", "/", "/no such folder"])
def test_without_a_home_nothing_is_kept_and_one_warning_says_so(monkeypatch, folder, home):
    for name in ("VALUEGRAD_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    if home is None:
        monkeypatch.setattr(Path, "home", no_home)
    else:
        monkeypatch.setenv("HOME", home)
    with pytest.warns(RuntimeWarning, match="ame a folder in VALUEGRAD_CACHE"):
        cache.store("program", b"code")
    assert cache.load(["program"]) is None  # a second warning would be an error
    assert not Path("/no such folder").exists()


def no_home():
    raise RuntimeError("Could not determine home directory.")


def test_the_key_names_processor_compiler_and_sources(tmp_path, monkeypatch, folder):
    import llvmlite
    import llvmlite.binding as llvm

    text = machine.host()[2]
    for part in (llvmlite.__version__, str(llvm.llvm_version_info), llvm.get_host_cpu_name()):
        assert part in text
    assert llvm.get_host_cpu_features().flatten() in text
    for room in machine.ROOMS:
        (tmp_path / room / "deeper").mkdir(parents=True)
        (tmp_path / room / "deeper" / "module.py").write_text("x = 1\n")
    monkeypatch.setattr(machine, "__file__", str(tmp_path / "backends" / "llvm" / "machine.py"))
    version = machine._version.__wrapped__
    first, again = version(), version()
    assert first == again
    assert len(code(folder)) == 1  # the answer is kept
    source = tmp_path / "program" / "deeper" / "module.py"
    was = source.stat()
    source.write_text("x = 2\n")
    os.utime(source, ns=(was.st_atime_ns, was.st_mtime_ns))  # as long and as old as before
    assert version() != first
    source.write_text("x = 1\n")
    assert version() == first
    (tmp_path / "floats" / "new.py").write_text("")
    monkeypatch.setenv("VALUEGRAD_CACHE", "")
    assert version() == first  # an empty file changes nothing


def test_the_command_shows_and_clears(folder, capsys, monkeypatch):
    assert command.main([]) == 0
    assert "nothing yet; at most 512.0 MiB" in capsys.readouterr().out
    cache.store("program", bytes(5000))
    assert command.main(["show"]) == 0
    assert "2 files, 4.9 KiB of at most 512.0 MiB; the oldest was used 20" in capsys.readouterr().out
    assert command.main(["clear"]) == 0
    assert "2 files, 4.9 KiB, removed" in capsys.readouterr().out
    assert not list(folder.iterdir())
    monkeypatch.setenv("VALUEGRAD_CACHE", "")
    assert command.main([]) == 0
    assert "no compiled code is kept" in capsys.readouterr().out


@unix
def test_the_command_says_why_a_folder_is_not_used(folder, capsys):
    folder.mkdir(mode=0o700)
    folder.chmod(0o777)
    assert command.main(["clear"]) == 1
    assert f"not used: {folder} belongs to user {os.geteuid()} and has mode 0777" in capsys.readouterr().err
