"""GradBench's protocol: one message a line, one answer a line.

Start at `serve`. Every eval is a module beside this one, with `prepare` (a message's input to arguments, untimed), the
`FUNCTIONS` that are offered by their names in messages, and if results need it `finish` (a result to JSON, untimed).
What fails is answered as a failure, with its text, and the next message is read.
"""

import importlib
import json
import time
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

NAME = "valuegrad"
EVALS = (Path(__file__).parent / "evals.txt").read_text().split()
Message = dict[str, Any]


def serve(messages: Iterable[str], answers: TextIO) -> None:
    """Answer every message, each at once, until the lines end."""
    for line in messages:
        print(as_json(answer(json.loads(line))), file=answers, flush=True)


def answer(message: Message) -> Message:
    """Return the answer to a message, without its output being looked at."""
    given: Message = {"id": message["id"]}
    if message["kind"] == "start":
        return given | {"tool": NAME}
    if message["kind"] == "define":
        return given | defined(message["module"])
    if message["kind"] == "evaluate":
        return given | evaluated(message["module"], message["function"], message["input"])
    return given


def as_json(found: Message) -> str:
    """Return an answer as a line; NaN and infinities, which JSON has not, make it a failure."""
    try:
        return json.dumps(found, allow_nan=False)
    except ValueError as error:
        return json.dumps({"id": found["id"], "success": False, "error": f"the output is no JSON: {error}"})


def load(name: str) -> ModuleType:
    """Return the module of an eval."""
    if name not in EVALS:
        raise LookupError(f"no eval is named {name!r}; there are {', '.join(EVALS)}")
    return importlib.import_module(f".{name}", __package__)


def defined(name: str) -> Message:
    """Return whether there is such an eval; its module is loaded now."""
    try:
        load(name)
    except (LookupError, ImportError) as error:  # a package that is not installed
        return {"success": False, "error": str(error)}
    return {"success": True}


def evaluated(name: str, function: str, given: Any) -> Message:
    """Return the output of an eval's function, and what each of its runs took."""
    try:
        output, nanoseconds = run(load(name), function, given)
    except Exception as error:  # whatever it is, the protocol wants it told, and the next message answered
        return {"success": False, "error": f"{type(error).__name__}: {error}"}
    return {
        "success": True,
        "output": output,
        "timings": [{"name": "evaluate", "nanoseconds": taken} for taken in nanoseconds],
    }


def run(module: ModuleType, name: str, given: Any) -> tuple[Any, list[int]]:
    """Return what a function gives for an input, and the nanoseconds of each run: as many as the input asks for."""
    if name not in module.FUNCTIONS:
        raise LookupError(f"{module.__name__} has no function {name!r}; it has {', '.join(module.FUNCTIONS)}")
    function, arguments = module.FUNCTIONS[name], module.prepare(given)
    most = given if isinstance(given, dict) else {"min_runs": 1, "min_seconds": 0}
    taken: list[int] = []
    while len(taken) < most.get("min_runs", 1) or sum(taken) < 1e9 * most.get("min_seconds", 1) or not taken:
        start = time.perf_counter_ns()
        found = function(*arguments)
        taken.append(time.perf_counter_ns() - start)
    finish = getattr(module, "finish", plain)
    return finish(found), taken


def plain(found: Any) -> Any:
    """Return a result as lists and numbers."""
    if hasattr(found, "tolist"):
        return found.tolist()
    if isinstance(found, dict):
        return {name: plain(part) for name, part in found.items()}
    return [plain(part) for part in found] if isinstance(found, list | tuple) else found
