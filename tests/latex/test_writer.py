"""Formulas as LaTeX: what stands there, and that it is read again as the same formula."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw2check.calculus.values import evaluate
from hw2check.check.file import Settings, check_file
from hw2check.formula.functions import FUNCTIONS, Function
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.tree import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expression,
    Index,
    MatMul,
    Mul,
    Name,
    Neg,
    Pow,
    Transpose,
    number,
)
from hw2check.latex.grammar import parse_latex
from hw2check.latex.scope import Scope
from hw2check.latex.tokens import tokens
from hw2check.latex.writer import name_in_latex, to_latex
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.proofread.world import World
from hw2check.reading.source import read_source
from tests.judge.test_matrix_answers import ROWS, SQUARE
from tests.support import FIXTURES

SHAPES = {"W_out": (2, 3), "W1": (3, 2), "A1": (3, 4), "Z1": (3, 4), "v": (3,)}
VOCABULARY = Vocabulary(lambda spelt: None if spelt in FUNCTIONS else spelt)

TYPESET = [
    ("W1 @ A1 + b1", "W_{1} A_{1} + b_{1}"),
    ("(W_out.T @ ∂L/∂Z1) * relu'(Z1)", r"\left(W_{out}^{\top} \frac{\partial L}{\partial Z_{1}}\right)"),
    ("A1*(1 - A1)", r"A_{1} \odot \left(1 - A_{1}\right)"),
    ("2*A1*x", r"2 A_{1} x"),
    ("x*2", r"x \cdot 2"),
    ("x*(y + 1)", r"x \cdot \left(y + 1\right)"),
    ("sum(A1)*Z1", r"\operatorname{sum}\left(A_{1}\right) Z_{1}"),
    ("sum(A1, axis=1)*v", r"\operatorname{sum}_{\text{axis }1}\left(A_{1}\right) \odot v"),
    ("A1[0]*v", r"A_{1}[0] \odot v"),
    ("A1[0, 1]*v", "A_{1}[0, 1] v"),
    ("v[0]*A1", "v[0] A_{1}"),
    ("x^2/y", r"\frac{x^{2}}{y}"),
    ("(-x)^3", r"\left(-x\right)^{3}"),
    ("-(x + y)", r"-\left(x + y\right)"),
    ("x - (y - 1)", r"x - \left(y - 1\right)"),
    ("1.5e-3*x", r"\left(1.5 \cdot 10^{-3}\right) x"),
    ("sqrt(x)*exp(-x)", r"\sqrt{x} \exp\left(-x\right)"),
    ("leaky_relu'(x)", r"\operatorname{leaky\_relu}'\left(x\right)"),
    ("max(x, y)*pi", r"\max\left(x, y\right) \pi"),
    ("Z1 > 0", r"\mathbf{1}\left[Z_{1} > 0\right]"),
    ("Z1 >= 0", r"\mathbf{1}\left[Z_{1} \ge 0\right]"),
    ("[[1, x], [2, y]]", r"\begin{bmatrix} 1 & x \\ 2 & y \end{bmatrix}"),
    ("[1, 2]", r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}"),
    ("ones(2, 3) - zeros(3)", r"\mathbf{1}_{2 \times 3} - \mathbf{0}_{3}"),
    ("outer(x, v)", r"x v^{\top}"),
    ("concat(v, x, axis=0)", r"\operatorname{concat}\left(v, x, \text{axis }0\right)"),
    ("reshape(v, 1, 3)", r"\operatorname{reshape}\left(v, 1, 3\right)"),
    ("place(x, A1[:, 0:2])", r"\operatorname{place}\left(x, A_{1}[:, 0:2]\right)"),
]


@pytest.mark.parametrize(("formula", "latex"), TYPESET)
def test_typeset(formula: str, latex: str) -> None:
    assert to_latex(parse(formula, VOCABULARY), SHAPES).startswith(latex)


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x5", "x_{5}"),
        ("W_out", "W_{out}"),
        ("alpha1", r"\alpha_{1}"),
        ("net_h1", r"\mathrm{net}_{h1}"),
        ("out_h_1", r"\mathrm{out}_{h\_1}"),
        ("Loss", r"\mathrm{Loss}"),
        ("W1_new", r"W_{1}^{\text{new}}"),
        ("∂x6/∂x2", r"\frac{\partial x_{6}}{\partial x_{2}}"),
        ("learning_rate", r"\eta"),
    ],
)
def test_names(name: str, latex: str) -> None:
    assert name_in_latex(name) == latex


def test_every_function_is_typeset() -> None:
    for name, function in FUNCTIONS.items():
        arguments = ", ".join(["x", "y"][: function.least])
        assert "x" in to_latex(parse(f"{name}({arguments})", VOCABULARY), {})


@pytest.mark.parametrize("text", [SQUARE, ROWS, (FIXTURES / "backprop-corrected.toml").read_text("utf-8")])
def test_what_is_typeset_is_read_as_the_same(text: str, tmp_path: Path) -> None:
    """Each gradient and update, stated in a document, is proofread."""
    file = tmp_path / "p.toml"
    file.write_text(text.partition("[expected]")[0], encoding="utf-8")
    report = check_file(str(file), None, ("forward", "backward"), Settings(latex=True))
    rows = [row for row in report.rows if row.kind in {"gradient", "update"} and "sum" not in row.latex]
    steps = [f"$${name_in_latex(row.name)} = {row.latex}$$" for row in rows if row.name != "dLoss/dLoss"]
    problem = read_problem(read_source(str(file)))
    proof = proofread(scan("\n\n".join(steps), "hw.md", "markdown"), [problem])
    assert len(proof.links) == len(steps) > 6
    assert {link.verdict for link in proof.links} <= {"holds", "definition"}


NUMBERS = {"x": 1.7, "y": -0.6, "net_h1": 2.3, "alpha1": 0.8}
ARRAYS = {"A": [[1.2, -0.7], [0.4, 2.1]], "B_out": [[0.3, 1.1], [-1.4, 0.9]], "v": [[0.5], [-1.5]]}
VALUES = {name: np.asarray(value) for name, value in (NUMBERS | ARRAYS).items()}
ELEMENTWISE = [f for f in FUNCTIONS.values() if not f.along and f.name not in {"factorial", "binomial"}]


def world() -> World:
    found = World(())
    for name, value in VALUES.items():
        found.state(name, value)
    return found


WORLD = world()


@st.composite
def trees(draw: st.DrawFn, shape: tuple[int, ...] = (), level: int = 3) -> Expression:
    """A formula of that shape: (), (2, 1) or (2, 2)."""
    if level == 0 or draw(st.integers(0, 4)) == 0:
        if not shape and draw(st.booleans()):
            return draw(st.sampled_from([number(2), parse("0.25"), parse("1.5e-2"), Constant("pi")]))
        fitting = [name for name, value in VALUES.items() if value.shape == shape]
        return Name(draw(st.sampled_from(fitting)))
    inner = trees(shape, level - 1)
    kind = draw(st.sampled_from(KINDS if shape else (*KINDS, "pow", "compare", "sum", "det", "index")))
    match kind:
        case "add":
            return Add((draw(inner), draw(inner)))
        case "neg":
            return Neg(draw(inner))
        case "mul":
            return Mul((draw(trees((), level - 1)), draw(inner), draw(inner)))
        case "div":
            return Div(draw(inner), draw(trees((), level - 1)))
        case "call":
            function = draw(st.sampled_from(ELEMENTWISE))
            return Call(
                function.name, tuple(draw(inner) for _ in range(function.least)) + extra(draw, function)
            )
        case "matmul" if shape:
            return MatMul(draw(trees((2, 2), level - 1)), draw(inner))
        case "transpose" if shape == (2, 2):
            return Transpose(draw(inner))
        case "pow":
            return Pow(draw(inner), draw(inner))
        case "compare":
            return Compare(draw(st.sampled_from([">", "<", ">=", "<="])), draw(inner), draw(inner))
        case "sum" | "det":
            return Call(kind, (draw(trees((2, 2), level - 1)),))
        case "index":
            return Index(Name("A"), (draw(st.integers(0, 1)), draw(st.integers(0, 1))))
    return draw(inner)


KINDS = ("add", "neg", "mul", "div", "call", "matmul", "transpose")


def extra(draw: st.DrawFn, function: Function) -> tuple[Expression, ...]:
    """The arguments that may be left out, as they are without them or as others."""
    return tuple(draw(st.sampled_from([parse(default), parse("0.3")])) for default in function.defaults)


@given(trees() | trees((2, 2)) | trees((2, 1)))
@settings(deadline=None)
def test_what_is_written_is_read_as_the_same(formula: Expression) -> None:
    latex = to_latex(formula, {name: value.shape for name, value in VALUES.items()})
    read = parse_latex(tokens(latex), Scope(WORLD))
    with np.errstate(all="ignore"):
        written, meant = (np.asarray(evaluate(tree, VALUES)) for tree in (read, formula))
    assert written.shape == meant.shape, latex
    assert np.allclose(written, meant, rtol=1e-9, equal_nan=True), latex


@pytest.mark.parametrize("function", [f for f in ELEMENTWISE if f.defaults], ids=lambda f: f.name)
@pytest.mark.parametrize("second", ["0.3", "default"])
def test_arguments_that_may_be_left_out_are_written_where_they_differ(
    function: Function, second: str
) -> None:
    formula = Call(function.name, (Name("y"), parse(second.replace("default", function.defaults[0]))))
    assert parse_latex(tokens(to_latex(formula, {})), Scope(WORLD)) == formula
