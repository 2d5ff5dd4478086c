"""Attacks on the cache of compiled code, and what becomes of each: `python -m tests.tools.cache_attacks`.

The cache holds the code of two functions. The attacker's best weapon is the code of the wrong one, with a digest that
is right for the file in which it is put; it must not run unless it lies in a file that only the user can have written.
"""

import hashlib
import os
import re
import tempfile
import warnings
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest import mock

import numpy as np

from autograd import sin, vmap
from autograd.backends.llvm import cache, kernel, machine

STRANGER = 12345  # a user that nobody is
XS = np.array([0.5, 1.0])
OUTCOMES = {"made again": (True, False), "taken": (False, False), "off": (True, True)}  # (compiled, warned)


def wanted(x):
    return sin(x) * x + 2.0


def evil(x):
    return 666.0 * x


def run(f):
    """Return (whether f has its own results when compiled, how often code was made, what was warned of)."""
    made = []
    with warnings.catch_warnings(record=True) as told, mock.patch.object(kernel, "source", _noted(made)):
        warnings.simplefilter("always")
        found = [vmap(f, backend="llvm")(XS) for _ in range(2)]  # of two programs, each is looked for on the disk
    right = all(np.allclose(ys, [float(f(x)) for x in XS], rtol=1e-14, atol=0.0) for ys in found)
    return right, len(made), [str(one.message) for one in told]


def _noted(made):
    real = kernel.source
    return lambda *given: made.append(given) or real(*given)


@contextmanager
def kept(folder):
    """Yield the file of the wanted function's code in a cache that is filled; forget what this process knows of it."""
    with mock.patch.dict(os.environ, {"VALUEGRAD_CACHE": str(folder)}):
        cache._refused.clear()
        cache._sizes.clear()
        machine._version()
        run(evil)
        before = set(folder.glob("*.bin"))
        run(wanted)
        (file,) = set(folder.glob("*.bin")) - before
        try:
            yield file
        finally:
            cache._refused.clear()
            cache._sizes.clear()
            machine._version.cache_clear()


def evil_data(file):
    """Return the other function's code, with the digest that is right for this file."""
    with cache.opened(file.parent) as folder:
        sizes = {one.name: one.size for one in folder.entries() if one.name.endswith(".bin") and one.name != file.name}
        (name,) = [name for name, size in sizes.items() if size > 1000]
        data = folder.read(name)
        return folder.digest(file.name, data) + data


def put_evil(file, mode=0o600, owner=None):
    file.write_bytes(evil_data(file))
    file.chmod(mode)
    if owner is not None:
        os.chown(file, owner, -1)


def folder_mode(mode):
    def attack(file):
        put_evil(file)
        file.parent.chmod(mode)

    return attack


def folder_owner(file):
    put_evil(file)
    os.chown(file.parent, STRANGER, -1)


def folder_link(file):
    put_evil(file)
    elsewhere = file.parent.with_name("elsewhere")
    file.parent.rename(elsewhere)
    file.parent.symlink_to(elsewhere)


def folder_strange_link(file):
    folder_link(file)
    os.chown(file.parent.resolve(), STRANGER, -1)


def folder_file(file):
    for one in file.parent.iterdir():
        one.unlink()
    file.parent.rmdir()
    file.parent.write_text("no folder")


def link(file):
    put_evil(file)
    file.rename(file.parent.with_name("target"))
    file.symlink_to(file.parent.with_name("target"))


def hard_link(file):
    put_evil(file)
    os.link(file, file.parent.with_name("other name"))


def pipe(file):
    file.unlink()
    os.mkfifo(file)


def folder_in_its_place(file):
    file.unlink()
    file.mkdir()


def content(change):
    def attack(file):
        data = file.read_bytes()
        file.write_bytes(change(data))

    return attack


def bit(data):
    return data[:-200] + bytes([data[-200] ^ 1]) + data[-199:]


def old_digest(data):
    return hashlib.sha256(data[32:]).hexdigest().encode() + data[32:]


def another_name(file):
    others = [one for one in file.parent.glob("*.bin") if one != file]
    max(others, key=lambda one: one.stat().st_size).replace(file)


def key(data):
    def attack(file):
        (file.parent / cache.KEY).write_bytes(data)

    return attack


def key_lost(file):
    (file.parent / cache.KEY).unlink()


def key_mode(file):
    (file.parent / cache.KEY).chmod(0o666)


def key_link(file):
    path = file.parent / cache.KEY
    path.rename(file.parent.with_name("key"))
    path.symlink_to(file.parent.with_name("key"))


@contextmanager
def swapped(what):
    """Put something evil in the place of what was just checked, as who is quick enough would."""
    real = cache.private

    def private(status, path):
        real(status, path)
        what(path)

    with mock.patch.object(cache, "private", private):
        yield


def swap_file(file):
    data = evil_data(file)

    def what(path):
        if path == file:
            path.unlink()
            path.write_bytes(data)
            path.chmod(0o666)

    return swapped(what)


def swap_folder(file):
    data, home = evil_data(file), file.parent

    def what(path):
        if path == home and not home.with_name("moved").exists():
            secret = (home / cache.KEY).read_bytes()
            home.rename(home.with_name("moved"))
            home.mkdir()
            file.write_bytes(data)
            (home / cache.KEY).write_bytes(secret)
            home.chmod(0o777)

    return swapped(what)


def other_processor(file):
    width, wide, text = machine.host()
    return mock.patch.object(machine, "host", return_value=(width, wide, text + " of another kind"))


def other_sources(file):
    return mock.patch.object(machine, "_version", return_value="another")


def full_disk(file):
    file.unlink()
    return mock.patch.object(os, "fsync", side_effect=OSError(28, "No space left on device"))


ROOT = hasattr(os, "geteuid") and os.geteuid() == 0  # who may give files to others
ATTACKS = {  # what is done, and what has to become of it
    "nothing": (lambda file: None, "taken"),
    **{f"owner: {what}": (attack, "off") for what, attack in {
        "the folder is a stranger's": folder_owner,
        "the file is a stranger's": lambda file: put_evil(file, owner=STRANGER),
        "a link to a stranger's folder": folder_strange_link,
    }.items() if ROOT},
    **{f"mode: the folder has {mode:04o}": (folder_mode(mode), "off") for mode in (0o720, 0o770, 0o702, 0o777, 0o1777)},
    **{f"mode: the file has {mode:04o}": (lambda file, mode=mode: put_evil(file, mode), "off")
       for mode in (0o620, 0o602, 0o666)},
    "mode: the key has 0666": (key_mode, "off"),
    "link: the folder is one": (folder_link, "off"),
    "link: the file is one": (link, "off"),
    "link: the file has two names": (hard_link, "off"),
    "link: the key is one": (key_link, "off"),
    "kind: a file in place of the folder": (folder_file, "off"),
    "kind: a pipe in place of the file": (pipe, "off"),
    "kind: a folder in place of the file": (folder_in_its_place, "off"),
    "race: the file is another one once checked": (swap_file, "off"),
    "race: the folder is another one once checked": (swap_folder, "off"),
    "garbage: nothing": (content(lambda data: b""), "made again"),
    "garbage: text": (content(lambda data: b"nonsense"), "made again"),
    "garbage: of the same length": (content(lambda data: os.urandom(len(data))), "made again"),
    "garbage: with a plain digest": (content(old_digest), "made again"),
    "garbage: one bit": (content(bit), "made again"),
    "garbage: the head is another": (content(lambda data: data.replace(b'"buffer"', b'"bottom"')), "made again"),
    "garbage: the file of another program": (another_name, "made again"),
    "garbage: the key is lost": (key_lost, "made again"),
    "garbage: the key is another": (key(bytes(32)), "made again"),
    "garbage: the key is short": (key(b"short"), "made again"),
    "truncation: the last byte": (content(lambda data: data[:-1]), "made again"),
    "truncation: to a half": (content(lambda data: data[: len(data) // 2]), "made again"),
    "truncation: to the digest": (content(lambda data: data[:32]), "made again"),
    "other CPU": (other_processor, "made again"),
    "other version": (other_sources, "made again"),
    "full disk": (full_disk, "off"),
}  # fmt: skip


def outcome(name, folder):
    """Return what becomes of an attack, and what the warning says."""
    with kept(folder) as file, ATTACKS[name][0](file) or nullcontext():
        right, made, told = run(wanted)
    assert right, f"{name}: the wrong code ran"
    assert len(told) <= 1, told
    found = [word for word, expected in OUTCOMES.items() if expected == (made > 0, bool(told))]
    return found[0] if found else f"made {made}, warned {bool(told)}", *told


def main():
    """Print the table."""
    print(
        f"{'attack':45} {'compiled code is':16} and the warning is: compiled code is not kept for other processes: ..."
    )
    for name in ATTACKS:
        with tempfile.TemporaryDirectory() as place:
            found, *told = outcome(name, Path(place) / "cache")
        why = re.sub(f"{place}|[0-9a-f]{{59}}", "", "".join(told).partition("processes: ")[2]).partition(";")[0]
        print(f"{name:45} {found:16} {why}".rstrip())


if __name__ == "__main__":
    main()
