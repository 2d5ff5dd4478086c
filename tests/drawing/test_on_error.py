"""`draw_on_error` and `watch`: what failed is drawn and named, and the exception goes on."""

import math

import pytest

import autograd
from autograd import AutogradError, DomainError, Value, WatchError, draw_on_error, watch
from autograd.drawing import load_ipython_extension


def forward(x):
    hidden = x * 2.0
    return autograd.log(hidden - 3.0)


def test_the_graph_is_drawn_up_to_the_operation_that_failed(capsys, tmp_path):
    with pytest.raises(DomainError) as caught, draw_on_error(tmp_path / "failed.html"):
        forward(Value(1.0, "x"))
    text = repr(caught.value.drawing)
    assert "log(#2)" in text
    assert "hidden = x * 2.0" in text  # variables of the function that failed give names
    assert "log: operand x is -1.0" in text
    assert text in capsys.readouterr().err
    assert "hidden" in (tmp_path / "failed.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "fails",
    [
        lambda x: 1.0 / (x - x),
        lambda x: autograd.exp(x * 1e6),
        lambda x: autograd.fma(x * 1e300, 1e300, x),
        lambda x: autograd.sqrt(-x),
        lambda x: autograd.atanh(x + 5.0),
    ],
)
def test_every_kind_of_failure_has_its_node(fails):
    with pytest.raises(AutogradError) as caught, draw_on_error():
        fails(Value(1.0, "x"))
    assert "nan" in repr(caught.value.drawing)


def test_an_exception_of_the_users_own_shows_what_there_was(capsys):
    def f(x):
        y = x * x
        raise KeyError("mine", y.data)

    with pytest.raises(KeyError) as caught, draw_on_error():
        f(Value(3.0, "x"))
    assert "y = x * x" in repr(caught.value.drawing)


def test_without_values_there_is_no_picture(capsys):
    with pytest.raises(KeyError) as caught, draw_on_error():
        raise KeyError("none")
    assert not hasattr(caught.value, "drawing")
    assert capsys.readouterr().err == ""
    with draw_on_error():
        pass


def test_ipython_draws_what_fails():
    interactiveshell = pytest.importorskip("IPython.core.interactiveshell")
    shell = interactiveshell.InteractiveShell.instance()
    shown = []
    shell.display_pub.publish = lambda data, **_: shown.append(data)
    load_ipython_extension(shell)
    try:
        shell.run_cell("from autograd import Value, log\nx = Value(-2.0, 'x')\nlog(x)")
    finally:
        interactiveshell.InteractiveShell.clear_instance()
    assert any("log(x)" in data["text/plain"] for data in shown)


@pytest.mark.parametrize(
    ("kind", "f", "words"),
    [
        ("nan", lambda x: x * math.inf * 0.0, "mul: its value is nan, at x = inf, y = 0.0"),
        ("inf", lambda x: x * 1e308 * 10.0, "mul: its value is inf"),
        ("inf", lambda x: autograd.sqrt(x - 1.0), "sqrt: its partial towards x is inf, at x = 0.0"),
        ("zero", lambda x: autograd.relu(-x), "relu: its value is 0.0"),
        ("zero", lambda x: autograd.fsum([x, x, -2.0]), "its value is 0.0"),
        ("zero", lambda x: autograd.sumprod([x, x], [1.0, -1.0]), "sumprod: its value is 0.0"),
    ],
)
def test_watch_stops_at_the_operation_and_names_its_line(kind, f, words):
    x = Value(1.0, "x")
    f(x)
    with pytest.raises(WatchError, match=words.replace("(", "\\(")) as caught, watch(**{kind: True}):
        f(x)
    assert "test_on_error.py:" in str(caught.value)
    f(x)


def test_watch_is_a_decorator_and_wants_to_know_what_for():
    @watch(nan=True)
    def f(x):
        return x * math.inf * 0.0

    with pytest.raises(WatchError):
        f(Value(1.0))
    with pytest.raises(ValueError, match="say what for"):
        watch()


def test_watching_with_draw_on_error_draws_the_node():
    with pytest.raises(WatchError) as caught, draw_on_error(), watch(zero=True):
        forward(Value(0.0, "x"))
    assert "x * 2.0" in repr(caught.value.drawing)
