"""Our functions as operations of PyTorch and JAX, where those are installed; elsewhere refused."""

import importlib.util
import math

import pytest

from autograd import exp, log, norm_cdf, sqrt, to_jax, to_torch

numpy = pytest.importorskip("numpy")


def price(spot, volatility):
    d = (log(spot / 100.0) + 0.5 * volatility**2) / volatility
    return spot * norm_cdf(d) - 100.0 * norm_cdf(d - volatility)


def scaled(x, w):
    return numpy.exp(-x) * w


@pytest.mark.parametrize(("convert", "package"), [(to_torch, "torch"), (to_jax, "jax")])
def test_where_it_is_not_installed_the_message_names_it(convert, package):
    if importlib.util.find_spec(package):
        pytest.skip("it is installed")
    with pytest.raises(ImportError, match=package):
        convert(math.sin)


def test_in_pytorch():
    torch = pytest.importorskip("torch")
    f = to_torch(price)
    spot, volatility = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (100.0, 0.2))
    for _ in range(4):
        spot.grad = volatility.grad = None
        (2.0 * f(spot, volatility)).backward()
    assert spot.grad.item() == pytest.approx(2.0 * 0.539827837277029, rel=1e-12)
    assert torch.autograd.gradcheck(f, (spot, volatility))
    x = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(to_torch(scaled), (x, w))
    single = torch.tensor([0.5, 1.0], requires_grad=True)
    assert to_torch(scaled)(single, single).dtype == torch.float32
    (first,) = torch.autograd.grad(f(spot, volatility), spot, create_graph=True)
    with pytest.raises(RuntimeError, match="does not require grad"):
        first.backward()


def test_in_jax():
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        f = to_jax(price)
        value, (delta, vega) = jax.jit(jax.value_and_grad(f, argnums=(0, 1)))(100.0, 0.2)
        assert float(value) == pytest.approx(price(100.0, 0.2), rel=1e-12)
        assert float(delta) == pytest.approx(0.539827837277029, rel=1e-12)
        assert float(vega) == pytest.approx(100.0 * math.exp(-0.005) / math.sqrt(2 * math.pi), rel=1e-9)
        spots = jax.numpy.array([90.0, 100.0, 110.0])
        assert jax.vmap(jax.grad(f), in_axes=(0, None))(spots, 0.2).shape == (3,)
        g = to_jax(scaled, shape=(2,))
        x, w = jax.numpy.array([0.5, 1.0]), jax.numpy.array([2.0, 3.0])
        found = jax.jacobian(g)(x, w)
        assert numpy.allclose(found, numpy.diag(-numpy.exp(-numpy.asarray(x)) * numpy.asarray(w)), rtol=1e-12)


def test_a_function_may_be_jitted_already():
    torch = pytest.importorskip("torch")
    from autograd import jit

    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    to_torch(jit(lambda x: sqrt(x) * exp(x)))(x).backward()
    assert x.grad.item() == pytest.approx(math.exp(2.0) * (math.sqrt(2.0) + 0.5 / math.sqrt(2.0)))
