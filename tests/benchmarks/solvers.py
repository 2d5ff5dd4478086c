"""`python -m tests.benchmarks.solvers [N]`: the implied volatilities of N options (10,000) in one `vmap`, with Greeks.

Beside SciPy's `brentq`, one option after the other, on the same formula written with `math`: times, and the largest
difference. Where a price says less about the volatility than rounding does, both are noise; so a difference counts in
units of what one rounding of the price moves the volatility.
"""

import math
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq

from autograd import log, norm_cdf, root, sqrt, value_and_grad, vmap

START, LOW, HIGH = 0.3, 1e-3, 5.0


def call_price(volatility: Any, spot: Any, strike: Any, expiry: Any) -> Any:
    """Return the price of a call without interest (Black, Scholes 1973)."""
    spread = volatility * sqrt(expiry)
    d = log(spot / strike) / spread + 0.5 * spread
    return spot * norm_cdf(d) - strike * norm_cdf(d - spread)


def plain_price(volatility: float, spot: float, strike: float, expiry: float) -> float:
    """Return the same by `math` alone."""
    spread = volatility * math.sqrt(expiry)
    d = math.log(spot / strike) / spread + 0.5 * spread
    up, down = (0.5 * math.erfc(-x / math.sqrt(2.0)) for x in (d, d - spread))
    return spot * up - strike * down


def implied(price: Any, spot: Any, strike: Any, expiry: Any) -> Any:
    """Return the volatility at which a call has a price."""
    return root(
        lambda v, price, spot, strike, expiry: call_price(v, spot, strike, expiry) - price,
        START,
        price,
        spot,
        strike,
        expiry,
    )


def by_brentq(price: float, spot: float, strike: float, expiry: float) -> float:
    """Return the same by SciPy."""
    return float(brentq(lambda v: plain_price(v, spot, strike, expiry) - price, LOW, HIGH, xtol=1e-15, rtol=1e-15))


def chain(count: int) -> list[Any]:
    """Return the columns of an option chain: prices, spots, strikes, times to expiry."""
    rng = np.random.default_rng(1)
    spot, strike = np.full(count, 100.0), rng.uniform(80.0, 125.0, count)
    expiry, volatility = rng.uniform(0.25, 2.0, count), rng.uniform(0.15, 0.8, count)
    price = np.array([plain_price(*option) for option in zip(volatility, spot, strike, expiry, strict=True)])
    return [price, spot, strike, expiry]


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return (what a call gives, its seconds)."""
    start = time.perf_counter()
    found = call()
    return found, time.perf_counter() - start


def main(count: int) -> int:
    """Print times and the largest difference; return 0 if it is within rounding."""
    columns = chain(count)
    solve, with_greeks = vmap(implied), vmap(value_and_grad(implied, argnums=(0, 1)))
    _, first = timed(lambda: solve(*columns))
    found, again = min((timed(lambda: solve(*columns)) for _ in range(5)), key=lambda run: run[1])
    with_greeks(*columns)
    (_, (over_vega, _)), greeks = min((timed(lambda: with_greeks(*columns)) for _ in range(5)), key=lambda run: run[1])
    options = list(zip(*[column.tolist() for column in columns], strict=True))
    known, theirs = timed(lambda: np.array([by_brentq(*option) for option in options]))
    difference = np.abs(found - known)
    units = difference / (np.spacing(columns[1]) * over_vega + np.spacing(known))  # one rounding of the spot's size
    print(f"{count} implied volatilities{'':17}{'ms':>10}")
    for name, seconds in {
        "one vmap, first call (compiles)": first,
        "one vmap": again,
        "one vmap, with derivatives by grad": greeks,
        "SciPy's brentq, one by one": theirs,
    }.items():
        print(f"{name:38}{1e3 * seconds:12.1f}")
    print(f"largest difference {difference.max():.2g}, in units of one rounding of the price {units.max():.2g}")
    return int(not units.max() <= 16.0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
