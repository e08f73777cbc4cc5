"""The expression tree: values that cannot change, printing that reads back, names, parts."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw2check.calculus.values import evaluate
from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.names import canonical
from hw2check.formula.notation import NotationError, Vocabulary, parse
from hw2check.formula.numeral import read_numeral
from hw2check.formula.text import to_text
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expression,
    Index,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    Whole,
    add,
    children,
    is_closed,
    mul,
    names,
    number,
    rebuild,
    shape_of,
    substitute,
    walk,
)

NAMES = ("x", "y", "z5", "dLoss/dx", "dy/dz5")
POINTS = {
    "x": np.array([0.7, -1.3, 2.1]),
    "y": np.array([-0.4, 0.9, 1.6]),
    "z5": np.array([1.2, 0.3, -0.8]),
    "dLoss/dx": np.array([0.25, -2.0, 0.6]),
    "dy/dz5": np.array([-1.1, 0.5, 1.4]),
}
VOCABULARY = Vocabulary(lambda spelt: canonical(spelt) if canonical(spelt) in NAMES else None)

x, y, z = Name("x"), Name("y"), Name("z5")
gradient = Name("dLoss/dx")


def literal(text: str) -> Expression:
    return Number(read_numeral(text))


PRINTED: list[tuple[Expression, str]] = [
    (Neg(Add((x, y))), "-(x + y)"),
    (Neg(Mul((x, y))), "-x*y"),
    (Neg(Neg(x)), "-(-x)"),
    (Neg(Pow(x, y)), "-x^y"),
    (Pow(Neg(x), y), "(-x)^y"),
    (Pow(literal("-2"), y), "(-2)^y"),
    (Pow(x, Neg(y)), "x^(-y)"),
    (Pow(Pow(x, y), z), "(x^y)^z5"),
    (Pow(x, Pow(y, z)), "x^y^z5"),
    (Pow(x, Div(y, z)), "x^(y/z5)"),
    (Pow(gradient, literal("2")), "(dLoss/dx)^2"),
    (Add((x, Neg(y))), "x - y"),
    (Add((x, Neg(Add((y, z))))), "x - (y + z5)"),
    (Add((x, Neg(Neg(y)))), "x - (-y)"),
    (Add((x, Add((y, z)))), "x + (y + z5)"),
    (Add((Neg(x), y)), "-x + y"),
    (Add((x, literal("-2"))), "x - 2"),
    (Mul((x, Add((y, z)))), "x*(y + z5)"),
    (Mul((Add((x, y)), z)), "(x + y)*z5"),
    (Mul((x, Neg(y))), "x*(-y)"),
    (Mul((Neg(x), y)), "(-x)*y"),
    (Mul((x, Div(y, z))), "x*(y/z5)"),
    (Mul((Div(x, y), z)), "x/y*z5"),
    (Mul((gradient, x)), "dLoss/dx * x"),
    (Mul((x, gradient)), "x * dLoss/dx"),
    (Div(x, Mul((y, z))), "x/(y*z5)"),
    (Div(Mul((x, y)), z), "x*y/z5"),
    (Div(x, Div(y, z)), "x/(y/z5)"),
    (Div(Div(x, y), z), "x/y/z5"),
    (Div(x, gradient), "x/(dLoss/dx)"),
    (Div(gradient, x), "dLoss/dx/x"),
    (Div(Add((x, y)), z), "(x + y)/z5"),
    (MatMul(x, Transpose(y)), "x @ y.T"),
    (MatMul(MatMul(x, y), z), "x @ y @ z5"),
    (MatMul(x, MatMul(y, z)), "x @ (y @ z5)"),
    (MatMul(Mul((x, y)), z), "(x*y) @ z5"),
    (Transpose(MatMul(x, y)), "(x @ y).T"),
    (Transpose(Transpose(x)), "x.T.T"),
    (Compare(">", Add((x, y)), z), "x + y > z5"),
    (Mul((Compare("<=", x, y), z)), "(x <= y)*z5"),
    (Compare(">", Compare("<", x, y), z), "(x < y) > z5"),
    (Call("exp", (Neg(x),)), "exp(-x)"),
    (Call("sum", (x,), 0), "sum(x, axis=0)"),
    (Call("maximum", (x, y)), "max(x, y)"),
    (Call("leaky_relu", (x, literal("0.01"))), "leaky_relu(x)"),
    (Call("leaky_relu", (x, literal("0.2"))), "leaky_relu(x, 0.2)"),
    (Constant("pi"), "pi"),
    (Matrix(((x, y), (literal("1"), literal("2")))), "[[x, y], [1, 2]]"),
    (Matrix(((x, y),), flat=True), "[x, y]"),
    (Matrix(((x, y),)), "[[x, y]]"),
    (MatMul(Transpose(x), gradient), "x.T @ dLoss/dx"),
    (MatMul(gradient, Transpose(x)), "dLoss/dx @ x.T"),
    (MatMul(Transpose(gradient), x), "(dLoss/dx).T @ x"),
    (Call("sum", (x,), 1, keepdims=True), "sum(x, axis=1, keepdims=True)"),
    (Call("max", (x,), keepdims=True), "max(x, keepdims=True)"),
    (Index(x, (0,)), "x[0]"),
    (Index(Add((x, y)), (0, -1)), "(x + y)[0, -1]"),
    (Index(gradient, ((None, None), 1)), "(dLoss/dx)[:, 1]"),
    (Index(Transpose(x), ((0, 2),)), "x.T[0:2]"),
    (Pow(Index(x, ((1, None), (None, 2))), y), "x[1:, :2]^y"),
    (Whole("concat", (x, y), (1,)), "concat(x, y, axis=1)"),
    (Whole("reshape", (Neg(x),), (2, 3)), "reshape(-x, 2, 3)"),
    (Whole("reshape", (x,), (-1,)), "reshape(x, -1)"),
    (Whole("outer", (x, Add((x, y)))), "outer(x, x + y)"),
    (Whole("ones", (), (2, 3)), "ones(2, 3)"),
    (Whole("zeros", (), (2,)), "zeros(2)"),
    (Whole("place", (x, Index(y, (0,)))), "place(x, y[0])"),
]


@pytest.mark.parametrize(("expression", "text"), PRINTED)
def test_printed(expression: Expression, text: str) -> None:
    assert to_text(expression) == text
    if not any(isinstance(part, Number | Neg) for part in walk(expression)):
        assert parse(text, VOCABULARY) == expression


# --- random trees

LITERALS = st.sampled_from(["1", "2", "0.5", "1.25", "3", "2e-1", "-2", "-0.5", "\N{MINUS SIGN}1.5"])
SMOOTH = ("sigmoid", "tanh", "sin", "cos", "softplus", "silu", "gelu", "gelu'", "silu'", "relu", "abs")


def trees() -> st.SearchStrategy[Expression]:
    leaves = st.one_of(
        st.sampled_from(NAMES).map(Name), LITERALS.map(literal), st.just(Constant("pi")), st.just(ONE)
    )

    def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(inner, min_size=2, max_size=4).map(tuple)
        return st.one_of(
            inner.map(Neg),
            several.map(Add),
            several.map(Mul),
            st.builds(Div, inner, inner),
            st.builds(Pow, inner, inner),
            st.builds(Compare, st.sampled_from([">", "<", ">=", "<="]), inner, inner),
            st.builds(lambda f, a: Call(f, (a,)), st.sampled_from(SMOOTH), inner),
            st.builds(
                lambda f, a, b: Call(f, (a, b)), st.sampled_from(["leaky_relu", "elu", "relu'"]), inner, inner
            ),
            several.map(lambda parts: Call("maximum", parts)),
        )

    return st.recursive(leaves, grown, max_leaves=14)


@settings(max_examples=500, deadline=None)
@given(trees())
def test_what_is_printed_reads_back(tree: Expression) -> None:
    text = to_text(tree)
    try:
        again = parse(text, VOCABULARY)
    except NotationError as error:
        assert "nested deeper" in error.message
        return
    before, after = evaluate(tree, POINTS, lead=1), evaluate(again, POINTS, lead=1)
    assert np.array_equal(before, after, equal_nan=True), text
    assert to_text(again) == text.replace("−", "-")
    assert names(again) == names(tree)


@settings(max_examples=200, deadline=None)
@given(trees())
def test_trees_are_values(tree: Expression) -> None:
    copy = pickle.loads(pickle.dumps(tree))  # noqa: S301  written a moment ago
    assert copy == tree
    assert hash(copy) == hash(tree)
    assert repr(copy) == repr(tree)
    if children(tree):
        assert rebuild(tree, children(tree)) == tree
    assert tree != Neg(tree)
    assert substitute(tree, {}) == tree
    assert substitute(tree, {name: Name(name) for name in names(tree)}) == tree
    assert is_closed(tree) == (not names(tree))
    assert sum(isinstance(part, Name) for part in walk(tree)) >= len(names(tree))


@settings(max_examples=200, deadline=None)
@given(trees(), trees())
def test_substitution_is_evaluation_at_a_value(tree: Expression, inner: Expression) -> None:
    put = substitute(tree, {"x": inner})
    values = {**POINTS, "x": np.broadcast_to(evaluate(inner, POINTS, lead=1), (3,))}
    expected = evaluate(tree, values, lead=1)
    found = evaluate(put, POINTS, lead=1)
    assert np.array_equal(np.broadcast_to(found, 3), np.broadcast_to(expected, 3), equal_nan=True)


@settings(max_examples=200, deadline=None)
@given(trees())
def test_shapes_and_names_make_the_tree_again(tree: Expression) -> None:
    shape, meant = shape_of(tree)
    assert set(meant.values()) == set(names(tree))
    assert substitute(shape, {own: Name(name) for own, name in meant.items()}) == tree


def test_shapes_are_the_same_up_to_names() -> None:
    def sigmoid_of(weight: str, value: str) -> Expression:
        return Call("sigmoid", (Add((Mul((Name(weight), Name(value))), ONE)),))

    assert shape_of(sigmoid_of("w1", "x1"))[0] == shape_of(sigmoid_of("w20", "x7"))[0]
    assert shape_of(sigmoid_of("w9", "x10"))[1] == {"v0000": "w9", "v0001": "x10"}
    assert shape_of(Add((Name("x2"), Name("x10"))))[1] == {"v0000": "x2", "v0001": "x10"}
    assert shape_of(Add((x, x)))[0] != shape_of(Add((x, y)))[0]


@pytest.mark.parametrize("tree", [x, ONE, Neg(x), Add((x, y)), Matrix(((x,),))])
def test_a_tree_cannot_be_changed(tree: Expression) -> None:
    attribute = type(tree).__slots__[0]
    with pytest.raises(AttributeError, match="cannot be changed"):
        setattr(tree, attribute, None)


def test_trees_of_different_kind_differ() -> None:
    assert Add((x, y)) != Mul((x, y))
    assert Div(x, y) != Pow(x, y)
    assert Matrix(((x,),)) != Matrix(((x,),), flat=True)
    assert Call("sum", (x,), 0) != Call("sum", (x,), 1)
    assert Compare(">", x, y) != Compare("<", x, y)
    assert literal("0.5") != literal("0.50")  # the digits as written belong to it
    assert x != "x"


# --- numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (-3, "-3"),
        (Fraction(1, 2), "0.5"),
        (Fraction(-1, 4), "-0.25"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-22, 7), "-22/7"),
        (Fraction(1, 1024), "1/1024"),
        (Fraction(123456, 1000), "123.456"),
        (10**20, "1" + "0" * 20),
    ],
)
def test_exact_numbers(value: int | Fraction, text: str) -> None:
    assert to_text(number(value)) == text
    assert float(evaluate(number(value), {})) == float(value)


@given(st.fractions(max_denominator=10**6))
def test_every_fraction_keeps_its_value(value: Fraction) -> None:
    assert float(evaluate(number(value), {})) == pytest.approx(float(value), rel=1e-15)
    assert float(evaluate(parse(to_text(number(value))), {})) == pytest.approx(float(value), rel=1e-15)


def test_sums_and_products_drop_what_does_nothing() -> None:
    assert add() == ZERO
    assert add(ZERO, x, ZERO) == x
    assert add(x, y) == Add((x, y))
    assert mul() == ONE
    assert mul(ONE, x) == x
    assert mul(x, ZERO, y) == ZERO
    assert mul(Neg(x), y) == Neg(Mul((x, y)))
    assert mul(Neg(x), Neg(y)) == Mul((x, y))
    assert mul(Mul((x, y)), z) == Mul((x, y, z))


@settings(max_examples=200, deadline=None)
@given(st.lists(trees(), max_size=4))
def test_sums_and_products_have_the_value_of_their_parts(parts: list[Expression]) -> None:
    values = [evaluate(part, POINTS, lead=1) for part in parts]
    if not all(np.all(np.isfinite(value)) for value in values):
        return
    with np.errstate(all="ignore"):
        total, product = (
            sum(values, np.asarray(0.0)),
            np.prod(np.broadcast_arrays(np.ones(3), *values), axis=0),
        )
    found = evaluate(add(*parts), POINTS, lead=1), evaluate(mul(*parts), POINTS, lead=1)
    np.testing.assert_allclose(
        np.broadcast_to(found[0], 3), np.broadcast_to(total, 3), rtol=1e-12, atol=1e-300
    )
    if np.all(np.isfinite(product)):
        np.testing.assert_allclose(np.broadcast_to(found[1], 3), product, rtol=1e-12, atol=1e-300)


# --- closed sets


def test_every_kind_of_tree_is_printed_somewhere() -> None:
    kinds = {type(part) for tree, _ in PRINTED for part in walk(tree)}
    assert kinds == {
        Number,
        Constant,
        Name,
        Neg,
        Add,
        Mul,
        Div,
        MatMul,
        Pow,
        Transpose,
        Compare,
        Call,
        Matrix,
        Index,
        Whole,
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_printed_as_it_is_read(name: str) -> None:
    known = FUNCTIONS[name]
    axis = 0 if known.along == "keep" and not known.square else None
    arguments: tuple[Expression, ...] = (x, y)[: known.least]
    full = arguments + tuple(parse(text) for text in known.defaults[len(arguments) - known.least :])
    tree = Call(name, full, axis)
    assert parse(to_text(tree), VOCABULARY) == tree
