"""The folder of compiled code: `python -m autograd.cache` shows it, `python -m autograd.cache clear` empties it.

VALUEGRAD_CACHE names another folder (empty: nothing is kept), VALUEGRAD_CACHE_SIZE the most bytes that it may hold, as
in 200M. The exit code is 1 where the folder is not used, with the reason.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from autograd.backends.llvm.cache import Refused, most, opened, place


def main(arguments: Sequence[str] | None = None) -> int:
    """Show or clear the cache; return the exit code."""
    parser = argparse.ArgumentParser("python -m autograd.cache", description="Show or clear the compiled code on disk.")
    parser.add_argument("what", nargs="?", choices=("show", "clear"), default="show")
    clear = parser.parse_args(arguments).what == "clear"
    try:
        print(_answer(clear))
    except (Refused, OSError) as error:
        print(f"not used: {error}", file=sys.stderr)
        return 1
    return 0


def _answer(clear: bool) -> str:
    """Return what there is, or what was removed, as text."""
    limit, path = most(), place()
    if path is None:
        return "VALUEGRAD_CACHE is empty: no compiled code is kept"
    if not path.exists():
        return f"{path}: nothing yet; at most {_size(limit)}"
    with opened(path) as folder:
        files = folder.entries()
        text = f"{path}: {len(files)} files, {_size(sum(entry.size for entry in files))}"
        if clear:
            for entry in files:
                folder.remove(entry.name)
            return f"{text}, removed"
    oldest = min([entry.used for entry in files if entry.name.endswith(".bin")], default=time.time())
    return f"{text} of at most {_size(limit)}; the oldest was used {time.strftime('%Y-%m-%d', time.localtime(oldest))}"


def _size(count: int) -> str:
    """Return a number of bytes for people.

    >>> _size(999), _size(16179), _size(512 << 20)
    ('999 bytes', '15.8 KiB', '512.0 MiB')
    """
    power = max(0, min(3, (count.bit_length() - 1) // 10))
    return f"{count / 1024**power:.1f} {('', 'Ki', 'Mi', 'Gi')[power]}B" if power else f"{count} bytes"


if __name__ == "__main__":
    sys.exit(main())
