"""Factorials and binomial coefficients, against whole numbers and the gamma function of mpmath."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp

from hw2check.calculus.precise import precise_values
from hw2check.calculus.values import evaluate
from hw2check.formula.elementary import binomial
from hw2check.formula.graph import make_graph
from hw2check.formula.notation import Vocabulary, parse

VOCABULARY = Vocabulary(lambda spelt: spelt if spelt in {"n", "k"} else None)


def both(text: str, **numbers: float) -> tuple[float, Fraction | None]:
    """The value in float64, and to many digits."""
    tree = parse(text, VOCABULARY)
    values = {name: np.array(float(number)) for name, number in numbers.items()}
    digits = precise_values(make_graph({"y": tree}).nodes, values)
    assert digits is not None
    (exact,) = digits["y"].reshape(-1)
    return float(evaluate(tree, values)), exact if isinstance(exact, Fraction) else None


@pytest.mark.parametrize("n", [0, 1, 2, 5, 20, 25, 170])
def test_factorials(n: int) -> None:
    assert both("factorial(n)", n=n)[0] == float(math.factorial(n))


@pytest.mark.parametrize("n", [0, 1, 5, 25, 170, 171, 1000])
def test_factorials_to_many_digits(n: int) -> None:
    found, exact = both("factorial(n)", n=n)
    assert exact is not None
    assert abs(exact / math.factorial(n) - 1) < Fraction(1, 10**25)
    assert (found == math.inf) == (n > 170)


@pytest.mark.parametrize("n", [-1, -2, -7])
def test_no_factorial_of_a_negative_number(n: int) -> None:
    found, exact = both("factorial(n)", n=n)
    assert math.isnan(found)
    assert exact is None


@pytest.mark.parametrize("n", [-2.5, -0.25, 0.5, 3.75])
def test_between_whole_numbers_it_is_the_gamma_function(n: float) -> None:
    expected = float(mp.gamma(mp.mpf(n) + 1))
    found, exact = both("factorial(n)", n=n)
    assert exact is not None
    assert found == pytest.approx(expected, rel=1e-14)
    assert float(exact) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("n", "k"), [(5, 2), (5, 0), (5, 5), (5, 6), (5, -1), (60, 30), (0, 0)])
def test_binomials(n: int, k: int) -> None:
    expected = math.comb(n, k) if k >= 0 else 0
    assert both("binomial(n, k)", n=n, k=k) == (float(expected), Fraction(expected))


@pytest.mark.parametrize(("n", "k"), [(5.5, 2), (-0.5, 3), (3.25, 0.5), (0.5, 2.5)])
def test_binomials_of_other_numbers(n: float, k: float) -> None:
    expected = float(mp.binomial(mp.mpf(n), mp.mpf(k)))
    found, exact = both("binomial(n, k)", n=n, k=k)
    assert exact is not None
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-300)
    assert float(exact) == pytest.approx(expected, rel=1e-13, abs=1e-300)


@given(st.floats(-400, 2000), st.floats(-400, 2000))
@example(-170.5, -300.2)
@example(170.5, 169.5)
@example(1000.0, 0.5)
@example(1e300, 0.5)
def test_binomials_of_any_numbers(n: float, k: float) -> None:
    """The gamma functions in it may be too large or too small for float64."""
    poles = [x for x in (n, k, n - k) if x < 0 and x == math.floor(x)]
    if poles:
        return
    with mp.workdps(60):
        sizes = [mp.gamma(mp.mpf(x) + 1) for x in (n, k, n - k)]
        expected = sizes[0] / sizes[1] / sizes[2]
        error = 1e-13 * sum(abs(mp.loggamma(abs(mp.mpf(x)) + 2)) + 10 for x in (n, k, n - k))
        near_pole = (
            min(abs(mp.mpf(x) - round(x)) for x in (n, k, n - k) if x < 0) if min(n, k, n - k) < 0 else 1
        )
    with np.errstate(all="ignore"):
        found = float(binomial(np.array(n), np.array(k)))
    if abs(expected) > 1.8e308:
        assert found == math.copysign(math.inf, float(mp.sign(expected)))
    elif near_pole > 1e-9 and 1e-300 < abs(expected) < 1e307:
        assert found == pytest.approx(float(expected), rel=float(error / min(near_pole, 1)) * 10)


@pytest.mark.parametrize(
    ("n", "k", "expected"),
    [(5.5, -2, 0), (2.5, 4.5, 0), (math.inf, 2, math.nan), (3, math.nan, math.nan), (-3, 1.5, math.nan)],
)
def test_binomials_at_poles(n: float, k: float, expected: float) -> None:
    assert float(binomial(np.array(n), np.array(k))) == pytest.approx(expected, nan_ok=True)
