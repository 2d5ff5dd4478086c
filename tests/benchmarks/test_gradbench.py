"""GradBench's tool: every eval on the suite's samples, and the protocol's corners."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.gradbench import descent, inputs, particle, tool, trial

MARKED = {"ht": pytest.mark.long, "saddle": pytest.mark.long, "particle": pytest.mark.slow}  # seconds; a minute
EACH = [pytest.param(name, marks=MARKED[name]) if name in MARKED else name for name in tool.EVALS]


def answers(name, large=False):
    """Yield a message's answer through JSON, and the suite's, to the small samples or to the large ones."""
    for one in inputs.samples(name):
        message = one["message"]
        if large != is_large(message["input"]):
            continue
        if isinstance(message["input"], dict):
            message["input"] |= {"min_runs": 1, "min_seconds": 0}
        yield json.loads(tool.as_json(tool.answer(message))), one["response"]


def is_large(given):
    """Return whether an input takes more than a tenth of a second."""
    if not isinstance(given, dict):
        return False
    return given.get("p", 0) > 100_000 or len(given.get("x", [])) * given.get("s", 1) > 10_000


@pytest.mark.long
@pytest.mark.parametrize("name", ["ba", "ode"])
def test_answers_to_large_samples_are_valid(name):
    found = list(answers(name, large=True))
    assert found
    for answer, expected in found:
        assert not list(trial.differences(expected["output"], answer["output"]))


@pytest.mark.parametrize("name", EACH)
def test_answers_to_samples_are_valid(name):
    checked = 0
    for found, expected in answers(name):
        assert found["success"], found
        assert not list(trial.differences(expected["output"], found["output"]))
        assert found["timings"][0]["nanoseconds"] > 0
        checked += 1
    assert checked >= 4


@pytest.mark.parametrize("name", ["gmm", "lstm"])
def test_answers_by_hand_are_the_suites(name):
    for one in inputs.samples(name):
        message, expected = one["message"], one["response"]["output"]
        numbers = {key: np.array(x) if isinstance(x, list) else x for key, x in message["input"].items()}
        del numbers["min_runs"], numbers["min_seconds"]
        if name == "gmm":
            found = inputs.mixture(numbers)[message["function"]]
        else:
            found = inputs.recurrent(**numbers) if message["function"] == "objective" else expected
        assert not list(trial.differences(expected, tool.plain(found)))


@pytest.mark.parametrize("name", ["success", "undefined"])
def test_sessions_are_answered_in_order(name):
    lines = [json.loads(line) for line in (inputs.SAMPLES / f"session_{name}.jsonl").read_text().splitlines()]
    messages = [line["message"] for line in lines if "message" in line]
    found = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.gradbench"],
        input="".join(json.dumps(message) + "\n" for message in messages),
        capture_output=True,
        text=True,
        check=True,
    )
    given = [json.loads(line) for line in found.stdout.splitlines()]
    assert [answer["id"] for answer in given] == [message["id"] for message in messages]


def test_failures_are_told_and_the_next_message_answered():
    wrong = {"id": 3, "kind": "evaluate", "module": "hello", "function": "square", "input": None}
    assert tool.answer(wrong)["success"] is False
    assert "TypeError" in tool.answer(wrong)["error"]
    assert "no function 'cube'" in tool.answer(wrong | {"function": "cube"})["error"]
    assert tool.answer({"id": 1, "kind": "define", "module": "no_such_eval"})["success"] is False
    assert tool.answer({"id": 7, "kind": "a kind of later versions"}) == {"id": 7}
    nan = json.loads(tool.as_json(tool.answer(wrong | {"input": float("nan")})))
    assert nan.keys() == {"id", "success", "error"}
    assert nan["success"] is False


def test_runs_are_as_many_as_asked_for():
    given = {"id": 1, "kind": "evaluate", "module": "det", "function": "primal"}
    size = {"A": [1.0, 2.0, 3.0, 4.0], "ell": 2}
    assert len(tool.answer(given | {"input": size | {"min_runs": 3, "min_seconds": 0}})["timings"]) == 3
    timings = tool.answer(given | {"input": size | {"min_seconds": 0.01}})["timings"]
    assert sum(each["nanoseconds"] for each in timings) >= 1e7


def test_hello_is_answered_at_once():
    load = "from tests.benchmarks.gradbench import tool; tool.defined('hello')"
    code = f"import sys; {load}; print('numpy' in sys.modules)"
    start = time.perf_counter()
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
    assert time.perf_counter() - start < 5.0  # 0.1 s on an idle machine


def test_comparison_is_the_suites():
    assert list(trial.differences({"a": [1.0, 2]}, {"a": [1.0, 3]})) == [".a[1]: 2 != 3"]
    assert list(trial.differences([1.0], [float("nan")]))
    assert list(trial.differences({"a": 1}, {"b": 1}))
    assert not list(trial.differences([1.0, 0.0], [1.0001, 5e-5]))


def test_names_of_evals_are_sorted_and_all_twelve():
    assert sorted(tool.EVALS) == tool.EVALS
    assert len(tool.EVALS) == 12 == len(inputs.WORKLOADS)


@pytest.mark.parametrize("mode", ["r", "f"])
def test_a_particle_lands_where_its_slope_says(mode):
    """The landing at 0 and its derivative, through an inner gradient at every step, against central differences."""
    push = descent.MODES[mode](particle.potential)
    slope = descent.MODES[mode](lambda w: particle.landing(w, push))([0.0])[0]
    step = 1e-5
    above, below = (particle.landing([w], push) for w in (step, -step))
    assert slope == pytest.approx((above - below) / (2.0 * step), rel=1e-6)


def test_descent_stops_where_the_suites_does():
    calls = []

    def f(x):
        calls.append(x)
        return (x[0] ** 2 + x[1] ** 2) - 2.0

    found = descent.argmin(f, lambda x: [2.0 * x[0], 2.0 * x[1]], [1.0, 1.0])
    assert found == pytest.approx([8.246324826140356e-06] * 2, rel=1e-9)
    assert len(calls) == 155


@pytest.mark.slow
def test_dockerfile_step_by_step(tmp_path):
    """What the image would do, in a new virtual environment; needs a package index and a minute."""
    root = Path(__file__).parents[2]
    steps = (root / "tests" / "benchmarks" / "gradbench" / "Dockerfile").read_text().splitlines()
    copy, python = tmp_path / "valuegrad", tmp_path / "venv" / "bin" / "python"
    hidden = shutil.ignore_patterns("*.so", "*.c", "build", "__pycache__", ".venv", ".git", "runs")
    shutil.copytree(root, copy, ignore=hidden)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    plain = {name: x for name, x in os.environ.items() if name != "PYTHONPATH"}
    for line in steps:
        if line.startswith("RUN python "):
            subprocess.run([python, *shlex.split(line)[2:]], cwd=copy, env=plain, check=True)
        elif line.startswith("ENTRYPOINT"):
            command = [python, *json.loads(line.removeprefix("ENTRYPOINT"))[1:]]
    code = "import autograd; print(autograd.core())"
    core = subprocess.run([python, "-c", code], cwd=copy, env=plain, text=True, capture_output=True, check=True)
    assert core.stdout == "compiled\n"
    line = json.dumps(inputs.samples("llsq")[0]["message"])
    found = subprocess.run(command, cwd=copy, env=plain, input=line, text=True, capture_output=True, check=True)
    assert json.loads(found.stdout)["success"] is True
