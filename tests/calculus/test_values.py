"""Values against mpmath at 50 digits, against plain NumPy, and point by point."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hw2check.calculus.partials import derivative
from hw2check.calculus.values import ShapeError, evaluate, show_shape
from hw2check.formula.functions import FUNCTIONS, SLOPES
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.tree import (
    Add,
    Call,
    Compare,
    Div,
    Expression,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Pow,
    Transpose,
    names,
    walk,
)

mp = mpmath.mp.clone()
mp.dps = 50

Array = NDArray[np.float64]

ANY = Vocabulary(lambda spelt: spelt)
ARGUMENTS = (
    *(0.0, 1e-300, -1e-300, 1e-9, -1e-9, 1e-3, 0.1, -0.1, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.7, -3.7),
    *(6.0, -6.0, 8.5, -8.5, 12.0, -12.0, 20.0, -20.0, 37.0, -37.0, 40.0, -40.0, 100.0, -100.0),
    *(300.0, -300.0, 700.0, -700.0),
)


def tree(text: str) -> Expression:
    return parse(text, ANY)


def value(text: str, **values: Any) -> Array:
    return evaluate(tree(text), {name: np.asarray(array, dtype=np.float64) for name, array in values.items()})


# Each function as a mathematician would write it, at 50 digits.
ORACLES: dict[str, Callable[..., Any]] = {
    "exp": mp.exp,
    "log": mp.log,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "abs": abs,
    "sign": mp.sign,
    "step": lambda x: mp.mpf((x > 0) + (x >= 0)) / 2,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "relu": lambda x: x if x > 0 else mp.mpf(0),
    "relu'": lambda x: mp.mpf(x > 0),
    "leaky_relu": lambda x: x if x > 0 else x * mp.mpf(0.01),
    "leaky_relu'": lambda x: mp.mpf(1) if x > 0 else mp.mpf(0.01),
    "elu": lambda x: x if x > 0 else mp.expm1(x),
    "elu'": lambda x: mp.mpf(1) if x > 0 else mp.exp(x),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "gelu": lambda x: x * mp.ncdf(x),
    "gelu'": lambda x: mp.ncdf(x) + x * mp.npdf(x),
    "hardswish": lambda x: 0 * x if x <= -3 else x if x >= 3 else x * (x + 3) / 6,
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "silu'": lambda x: (1 + mp.exp(-x) + x * mp.exp(-x)) / (1 + mp.exp(-x)) ** 2,
    "max": lambda x: x,
    "min": lambda x: x,
    "max'": lambda _: mp.mpf(1),
    "min'": lambda _: mp.mpf(1),
    "sum": lambda x: x,
    "mean": lambda x: x,
    "softmax": lambda _: mp.mpf(1),
    "log_softmax": lambda _: mp.mpf(0),
}
OF_TWO: dict[str, Callable[..., Any]] = {
    "maximum": max,
    "minimum": min,
    "relu'": lambda x, z: mp.mpf(1) if x > 0 else z if x == 0 else mp.mpf(0),
    "leaky_relu": lambda x, s: x if x > 0 else s * x,
    "leaky_relu'": lambda x, s: mp.mpf(1) if x > 0 else s,
    "elu": lambda x, a: x if x > 0 else a * mp.expm1(x),
    "elu'": lambda x, a: mp.mpf(1) if x > 0 else a * mp.exp(x),
}
SQUARE = {"det", "trace", "inverse"}  # tests/calculus/test_square.py
COUNTING = {"factorial", "binomial"}  # tests/calculus/test_counting.py
SMALLEST = 2.3e-308  # below it float64 loses digits


def near(found: float, expected: Any, argument: float) -> bool:
    """Agreement to a few last places, and to what rounding the argument of exp(x) or exp(x^2) does."""
    expected = float(expected)
    if abs(expected) < SMALLEST:
        return abs(found) <= 2 * SMALLEST
    return bool(
        abs(found - expected) <= (16 + 4 * abs(argument) + argument**2) * np.finfo(float).eps * abs(expected)
    )


def test_every_function_has_an_oracle() -> None:
    assert ORACLES.keys() | OF_TWO.keys() | SQUARE | COUNTING == FUNCTIONS.keys()
    assert set(SLOPES) <= set(FUNCTIONS)
    for name, function in FUNCTIONS.items():
        assert function.name == name
        if name in SQUARE | COUNTING:
            continue
        assert name in (ORACLES if function.least == 1 else OF_TWO)
        assert (name in OF_TWO) == (function.most > 1)


@pytest.mark.parametrize("name", ORACLES)
def test_functions_of_one_number(name: str) -> None:
    for argument in ARGUMENTS:
        if name in {"log", "sqrt"} and argument <= 0:
            continue
        found = float(value(f"{name}(x)", x=argument))
        expected = ORACLES[name](mp.mpf(argument))
        assert near(found, expected, argument), (name, argument, found, expected)


@pytest.mark.parametrize("name", OF_TWO)
def test_functions_of_two_numbers(name: str) -> None:
    for argument in ARGUMENTS:
        for second in (0.0, 0.3, 1.0, 2.5, -0.7):
            tree_ = Call(name, (Name("x"), Name("s")))
            found = float(evaluate(tree_, {"x": np.asarray(argument), "s": np.asarray(second)}))
            expected = OF_TWO[name](mp.mpf(argument), mp.mpf(second))
            assert near(found, expected, argument), (name, argument, second, found, expected)


@pytest.mark.parametrize("name", ["log", "sqrt"])
def test_outside_the_domain_nothing_is_raised(name: str) -> None:
    assert np.isnan(value(f"{name}(x)", x=-2.0))
    assert not np.isfinite(value("log(x)", x=0.0))
    assert value("sqrt(x)", x=0.0) == 0


@pytest.mark.parametrize("text", ["exp(x)", "1/x*0", "x^0.5", "sinh(x)", "x/0", "0/0 + x", "log(x - x)"])
def test_overflow_and_undefined_operations_are_values(text: str) -> None:
    for argument in (-1000.0, 0.0, 1000.0, 1e308):
        assert np.shape(value(text, x=argument)) == ()


def slope(function: Callable[[Any], Any], argument: float) -> float:
    """The derivative, with digits enough for a function that is flat to 300 places, or steep beside 0."""
    with mp.workdps(700):
        return float(mp.diff(function, mp.mpf(argument)))


@pytest.mark.parametrize("name", SLOPES)
def test_slopes(name: str) -> None:
    """What is written f'(x), and what SymPy derives, are the derivative at 50 digits."""
    written, derived = tree(f"{name}'(x)"), derivative(tree(f"{name}(x)"), "x")
    for argument in ARGUMENTS:
        if (name in {"log", "sqrt"} and argument <= 0) or (name == "abs" and not argument):
            continue
        expected = slope(ORACLES[name], argument)
        for form in (written, derived):
            found = float(evaluate(form, {"x": np.asarray(argument)}))
            scale = 1e-14 * (1 + abs(argument)) * max(abs(expected), lost_digits(name, argument))
            assert abs(found - expected) <= scale, (name, argument, found, expected)


def lost_digits(name: str, argument: float) -> float:
    """1 - tanh^2 and s*(1 - s) in float64 have no digits left where the function is saturated."""
    return 1.0 if name in {"tanh", "sigmoid"} and abs(argument) > 1 else SMALLEST * 1e20


PRIMED = [name for name in FUNCTIONS if name.endswith("'")]


@pytest.mark.parametrize("name", PRIMED)
def test_primed_functions_are_derivatives(name: str) -> None:
    base = ORACLES[name.removesuffix("'")]
    derived = derivative(tree(f"{name.removesuffix(chr(39))}(x)"), "x")
    for argument in ARGUMENTS:
        if argument == 0 and name in {"relu'", "leaky_relu'"}:
            continue
        expected = slope(base, argument)
        for form in (tree(f"{name}(x)"), derived):
            found = float(evaluate(form, {"x": np.asarray(argument)}))
            allowed = 1e-14 * (1 + argument * argument) * max(abs(expected), SMALLEST * 1e20)
            assert abs(found - expected) <= allowed, (name, argument, found, expected)


# --- a closed set: every function has a derivative, or is not one of scalars

NOT_SCALAR = {"softmax", "log_softmax", "max'", "min'"} | SQUARE


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_derivative_or_is_no_scalar_one(name: str) -> None:
    function = FUNCTIONS[name]
    if name in NOT_SCALAR:
        with pytest.raises(KeyError):
            derivative(Call(name, (Name("x"),), 0), "x")
        return
    extra = tuple(tree(text) for text in function.defaults)
    call = Call(name, ((Name("x"), Name("y")) if function.least == 2 else (Name("x"), *extra)))
    assert set(names(derivative(call, "x"))) <= {"x", "y"}


def test_every_slope_is_reachable_for_every_activation() -> None:
    """f' can be written for each elementwise function of one argument."""
    for name, function in FUNCTIONS.items():
        if function.along or name in {"maximum", "minimum"} or name.endswith("'"):
            continue
        if function.slopes[0] in {"0", "0/0"}:
            continue
        assert name in SLOPES or f"{name}'" in FUNCTIONS


# --- arrays against plain NumPy

rng = np.random.default_rng(20240501)
ARRAYS: dict[str, Array] = {
    "s": np.asarray(1.7),
    "v": rng.uniform(0.5, 2, 3),
    "c": rng.uniform(0.5, 2, (3, 1)),
    "r": rng.uniform(0.5, 2, (1, 3)),
    "A": rng.uniform(-2, 2, (3, 3)),
    "B": rng.uniform(0.5, 2, (3, 3)),
    "P": rng.uniform(-2, 2, (2, 3)),
    "Q": rng.uniform(-2, 2, (3, 4)),
}


def softmax(x: Array, axis: int) -> Array:
    powers = np.exp(x)
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def placed(entries: Any, like: Array, where: Any) -> Array:
    result = np.zeros_like(like)
    result[where] = entries
    return result


PLAIN: dict[str, Callable[[dict[str, Array]], Any]] = {
    "A + B": lambda q: q["A"] + q["B"],
    "A - c": lambda q: q["A"] - q["c"],
    "A*r": lambda q: q["A"] * q["r"],
    "s*A + 1": lambda q: q["s"] * q["A"] + 1,
    "A/B/c": lambda q: q["A"] / q["B"] / q["c"],
    "c + r": lambda q: q["c"] + q["r"],
    "A + v": lambda q: q["A"] + q["v"],
    "v*v - s": lambda q: q["v"] * q["v"] - q["s"],
    "B^A": lambda q: q["B"] ** q["A"],
    "B^2": lambda q: q["B"] ** 2,
    "2^A": lambda q: 2 ** q["A"],
    "-A": lambda q: -q["A"],
    "P @ Q": lambda q: q["P"] @ q["Q"],
    "P @ A @ Q": lambda q: q["P"] @ q["A"] @ q["Q"],
    "P @ v": lambda q: q["P"] @ q["v"],
    "v @ Q": lambda q: q["v"] @ q["Q"],
    "v @ v": lambda q: q["v"] @ q["v"],
    "A @ c": lambda q: q["A"] @ q["c"],
    "c @ r": lambda q: q["c"] @ q["r"],
    "r @ c": lambda q: q["r"] @ q["c"],
    "Q.T @ P.T": lambda q: q["Q"].T @ q["P"].T,
    "(P @ Q).T": lambda q: (q["P"] @ q["Q"]).T,
    "v.T": lambda q: q["v"],
    "s.T": lambda q: q["s"],
    "A > B": lambda q: (q["A"] > q["B"]) * 1.0,
    "A <= 0": lambda q: (q["A"] <= 0) * 1.0,
    "relu(A)": lambda q: np.where(q["A"] > 0, q["A"], 0),
    "sigmoid(P)": lambda q: 1 / (1 + np.exp(-q["P"])),
    "max(A, B)": lambda q: np.maximum(q["A"], q["B"]),
    "max(A, 0, s)": lambda q: np.maximum(np.maximum(q["A"], 0), q["s"]),
    "min(c, r)": lambda q: np.minimum(q["c"], q["r"]),
    "leaky_relu(A, B)": lambda q: np.where(q["A"] > 0, q["A"], q["A"] * q["B"]),
    "max(A)": lambda q: q["A"].max(),
    "min(v)": lambda q: q["v"].min(),
    "sum(A)": lambda q: q["A"].sum(),
    "sum(Q, axis=0)": lambda q: q["Q"].sum(axis=0),
    "sum(Q, axis=1)": lambda q: q["Q"].sum(axis=1),
    "mean(P, axis=1)": lambda q: q["P"].mean(axis=1),
    "mean(v)": lambda q: q["v"].mean(),
    "sum(s)": lambda q: q["s"],
    "max(P, axis=0)": lambda q: q["P"].max(axis=0),
    "max'(A)": lambda q: (q["A"] == q["A"].max()) * 1.0,
    "min'(P, axis=1)": lambda q: (q["P"] == q["P"].min(axis=1, keepdims=True)) * 1.0,
    "max'([1, 3, 3, 2])": lambda _: np.array([0, 0.5, 0.5, 0]),
    "max'(v*0)": lambda _: np.full(3, 1 / 3),
    "softmax(Q)": lambda q: softmax(q["Q"], 0),
    "softmax(Q, axis=1)": lambda q: softmax(q["Q"], 1),
    "softmax(v)": lambda q: softmax(q["v"], 0),
    "log_softmax(P)": lambda q: np.log(softmax(q["P"], 0)),
    "log_softmax(P, axis=1)": lambda q: np.log(softmax(q["P"], 1)),
    "[[s, 1], [2, s^2]]": lambda _: np.array([[1.7, 1], [2, 1.7**2]]),
    "[1, s, 3]": lambda _: np.array([1, 1.7, 3]),
    "[[s, 1, 2]] @ c": lambda q: np.array([[1.7, 1, 2]]) @ q["c"],
    "sum(Q, axis=1, keepdims=True)": lambda q: q["Q"].sum(axis=1, keepdims=True),
    "mean(Q, axis=0, keepdims=True)": lambda q: q["Q"].mean(axis=0, keepdims=True),
    "max(P, keepdims=True)": lambda q: q["P"].max(keepdims=True),
    "A/sum(A, axis=1, keepdims=True)": lambda q: q["A"] / q["A"].sum(axis=1, keepdims=True),
    "sum(s, keepdims=True)": lambda q: q["s"],
    "Q[0]": lambda q: q["Q"][0],
    "Q[-1]": lambda q: q["Q"][-1],
    "Q[:, 1]": lambda q: q["Q"][:, 1],
    "Q[2, 3]": lambda q: q["Q"][2, 3],
    "Q[0:2]": lambda q: q["Q"][0:2],
    "Q[1:, :-1]": lambda q: q["Q"][1:, :-1],
    "Q[:, 1:2]": lambda q: q["Q"][:, 1:2],
    "v[2]": lambda q: q["v"][2],
    "(P @ Q)[1][0:3]": lambda q: (q["P"] @ q["Q"])[1][0:3],
    "A.T[0]^2": lambda q: q["A"].T[0] ** 2,
    "concat(A, P)": lambda q: np.concatenate([q["A"], q["P"]]),
    "concatenate(A, c, B, axis=1)": lambda q: np.concatenate([q["A"], q["c"], q["B"]], axis=1),
    "concat(v, [s, 1])": lambda q: np.concatenate([q["v"], [1.7, 1]]),
    "reshape(P, 3, 2)": lambda q: q["P"].reshape(3, 2),
    "reshape(Q, -1)": lambda q: q["Q"].reshape(-1),
    "reshape(v, -1, 1)": lambda q: q["v"].reshape(-1, 1),
    "reshape(s, 1, 1)": lambda q: q["s"].reshape(1, 1),
    "outer(v, c + 1)": lambda q: np.outer(q["v"], q["c"] + 1),
    "outer([1, 2], v)": lambda q: np.outer([1, 2], q["v"]),
    "ones(2, 3) + P": lambda q: 1 + q["P"],
    "v + zeros(3)": lambda q: q["v"],
    "place(v, A[1])": lambda q: placed(q["v"], q["A"], 1),
    "place(P[0], Q[:, 2])": lambda q: placed(q["P"][0], q["Q"], (slice(None), 2)),
    "place(s, Q[0, -1])": lambda q: placed(q["s"], q["Q"], (0, -1)),
    "place(A[:2], A[1:])": lambda q: placed(q["A"][:2], q["A"], slice(1, None)),
    "place(2, v[0:2])": lambda q: placed(2.0, q["v"], slice(0, 2)),
}


@pytest.mark.parametrize("text", PLAIN)
def test_arrays_as_in_numpy(text: str) -> None:
    found, expected = value(text, **ARRAYS), np.asarray(PLAIN[text](ARRAYS))
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("text", PLAIN)
def test_a_sample_axis_changes_nothing(text: str) -> None:
    points = 5
    samples = {name: rng.uniform(0.3, 2, (points, *array.shape)) for name, array in ARRAYS.items()}
    together = evaluate(tree(text), samples, lead=1)
    for point in range(points):
        alone = evaluate(tree(text), {name: array[point] for name, array in samples.items()})
        together_here = np.broadcast_to(together, (points, *np.shape(alone)))[point]
        np.testing.assert_allclose(together_here, alone, rtol=1e-13)


def test_softmax_does_not_overflow() -> None:
    np.testing.assert_allclose(value("softmax(v)", v=[1000.0, 1000.0, -1000.0]), [0.5, 0.5, 0.0])
    np.testing.assert_allclose(value("log_softmax(v)", v=[0.0, -2000.0]), [0.0, -2000.0])


# --- random trees of random shapes: all points at once, and one by one

SHAPES: dict[str, tuple[int, ...]] = {
    "s": (),
    "t": (),
    "v": (3,),
    "w": (3,),
    "c": (3, 1),
    "r": (1, 3),
    "A": (3, 3),
}


def array_trees() -> st.SearchStrategy[Expression]:
    leaves = st.one_of(
        st.sampled_from(sorted(SHAPES)).map(Name),
        st.sampled_from(["1", "0.5", "2", "[1, 2, 3]", "[[1, 2, 3]]", "[[1], [2], [3]]"]).map(tree),
    )

    def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            inner.map(Neg),
            inner.map(Transpose),
            several.map(Add),
            several.map(Mul),
            st.builds(Div, inner, inner),
            st.builds(Pow, inner, inner),
            st.builds(MatMul, inner, inner),
            st.builds(Compare, st.sampled_from([">", "<", ">=", "<="]), inner, inner),
            st.builds(lambda f, a: Call(f, (a,)), st.sampled_from(["exp", "sigmoid", "relu", "tanh"]), inner),
            several.map(lambda parts: Call("maximum", parts)),
            st.builds(lambda a, b: Call("leaky_relu", (a, b)), inner, inner),
            st.builds(
                lambda f, a, x: Call(f, (a,), x),
                st.sampled_from(["sum", "mean", "max", "min"]),
                inner,
                st.sampled_from([None, 0, 1]),
            ),
            st.builds(
                lambda f, a, x: Call(f, (a,), x),
                st.sampled_from(["softmax", "log_softmax"]),
                inner,
                st.sampled_from([0, 1]),
            ),
            st.lists(inner, min_size=1, max_size=3).map(lambda row: Matrix((tuple(row),), flat=True)),
            st.builds(lambda a, b: Matrix(((a, b), (b, a))), inner, inner),
        )

    return st.recursive(leaves, grown, max_leaves=8)


@settings(max_examples=600, deadline=None)
@given(array_trees(), st.integers(0, 10**6), st.integers(2, 5))
def test_random_trees_point_by_point(tree_: Expression, seed: int, points: int) -> None:
    draw = np.random.default_rng(seed)
    samples = {name: draw.uniform(-2, 2, (points, *shape)) for name, shape in SHAPES.items()}
    try:
        alone = [evaluate(tree_, {n: a[i] for n, a in samples.items()}) for i in range(points)]
    except ShapeError:
        with pytest.raises(ShapeError):
            evaluate(tree_, samples, lead=1)
        return
    together = evaluate(tree_, samples, lead=1)
    assume(names(tree_))
    together = np.broadcast_to(together, (points, *np.shape(alone[0])))
    for i in range(points):
        np.testing.assert_allclose(together[i], alone[i], rtol=1e-9, atol=1e-12)


@settings(max_examples=200, deadline=None)
@given(array_trees(), st.integers(0, 10**6))
def test_one_sample_for_some_names_serves_all_points(tree_: Expression, seed: int) -> None:
    """A name may have one sample for all points: a given that keeps its value."""
    draw = np.random.default_rng(seed)
    points = 4
    samples = {
        name: draw.uniform(-2, 2, (1 if name in "svA" else points, *shape)) for name, shape in SHAPES.items()
    }
    full = {name: np.broadcast_to(array, (points, *array.shape[1:])) for name, array in samples.items()}
    try:
        expected = evaluate(tree_, full, lead=1)
    except ShapeError:
        return
    found = evaluate(tree_, samples, lead=1)
    np.testing.assert_allclose(np.broadcast_to(found, np.shape(expected)), expected, rtol=1e-9, atol=1e-12)


# --- disturbed rounding


def test_disturbed_rounding_shows_how_many_digits_are_lost() -> None:
    formula = tree("(1 + x) - 1")
    values = {"x": np.asarray(0.1)}
    draws = [float(evaluate(formula, values, rng=Random(seed))) for seed in range(20)]
    spread = max(draws) - min(draws)
    assert 1e-17 < spread < 1e-14
    assert all(abs(draw - 0.1) < 1e-14 for draw in draws)


def test_disturbed_rounding_leaves_exact_results_alone() -> None:
    for text in ("3*4 - 5", "1/2 + 1/4", "2^10", "max(3, 4)", "[[1, 2], [3, 4]] @ [1, 2]"):
        exact = evaluate(tree(text), {})
        assert np.array_equal(evaluate(tree(text), {}, rng=Random(1)), exact)


def test_disturbed_rounding_knows_a_rounded_one() -> None:
    """sigmoid(40) is 1 in float64 because it was rounded: 1 - sigmoid(40) has no digit that counts."""
    formula = tree("1 - sigmoid(x)")
    draws = {float(evaluate(formula, {"x": np.asarray(40.0)}, rng=Random(seed))) for seed in range(20)}
    assert len(draws) > 1


# --- shapes that do not go together


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("P + A", "the shapes of P (2 x 3) and A (3 x 3) do not go together"),
        ("P*Q", "the shapes of P (2 x 3) and Q (3 x 4) do not go together"),
        ("Q + v", "the shapes of Q (3 x 4) and v (vector of 3) do not go together"),
        ("v - [1, 2]", "the shapes of v (vector of 3) and [1, 2] (vector of 2) do not go together"),
        ("s + A + P", "the shapes of what stands before (3 x 3) and P (2 x 3) do not go together"),
        ("Q @ P", "the shapes of Q (3 x 4) and P (2 x 3) do not go together"),
        ("Q @ v", "the shapes of Q (3 x 4) and v (vector of 3) do not go together"),
        ("P/Q", "the shapes of P (2 x 3) and Q (3 x 4) do not go together"),
        ("P^Q", "the shapes of P (2 x 3) and Q (3 x 4) do not go together"),
        ("P > Q", "the shapes of P (2 x 3) and Q (3 x 4) do not go together"),
        ("max(P, Q)", "the shapes of P (2 x 3) and Q (3 x 4) do not go together"),
        ("s @ A", "@ is the matrix product, but s is a scalar: use *"),
        ("A @ 2", "@ is the matrix product, but 2 is a scalar: use *"),
        ("sum(v, axis=1)", "sum(v, axis=1): a vector of 3 has no axis 1"),
        ("[1, v]", "a matrix cannot stand inside a matrix"),
        ("P[2]", "P[2]: P is 2 x 3, and places are counted from 0, here to 1"),
        ("P[0, -4]", "P[0, -4]: P is 2 x 3, and places are counted from 0, here to 2"),
        ("v[3:]", "v[3:]: v is a vector of 3, and places are counted from 0, here to 2"),
        ("v[0, 1]", "v[0, 1]: v is a vector of 3 and has 1 axis"),
        ("s[0]", "s[0]: s is a scalar and has no axis"),
        ("concat(P, Q)", "the shapes of P (2 x 3) and Q (3 x 4) do not go together"),
        ("concat(A, v)", "the shapes of A (3 x 3) and v (vector of 3) do not go together"),
        ("concat(v, v, axis=1)", "concat(v, v, axis=1): v is a vector of 3 and has no axis 1"),
        ("concat(s, s)", "concat(s, s, axis=0): s is a scalar and has no axis 0"),
        ("reshape(P, 2, 4)", "reshape(P, 2, 4): P is 2 x 3 and has 6 entries"),
        ("reshape(P, 4, -1)", "reshape(P, 4, -1): P is 2 x 3 and has 6 entries"),
        ("place(v, Q[0])", "the shapes of v (vector of 3) and Q[0] (vector of 4) do not go together"),
    ],
)
def test_shape_errors_name_both(text: str, message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        value(text, **ARRAYS)
    assert str(caught.value) == message
    samples = {name: np.stack([array, array + 1]) for name, array in ARRAYS.items()}
    with pytest.raises(ShapeError) as caught:
        evaluate(tree(text), samples, lead=1)
    assert str(caught.value) == message


def test_giant_arrays_are_refused_before_they_are_made() -> None:
    column, row = np.ones((5000, 1)), np.ones((1, 5000))
    with pytest.raises(ShapeError, match="would have more than 20,000,000 entries"):
        value("c + r", c=column, r=row)
    with pytest.raises(ShapeError, match="would have more than 20,000,000 entries"):
        value("c @ r", c=column, r=row)
    with pytest.raises(ShapeError, match="would have more than 20,000,000 entries"):
        value("max(c, r)", c=column, r=row)
    with pytest.raises(ShapeError, match="would have more than 20,000,000 entries"):
        value("outer(c, c)", c=column)
    with pytest.raises(ShapeError, match="would have more than 20,000,000 entries"):
        value("ones(5000, 5000)")
    square = np.ones((4000, 4000))
    with pytest.raises(ShapeError, match="is too large a matrix product"):
        value("q @ q", q=square)


def test_shapes_in_words() -> None:
    assert [show_shape(shape) for shape in ((), (3,), (2, 3))] == ["scalar", "vector of 3", "2 x 3"]


def test_a_name_without_a_value() -> None:
    with pytest.raises(KeyError):
        evaluate(tree("a + b"), {"a": np.asarray(1.0)})


def test_every_kind_of_tree_occurs_in_these_tests() -> None:
    kinds = {type(part) for text in PLAIN for part in walk(tree(text))}
    assert len(kinds) == 14  # all but Constant
