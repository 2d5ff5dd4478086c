"""GradBench's tool: every eval on the suite's samples, and the protocol's corners."""

import json
import subprocess
import sys
import time

import pytest

from tests.benchmarks.gradbench import inputs, tool, trial

LONG = {"particle", "saddle", "kmeans", "ht"}  # evals that take seconds
EACH = [pytest.param(name, marks=pytest.mark.long) if name in LONG else name for name in tool.EVALS]


def answers(name, most=None):
    """Yield a message's answer through JSON, and the suite's; long messages left out where `most` says so."""
    for one in inputs.samples(name):
        message = one["message"]
        if isinstance(message["input"], dict):
            message["input"] |= {"min_runs": 1, "min_seconds": 0}
        if most is None or len(json.dumps(message)) <= most:
            yield json.loads(tool.as_json(tool.answer(message))), one["response"]


@pytest.mark.parametrize("name", EACH)
def test_answers_to_samples_are_valid(name):
    checked = 0
    for found, expected in answers(name):
        assert found["success"], found
        assert not list(trial.differences(expected["output"], found["output"]))
        assert found["timings"][0]["nanoseconds"] > 0
        checked += 1
    assert checked >= 4


def test_small_samples_of_kmeans_are_valid():
    for found, expected in list(answers("kmeans", 700))[:4]:
        assert not list(trial.differences(expected["output"], found["output"]))


def test_answers_by_hand_are_the_suites():
    one = next(each for each in inputs.samples("gmm") if each["message"]["input"]["m"])
    given = one["message"]["input"]
    arrays = {name: inputs.np.array(x) if isinstance(x, list) else x for name, x in given.items()}
    assert not list(trial.differences(one["response"]["output"], tool.plain(inputs.mixture(arrays)["objective"])))


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
