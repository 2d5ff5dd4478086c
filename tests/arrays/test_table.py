"""Every public function of NumPy that takes arrays works on numbers that remember, or is refused with a remedy."""

import pytest

from .table import rows


@pytest.fixture(scope="module")
def table():
    return dict(rows())


def test_every_public_function_of_numpy_works_or_is_refused_with_a_remedy(table):
    assert {name: text for name, text in table.items() if not text.startswith(("works", "refused: "))} == {}
    assert sum(text == "works" for text in table.values()) >= 300


def test_what_the_issue_names_works(table):
    named = [
        "exp",
        "maximum",
        "log",
        "clip",
        "where",
        "tanh",
        "concatenate",
        "zeros_like",
        "diag",
        "arctan2",
        "hypot",
        "sum",
        "prod",
        "mean",
        "var",
        "std",
        "max",
        "min",
        "ptp",
        "cumsum",
        "cumprod",
        "logaddexp",
        "add",
        "take",
        "sort",
        "argsort",
        "partition",
        "pad",
        "roll",
        "stack",
        "block",
        "tril",
        "repeat",
        "unique",
        "insert",
        "split",
        "meshgrid",
        "isnan",
        "isinf",
        "isfinite",
        "isclose",
        "allclose",
        "sign",
        "any",
        "all",
        "argmax",
        "searchsorted",
        "interp",
        "convolve",
        "polyval",
        "trapezoid",
        "gradient",
        "cross",
        "kron",
        "einsum",
        "linalg.solve",
        "linalg.inv",
        "linalg.det",
        "linalg.slogdet",
        "linalg.cholesky",
        "linalg.norm",
        "linalg.eigh",
        "linalg.matrix_power",
        "linalg.svd",
        "linalg.lstsq",
        "linalg.qr",
        "fft.irfft",
    ]
    assert {name: table.get(name) for name in named if table.get(name) not in ("works", None)} == {}
