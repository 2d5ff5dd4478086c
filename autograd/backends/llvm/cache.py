"""Where compiled code is kept between processes: a folder that nobody but its user can write to.

What is read here is run. So the folder and every file must belong to the user, and no other may write to them; this is
asked of what was opened, not of a path that may mean something else a moment later. Else nothing is kept, and a warning
says why, once. A file is written whole or not at all. It begins with a digest, under a key that lies in the folder, of
its name and content: what is damaged, or stands under another name, counts as not there. What was used last stays.
"""

import errno
import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from autograd.backends import LOG, warn

DEFAULT = "512M"  # the most that is kept
STALE = 3600  # seconds, after which nobody goes on writing a file
DIGEST = 32  # bytes
KEY = "valuegrad.key"  # the file with the key of the digests
OURS = re.compile(r"([0-9a-f]{64}\.bin|valuegrad\.key)(\.[0-9a-f]{16}\.part)?")  # no other file is ever touched
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
AT = os.open in os.supports_dir_fd and os.scandir in os.supports_fd  # whether files can be named within an open folder
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
OLD = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
SETTINGS = ("VALUEGRAD_CACHE", "VALUEGRAD_CACHE_SIZE", "XDG_CACHE_HOME", "HOME")
_refused: set[tuple[str | None, ...]] = set()  # settings with which nothing is kept any more, each after a warning
_sizes: dict[str, int] = {}  # how much is in a folder, as far as this process knows


class Refused(Exception):
    """Compiled code is not kept; the message says why."""


class Entry(NamedTuple):
    """A file in the folder."""

    name: str
    size: int
    used: float  # when, in seconds since 1970


class Folder:
    """A folder, opened and checked; it stays the same one whatever happens to its path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at: dict[str, int] = {}
        if AT:
            flags = OLD | getattr(os, "O_DIRECTORY", 0)
            try:
                self.at = {"dir_fd": os.open(path, flags)}
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENOTDIR):
                    raise Refused(f"{path} is a link or a file, not a folder") from None
                raise
        try:
            if AT:
                private(os.fstat(self.at["dir_fd"]), path)
            self.key = self._data(KEY)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the folder."""
        if self.at:
            os.close(self.at.pop("dir_fd"))

    def _place(self, name: str) -> str:
        """Return a name as the system calls take it."""
        return name if AT else str(self.path / name)

    def _data(self, name: str) -> bytes | None:
        """Return what is in a file, and note that it was used; None if there is none."""
        path = self.path / name
        try:
            file = os.fdopen(os.open(self._place(name), OLD, **self.at), "rb")
        except FileNotFoundError:
            return None
        except OSError as error:
            why = "is a link" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
            raise Refused(f"{path} {why}") from None
        with file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:  # it has none once it was replaced
                raise Refused(f"{path} is a link, or no plain file")
            private(status, path)
            with suppress(OSError):  # a folder that is only read
                os.utime(file.fileno() if os.utime in os.supports_fd else path)
            return file.read() if status.st_size <= most() else b""

    def _put(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all."""
        part = f"{name}.{os.urandom(8).hex()}.part"
        file = os.fdopen(os.open(self._place(part), NEW, 0o600, **self.at), "wb")
        try:
            with file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            both = {"src_dir_fd": self.at["dir_fd"], "dst_dir_fd": self.at["dir_fd"]} if AT else {}
            os.replace(self._place(part), self._place(name), **both)
        except BaseException:
            self.remove(part)
            raise
        if AT:
            os.fsync(self.at["dir_fd"])

    def digest(self, name: str, data: bytes) -> bytes:
        """Return what the file of this name begins with, before such data."""
        return hashlib.blake2b(name.encode() + b"\n" + data, digest_size=DIGEST, key=self.key or b"").digest()

    def read(self, name: str) -> bytes | None:
        """Return what `write` wrote under a name; None for anything else."""
        data = self._data(name) if self.key is not None and len(self.key) == DIGEST else None
        if data is None or data[:DIGEST] != self.digest(name, data[DIGEST:]):
            return None
        return data[DIGEST:]

    def write(self, name: str, data: bytes) -> None:
        """Keep data under a name, and let go of what was not used for the longest time, if it gets too much."""
        if self.key is None or len(self.key) != DIGEST:
            self.key = os.urandom(DIGEST)
            self._put(KEY, self.key)
        if len(data) + DIGEST > most():
            return
        self._put(name, self.digest(name, data) + data)
        known = str(self.path)
        _sizes[known] = _sizes.get(known, most()) + len(data) + DIGEST
        if _sizes[known] > most():
            _sizes[known] = self.prune(most())

    def prune(self, limit: int) -> int:
        """Remove what is left of interrupted writing; return how much is kept.

        If that is more than a limit, the files that were not used for the longest time go, until a tenth of it is free.
        """
        entries = self.entries()
        for entry in entries:
            if entry.name.endswith(".part") and entry.used < time.time() - STALE:
                self.remove(entry.name)
        kept = sorted((one for one in entries if one.name.endswith(".bin")), key=lambda one: one.used)
        left = whole = sum(one.size for one in kept)
        if left > limit:
            for entry in kept[:-1]:
                self.remove(entry.name)
                left -= entry.size
                if left <= limit - limit // 10:
                    break
            LOG.info("removed %d of %d bytes from the cache in %s", whole - left, whole, self.path)
        return left

    def entries(self) -> list[Entry]:
        """Return which files of ours are in the folder."""
        found = []
        with os.scandir(self.at.get("dir_fd", self.path)) as entries:
            for entry in entries:
                if not OURS.fullmatch(entry.name):
                    continue
                with suppress(FileNotFoundError):  # another process was quicker
                    status = entry.stat(follow_symlinks=False)
                    found.append(Entry(entry.name, status.st_size, status.st_mtime))
        return found

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(OSError):
            os.unlink(self._place(name), **self.at)


def private(status: os.stat_result, path: Path) -> None:
    """Raise Refused unless what was opened belongs to this user, and nobody else may write to it."""
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
        mode = stat.S_IMODE(status.st_mode)
        raise Refused(
            f"{path} belongs to user {status.st_uid} and has mode {mode:04o}; code is taken from nowhere that others "
            "than you can write to: use chmod go-w, or name another folder in VALUEGRAD_CACHE"
        )


def place() -> Path | None:
    """Return where the folder is; None if VALUEGRAD_CACHE is set and empty. Raises Refused without a home."""
    chosen = os.environ.get("VALUEGRAD_CACHE")
    if chosen == "":
        return None
    try:
        base = Path(chosen or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser()
    except RuntimeError as error:
        raise Refused(f"{error} Name a folder in VALUEGRAD_CACHE") from None
    if chosen:
        return base
    if not os.environ.get("XDG_CACHE_HOME") and (not base.parent.is_dir() or base.parent == Path(base.anchor)):
        raise Refused(f"there is no home directory {base.parent}; name a folder in VALUEGRAD_CACHE")
    return base / "valuegrad"


def most() -> int:
    """Return the most bytes that are kept: VALUEGRAD_CACHE_SIZE, by default 512M."""
    text = os.environ.get("VALUEGRAD_CACHE_SIZE") or DEFAULT
    found = re.fullmatch(r"(\d{1,15})([KMG]?)B?", text.strip().upper())
    if found is None:
        raise Refused(f"VALUEGRAD_CACHE_SIZE is {text!r}; use a number of bytes, such as 1000000, 200M or 1G")
    return int(found[1]) * UNITS[found[2]]


@contextmanager
def opened(path: Path, make: bool = False) -> Iterator[Folder]:
    """Open the folder for a `with` block; FileNotFoundError where there is none, unless it is to be made."""
    if make:
        for missing in reversed([one for one in (path, *path.parents) if not one.exists()]):
            with suppress(FileExistsError):
                missing.mkdir(0o700)
    folder = Folder(path)
    try:
        yield folder
    finally:
        folder.close()


def load(texts: Sequence[str]) -> bytes | None:
    """Return what was stored under the first of these texts that has anything; None if none has."""
    with _warning():
        path = _usable()
        if path is not None and path.exists():
            with opened(path) as folder:
                found = (folder.read(_name(text)) for text in texts)
                return next((data for data in found if data is not None), None)
    return None


def store(text: str, data: bytes) -> None:
    """Keep data under a text for other processes, as far as possible."""
    with _warning():
        path = _usable()
        if path is not None and most():
            with opened(path, make=True) as folder:
                folder.write(_name(text), data)


def _name(text: str) -> str:
    return f"{hashlib.sha256(text.encode()).hexdigest()}.bin"


def _usable() -> Path | None:
    """Return where the folder is; None if there is to be none, or if a warning has told that it is not used."""
    return None if _settings() in _refused else place()


def _settings() -> tuple[str | None, ...]:
    return tuple(map(os.environ.get, SETTINGS))


@contextmanager
def _warning() -> Iterator[None]:
    """Leave a `with` block where the cache cannot be used, and say why, once for these settings."""
    try:
        yield
    except (Refused, OSError) as error:
        _refused.add(_settings())
        warn(f"compiled code is not kept for other processes: {error}")
