"""Export to JavaScript: Node and Chromium compute what the rows compute; a gradient for a web page is small."""

import base64
import json
import math
import random
import subprocess

import pytest

from autograd import GraphError, custom_derivative, exp, grad, log, norm_cdf, sqrt, value_and_grad
from autograd.primitives.primitive import ROWS
from autograd.program import optimized, trace

from ..primitives.test_table import ugly
from ..tools.backends import NODE, groups, in_js, moving, program_of
from ..tools.browser import PROGRAM, Browser
from .test_c_source import example
from .test_lanes import close

needs_node = pytest.mark.skipif(NODE is None, reason="no Node")
MOST = 50_000  # bytes of a page's gradient


@needs_node
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_rows_in_node(row):
    group = next(groups(row, ugly(row)))
    for xs, found in zip(group, in_js(program_of(row, group[0]))([moving(row, xs) for xs in group]), strict=True):
        assert close(row, xs, found[0], float(row.total(*xs))), (xs, found)


@needs_node
def test_scaling_by_powers_of_two_rounds_once():
    rng = random.Random(0)
    row = ROWS["ldexp"]
    for e in (-2100, -1100, -1074, -1023, -969, -60, 52, 1023, 1024, 2097, 2100):
        xs = [rng.choice((-1.0, 1.0)) * rng.uniform(1.0, 2.0) * 2.0 ** rng.uniform(-1074, 1023) for _ in range(50)]
        xs += [5e-324, -5e-324, 1.7e308, 0.0, -0.0, math.inf, math.nan]
        found = [y for (y,) in in_js(program_of(row, (1.0, e)))([[x] for x in xs])]
        assert list(map(repr, found)) == [repr(row.total(x, e)) for x in xs]


@needs_node
def test_guards_in_node():
    program = optimized(trace(lambda x, y: [example(x, y), *grad(lambda p: example(*p))([x, y])], [1.5, 0.5]))
    rng = random.Random(0)
    cases = [[rng.uniform(0.1, 2.0), rng.uniform(0.1, 2.0)] for _ in range(100)]
    for xs, found in zip(cases, in_js(program)(cases), strict=True):
        assert found == (pytest.approx(program.evaluate(xs), rel=1e-13) if xs[0] > xs[1] else 1)


def call_price(spot, strike, rate, volatility, years):
    spread = volatility * sqrt(years)
    d = (log(spot / strike) + (rate + 0.5 * volatility**2) * years) / spread
    return spot * norm_cdf(d) - strike * exp(-rate * years) * norm_cdf(d - spread)


AT = [100.0, 95.0, 0.02, 0.3, 0.75]


def page_module():
    def both(*xs):
        value, gradient = value_and_grad(lambda xs: call_price(*xs))(list(xs))
        return [value, *gradient]

    return optimized(trace(both, AT)).to_js(AT)


@needs_node
def test_its_test_vector_tests():
    text = page_module()
    broken = text.replace("Math.log(", "Math.log2(")
    assert broken != text
    for module, holds in ((text, "true"), (broken, "false")):
        run = [NODE, "--input-type=module"]
        found = subprocess.run(
            run, input=f"{module}\nconsole.log(check());", capture_output=True, text=True, check=True
        )
        assert found.stdout.strip() == holds


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")
def test_a_gradient_in_a_browser(tmp_path):
    text = page_module()
    assert len(text.encode()) < MOST
    with Browser(tmp_path / "profile") as browser:
        url = f"data:text/javascript;base64,{base64.b64encode(text.encode()).decode()}"
        assert browser.run(f"import('{url}').then(module => module.check())")
        moved = [x * 1.01 for x in AT]
        value, *gradient = browser.run(f"import('{url}').then(module => module.program({json.dumps(moved)}))")
        assert browser.complaints == []
    expected, slopes = value_and_grad(lambda xs: call_price(*xs))(moved)
    assert value == pytest.approx(expected, rel=1e-12)
    assert gradient == pytest.approx(slopes, rel=1e-12)


def test_what_javascript_cannot_have_is_named():
    @custom_derivative(lambda z, x: 3.0 * x * x, at=[1.5])
    def cube(x):
        return x * x * x

    with pytest.raises(GraphError, match="cube has no form in JavaScript"):
        trace(cube, [1.5]).to_js()
    with pytest.raises(GraphError, match="guard 0 does not hold"):
        trace(example, [1.5, 0.5]).to_js([0.5, 1.5])
