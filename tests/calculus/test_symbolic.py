"""Symbolic derivatives against differences, complex steps, 50 digits, and SymPy used directly."""

from __future__ import annotations

import cmath
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hw2check.calculus.partials import _of_shape, derivative
from hw2check.calculus.symbolic import MAX_EXPONENT, from_sympy, to_sympy
from hw2check.calculus.values import evaluate
from hw2check.errors import HW2CheckError
from hw2check.formula.notation import NotationError, Vocabulary, parse
from hw2check.formula.text import to_text
from hw2check.formula.tree import (
    ZERO,
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expression,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    names,
    substitute,
    walk,
)
from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth

ANY = Vocabulary(lambda spelt: None if spelt == "pi" else spelt)
mp = mpmath.mp.clone()
mp.dps = 50


def tree(text: str) -> Expression:
    return parse(text, ANY)


def at(expression: Expression, **values: float) -> float:
    return float(evaluate(expression, {name: np.asarray(value) for name, value in values.items()}))


# --- a small evaluator of trees over any field of numbers: mpmath, complex numbers, SymPy


class Field:
    """Numbers with the functions of the language: a module or context, and how it makes constants."""

    def __init__(self, library: Any, number: Callable[[Any, Any], Any], pi: Any) -> None:
        self.library = library
        self.number = number
        self.pi = pi

    def value(self, e: Expression, env: dict[str, Any]) -> Any:
        match e:
            case Number(numeral):
                return self.number(numeral.value.numerator, numeral.value.denominator)
            case Constant():
                return self.pi
            case Name(name):
                return env[name]
            case Neg(operand):
                return -self.value(operand, env)
            case Add(terms):
                return sum((self.value(term, env) for term in terms[1:]), self.value(terms[0], env))
            case Mul(factors):
                result = self.value(factors[0], env)
                for factor in factors[1:]:
                    result = result * self.value(factor, env)
                return result
            case Div(top, bottom):
                return self.value(top, env) / self.value(bottom, env)
            case Pow(base, exponent):
                return self.value(base, env) ** self.value(exponent, env)
            case Call(function, arguments):
                return self.call(function, [self.value(argument, env) for argument in arguments])
        raise AssertionError(type(e))

    def call(self, function: str, a: list[Any]) -> Any:
        f, x = self.library, a[0]
        one = self.number(1, 1)
        match function:
            case "sigmoid":
                return one / (one + f.exp(-x))
            case "softplus":
                return f.log(one + f.exp(x))
            case "silu":
                return x / (one + f.exp(-x))
            case "silu'":
                s = one / (one + f.exp(-x))
                return s + x * s * (one - s)
            case "gelu":
                return x * (one + f.erf(x / f.sqrt(one + one))) / (one + one)
            case "gelu'":
                density = f.exp(-x * x / 2) / f.sqrt(2 * self.pi)
                return (one + f.erf(x / f.sqrt(one + one))) / 2 + x * density
        return self.kinked(function, a)

    def kinked(self, function: str, a: list[Any]) -> Any:
        x, *rest = a
        one = self.number(1, 1)
        match function:
            case "abs":
                return abs(x)
            case "sign":
                return one * ((x > 0) - (x < 0))
            case "step":
                return one * ((x > 0) + (x >= 0)) / 2
            case "relu":
                return x if x > 0 else x * 0
            case "relu'":
                return one * (x > 0)
            case "leaky_relu":
                return x if x > 0 else rest[0] * x
            case "leaky_relu'":
                return one if x > 0 else rest[0]
            case "elu":
                return x if x > 0 else rest[0] * (self.library.exp(x) - one)
            case "elu'":
                return one if x > 0 else rest[0] * self.library.exp(x)
            case "maximum":
                return max(a)
            case "minimum":
                return min(a)
        return getattr(self.library, function)(x)


DIGITS = Field(mp, lambda p, q: mp.mpf(p) / q, mp.pi)
COMPLEX = Field(cmath, lambda p, q: complex(p / q), cmath.pi)
SYMBOLS = Field(sp, sp.Rational, sp.pi)

FORMULAS = [
    "x^3 - 2*x + 1",
    "1/(1 + exp(-x))",
    "exp(-x)/(1 + exp(-x))^2",
    "x*y + y^2/x",
    "exp(x)/(exp(x) + exp(y))",
    "log(x^2 + 1)*sqrt(x^2 + 2)",
    "sin(x*y) + cos(x)*tan(y/3)",
    "sinh(x)*cosh(y)/tanh(x + 3)",
    "x^y + 2^x",
    "(x + y)^2.5",
    "(x*y)^(-1/2)",
    "pi*x^2",
    "exp(x^2)^y",
    "sqrt(sqrt(x))",
    "x^1 + x^0",
    "x - x + y",
    "softplus(x*y) - sigmoid(x)*y",
    "silu(x) + silu'(x*y)",
    "gelu(x*y) + gelu'(x)",
    "relu(x - y)*x",
    "abs(x - 2*y)^3",
    "sign(x)*x^2",
    "step(x)*x",
    "relu'(x, 0.5)*x",
    "leaky_relu(x - 3*y)",
    "leaky_relu(-x, y)",
    "leaky_relu'(-x, y*x)",
    "elu(x - 3*y)",
    "elu(-x, y*x)",
    "elu'(-x, x)",
    "max(x*y, x + y)*x",
    "min(x*y, x + y, x^2)",
    "max(x, y, x*y, 0.3)",
    "-t*log(x) - (1 - t)*log(1 - x/9)",
    "(t - sigmoid(x*y))^2/2",
    "tanh(x)*tanh(y)",
    "(1 + tanh(x/2))/2",
    "0.1*x^2 + 1e-3*x",
    "x/3/y",
    "sigmoid(sigmoid(sigmoid(x)))",
    "exp(-(x - y)^2/(2*t^2))/(t*sqrt(2*pi))",
]
POINT = {"x": 1.3, "y": 0.6, "t": 0.35}


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("name", ["x", "y", "t"])
def test_derivatives_to_fifty_digits(text: str, name: str) -> None:
    expression = tree(text)
    if name not in names(expression):
        assert derivative(expression, name) == ZERO
        return
    derived = derivative(expression, name)
    for factor in (1.0, 0.37, 2.1):
        point = {key: value * factor if key != "t" else value for key, value in POINT.items()}

        def along(value: Any, point: dict[str, float] = point) -> Any:
            env = {**{key: mp.mpf(other) for key, other in point.items()}, name: value}
            return DIGITS.value(expression, env)

        expected = mp.diff(along, mp.mpf(point[name]))
        assert at(derived, **point) == pytest.approx(float(expected), rel=1e-11, abs=1e-13)


KINKED = ("abs", "relu", "elu", "sign", "step", "maximum", "minimum", "gelu")


def is_analytic(expression: Expression) -> bool:
    return not any(
        isinstance(part, Compare)
        or (
            isinstance(part, Call) and any(part.function.removeprefix("leaky_").startswith(k) for k in KINKED)
        )
        for part in walk(expression)
    )


@pytest.mark.parametrize("text", [text for text in FORMULAS if is_analytic(tree(text))])
def test_derivatives_by_complex_steps(text: str) -> None:
    expression = tree(text)
    for name in names(expression):
        step = 1e-30
        env = {key: complex(value) for key, value in POINT.items()}
        env[name] += 1j * step
        expected = COMPLEX.value(expression, env).imag / step
        assert at(derivative(expression, name), **POINT) == pytest.approx(expected, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("text", FORMULAS)
def test_derivatives_by_differences(text: str) -> None:
    expression = tree(text)
    for name in names(expression):
        step = 1e-6
        above, below = ({**POINT, name: POINT[name] + sign * step} for sign in (1, -1))
        expected = (at(expression, **above) - at(expression, **below)) / (2 * step)
        assert at(derivative(expression, name), **POINT) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("text", [text for text in FORMULAS if is_analytic(tree(text))])
def test_derivatives_as_sympy_has_them(text: str) -> None:
    expression = tree(text)
    for name in names(expression):
        symbols = {key: sp.Symbol(key, positive=True) for key in POINT}
        composed = SYMBOLS.value(expression, symbols)
        expected = sp.diff(composed, symbols[name]).subs(
            {symbols[key]: sp.Rational(str(value)) for key, value in POINT.items()}
        )
        found = at(derivative(expression, name), **POINT)
        assert found == pytest.approx(float(sp.N(expected, 30)), rel=1e-11, abs=1e-13)


# --- random trees

SMOOTH = ("exp", "sigmoid", "tanh", "sin", "cos", "softplus", "silu", "sinh", "cosh")


def trees() -> st.SearchStrategy[Expression]:
    leaves = st.one_of(
        st.sampled_from(["x", "y", "t"]).map(Name), st.sampled_from(["1", "2", "0.5", "3", "pi"]).map(tree)
    )

    def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            inner.map(Neg),
            several.map(Add),
            several.map(Mul),
            st.builds(Div, inner, inner),
            st.builds(Pow, inner, st.sampled_from(["2", "3", "-1", "0.5", "y"]).map(tree)),
            st.builds(lambda f, a: Call(f, (a,)), st.sampled_from(SMOOTH), inner),
            st.builds(
                lambda f, a: Call(f, (a, *[tree("0.1")] * (f != "abs"))),
                st.sampled_from(["abs", "leaky_relu", "elu"]),
                inner,
            ),
            st.builds(lambda f, a: Call(f, (a,)), st.sampled_from(["relu", "gelu"]), inner),
            several.map(lambda parts: Call("maximum", parts)),
        )

    return st.recursive(leaves, grown, max_leaves=7)


def precise(expression: Expression, name: str, point: dict[str, float]) -> float | None:
    """The derivative to 50 digits, or None at a kink and where it is not real and finite."""

    def along(value: Any) -> Any:
        return DIGITS.value(expression, {**{k: mp.mpf(v) for k, v in point.items()}, name: value})

    start, step = mp.mpf(point[name]), mp.mpf("1e-12")
    try:
        here = mp.diff(along, start)
        sides = ((along(start + step) - along(start)) / step, (along(start) - along(start - step)) / step)
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):
        return None
    parts = (here, *sides)
    if any(isinstance(part, mp.mpc) or not mp.isfinite(part) or abs(part) > 1e12 for part in parts):
        return None
    if abs(sides[0] - sides[1]) > mp.mpf("1e-5") * (abs(here) + mp.mpf("1e-3")):
        return None
    return float(here)


@settings(max_examples=250, deadline=None)
@given(trees(), st.floats(0.2, 2.0), st.floats(0.2, 2.0), st.sampled_from(["x", "y"]))
def test_random_trees(expression: Expression, x: float, y: float, name: str) -> None:
    point = {"x": round(x, 3), "y": round(y, 3), "t": 0.35}
    assume(name in names(expression))
    expected = precise(expression, name, point)
    assume(expected is not None)
    value = at(expression, **point)
    assume(np.isfinite(value) and abs(value) < 1e6)
    found = at(derivative(expression, name), **point)
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-9), to_text(expression)


@settings(max_examples=150, deadline=None)
@given(trees())
def test_there_and_back(expression: Expression) -> None:
    """to_sympy and from_sympy keep the value."""
    point = {"x": 1.31, "y": 0.57, "t": 0.35}
    value = at(expression, **point)
    assume(np.isfinite(value) and abs(value) < 1e9)
    back = at(from_sympy(to_sympy(expression)), **point)
    assert back == pytest.approx(value, rel=1e-9, abs=1e-9), to_text(expression)


@settings(max_examples=150, deadline=None)
@given(trees())
def test_a_derivative_can_be_written_down(expression: Expression) -> None:
    derived = derivative(expression, "x")
    try:
        again = parse(to_text(derived), ANY)
    except NotationError as error:
        assert "nested deeper" in error.message
        return
    point = {"x": 1.31, "y": 0.57, "t": 0.35}
    assert at(again, **point) == pytest.approx(at(derived, **point), rel=1e-12, nan_ok=True)


RENAMINGS = [
    {"x": "a", "y": "b", "t": "c"},
    {"x": "z9", "y": "z10", "t": "z11"},
    {"x": "c", "y": "b", "t": "a"},  # another order of names: another shape, the same derivative
    {"x": "v0001", "y": "v0000", "t": "v0002"},  # like the placeholders themselves
    {"x": "dLoss/dx", "y": "y", "t": "x"},
    {"x": "E", "y": "I", "t": "pi_"},  # what SymPy would read as constants
    {"x": "lambda", "y": "S", "t": "N"},
]


@pytest.mark.parametrize("renaming", RENAMINGS, ids=str)
def test_renamed_formulas_have_the_renamed_derivative(renaming: dict[str, str]) -> None:
    put = {name: Name(new) for name, new in renaming.items()}
    values = {renaming[name]: value for name, value in POINT.items()}
    for text in FORMULAS:
        expression = tree(text)
        renamed = substitute(expression, put)
        for name in names(expression):
            found = at(derivative(renamed, renaming[name]), **values)
            assert found == pytest.approx(at(derivative(expression, name), **POINT), rel=1e-9), text


def test_equal_shapes_give_equal_formulas() -> None:
    first = derivative(tree("sigmoid(w1*x1 + b1)"), "w1")
    second = derivative(tree("sigmoid(w2*x2 + b2)"), "w2")
    assert to_text(second) == to_text(first).replace("1)", "2)").replace("w1", "w2").replace(
        "x1", "x2"
    ).replace("b1", "b2")


def test_relu_at_zero() -> None:
    expression = tree("relu(x)*y")
    assert at(derivative(expression, "x"), x=0.0, y=3.0) == 0.0
    assert at(derivative(expression, "x", tree("1")), x=0.0, y=3.0) == 3.0
    assert at(derivative(expression, "x", tree("0.5")), x=0.0, y=3.0) == 1.5
    assert at(derivative(expression, "x", tree("0.5")), x=2.0, y=3.0) == 3.0
    assert at(derivative(expression, "x"), x=0.0, y=3.0) == 0.0  # not what was asked for a moment ago


@pytest.mark.parametrize(
    ("text", "name", "printed"),
    [
        ("x^2", "x", "2*x"),
        ("a*x2 + b*x3 + c*x2*x3", "x2", "a + c*x3"),
        ("a*x2 + b*x3 + c*x2*x3", "c", "x2*x3"),
        ("x4^2 + d", "d", "1"),
        ("sigmoid(x)", "x", "sigmoid(x)*(1 - sigmoid(x))"),
        ("relu(x)", "x", "relu'(x)"),
        ("tanh(x)", "x", "1 - tanh(x)^2"),
        ("exp(w*x)", "w", "x*exp(w*x)"),
        ("1/x", "x", "-1/x^2"),
        ("sqrt(x)", "x", "1/(2*sqrt(x))"),
        ("log(x)", "x", "1/x"),
    ],
)
def test_as_people_write_it(text: str, name: str, printed: str) -> None:
    assert to_text(derivative(tree(text), name)) == printed


# --- what has no scalar meaning, and what must not take long


@pytest.mark.parametrize("text", ["x @ y", "x.T", "[x, y]", "softmax(x)", "log_softmax(x)", "sum(x, axis=0)"])
def test_matrix_operations_are_refused(text: str) -> None:
    with pytest.raises(KeyError):
        derivative(tree(text), "x")


HOSTILE = [
    "x^9^9^9^9",
    "9^9^9^9*x",
    "(x^9)^9^9",
    "x^(10^100)",
    "2^(2^(2^(2^(2^2))))*x",
    "(1 + x)^100000",
    "(1 + x + y)^4000",
    "x^1e300",
    "1e300^1e300*x",
    "(1e-300)^5*x",
    "x^(1/3)^50",
    "0^(-1)*x",
    "(0/0)*x",
    "x/(1 - 1)",
    "log(0)*x",
    "sin(10^300)*x",
    "exp(exp(exp(exp(10))))*x",
    "exp(1000)^1000*x",
    "(2/3)^5000*x",
    "(1/3)^4000^2*x",
    "sqrt(-1)*x",
    "(-8)^(1/3)*x",
    f"x^{MAX_EXPONENT}",
    f"3^{MAX_EXPONENT}*x",
    "*".join(["(x + y)"] * 60),
    "+".join(["sin(x*y)"] * 300),
    "exp(" * 25 + "x" + ")" * 25,
    "^".join(["x"] * 12),
    "/".join(["(x + 1)"] * 40),
    "(((x + 1)^50 + 1)^50 + 1)^50",
    "sigmoid(" * 20 + "x" + ")" * 20,
]


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Ends what takes longer, so that one hanging formula does not stop the tests."""

    def end(*_: object) -> None:
        raise TimeoutError(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_takes_long(tmp_path: Path, text: str) -> None:
    """Formulas meant to harm get their derivative, or one clear error, at once."""
    file = tmp_path / "problem.toml"
    file.write_text(
        f'loss = "z"\n[given]\nx = 0.9\ny = 0.4\n[nodes]\nz = "{text} + 0*x*y"\n', encoding="utf-8"
    )
    with at_most(2):
        try:
            truth = Truth(read_problem(read_source(str(file))), with_gradients=True)
        except HW2CheckError as error:
            assert error.message
        else:
            formula = truth.formula("dz/dx")
            assert formula is not None
            assert to_text(formula)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("x^5000", 1.001, 5000 * 1.001**4999),
        ("x^100", 0.5, 100 * 0.5**99),
        ("(2/3)^5000*x", 1.0, 0.0),
        ("1.5^600*x", 1.0, 1.5**600),
        ("x^2.5", 4.0, 20.0),
        ("x^(-3)", 2.0, -3 / 16),
        ("0.9^5000*x", 1.0, 0.9**5000),
        ("1e-300*x", 1.0, 1e-300),
        ("(1e-150)^2*x", 1.0, 1e-300),
        ("x^0", 2.0, 0.0),
    ],
)
def test_large_powers_keep_their_value(text: str, x: float, expected: float) -> None:
    assert at(derivative(tree(text), "x"), x=x) == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("formula", "factored"),
    [
        ("((a + b)^24 + (c + d)^24)^24", False),
        ("exp(((a + b)^24 + (c + d)^24)^24)", False),
        ("1/((a*b + c*d)^8 + (a*c - b*d)^8)/(a^8 + b^8 + c^8 + d^8)", False),
        ("sqrt((a + b)^20 + (a - c)^20)*(a + c + d)^12", False),
        ("((a + b)^2 + (c + d)^2)^2", True),
        ("a/(a^2 + b^2)^1.5", True),
    ],
)
def test_only_small_polynomials_are_factored(
    formula: str, factored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Factoring multiplies out, which takes minutes for powers of powers."""
    tried: list[object] = []

    def factor(expression: object) -> object:
        tried.append(expression)
        return expression

    monkeypatch.setattr("hw2check.calculus.symbolic.sp.factor", factor)
    _of_shape.cache_clear()
    derivative(parse(formula, ANY), "a")
    _of_shape.cache_clear()
    assert bool(tried) == factored
