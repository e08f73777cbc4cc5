"""Each rule for matrices against SymPy's derivative of every entry by every entry, on small shapes."""

from __future__ import annotations

import numpy as np
import pytest

from hw2check.calculus import adjoint
from hw2check.calculus.entrywise import NotWrittenOutError, entries, entry_name, pulled_by_entries
from hw2check.calculus.matrix_rules import Rules
from hw2check.calculus.values import evaluate
from hw2check.formula.functions import FUNCTIONS, WHOLE, Array
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.tree import Call, Expression, Name, Whole, names, walk

RNG = np.random.default_rng(11)
VALUES: dict[str, Array] = {
    "A": RNG.normal(size=(2, 3)),
    "B": RNG.normal(size=(3, 2)),
    "P": RNG.uniform(0.5, 2.0, size=(2, 3)),
    "S": RNG.normal(size=(3, 3)) + 2 * np.eye(3),
    "c": RNG.normal(size=(2, 1)),
    "r": RNG.normal(size=(1, 3)),
    "u": RNG.normal(size=3),
    "v": RNG.normal(size=2),
    "s": np.asarray(0.75),
}
VOCABULARY = Vocabulary(lambda name: name if name in VALUES else None)

# kind of node of the tree, or function of arrays -> formulas that need its rule
RULES: dict[str, tuple[str, ...]] = {
    "Add": ("A + P", "A + c", "A + r", "A + u", "A + s", "A - c - s"),
    "Neg": ("-A", "-(A @ B)"),
    "Mul": ("A*P", "A*c*r", "s*A", "u*A", "A*A"),
    "Div": ("A/P", "A/s", "s/P", "c/P", "A/3"),
    "Pow": ("A^2", "P^s", "P^A", "s^2*A", "P^-1.5"),
    "MatMul": ("A @ B", "A @ u", "v @ A", "u @ u", "A @ B @ A", "A @ S @ A.T"),
    "Transpose": ("A.T", "A.T @ A", "u.T*A"),
    "Compare": ("A*(A > 0)", "P*(A <= r)"),
    "Matrix": ("[s, s^2]*v", "[[s, 2], [s*s, 1]] @ A"),
    "Index": ("A[0]*u", "A[1, 2]*P", "A[:, 0:2] @ A[:, 1:3]", "u[-1]*v"),
    "Call": ("tanh(A)", "relu(A)*P", "sigmoid(A @ B)", "leaky_relu(A, s)", "max(A, P)", "min(A, r, s)"),
    "concat": ("concat(A, P, axis=0) @ B", "concat(A, P, axis=1)", "concat(u, v, axis=0)^2"),
    "reshape": ("reshape(A, 3, 2) @ A", "reshape(A^2, 6)"),
    "outer": ("outer(u, v)", "outer(A[0], A[1])"),
    "ones": ("ones(2, 3)*s",),
    "zeros": ("zeros(2, 3) + s*A",),
    "eye": ("eye(3, 3)*S", "eye(2, 2) @ A"),
    "place": ("place(u, A[0])*A", "place(s, A[1, 2])", "place(c, A[:, 1:2])"),
    "sum": ("sum(A)", "sum(A, axis=0)", "sum(A*P, axis=1, keepdims=True)", "sum(u)"),
    "mean": ("mean(A)", "mean(A^2, axis=0, keepdims=True)", "mean(A, axis=1)"),
    "max": ("max(A)", "max(A, axis=0)", "max(A, axis=1, keepdims=True)*P"),
    "min": ("min(A)", "min(A, axis=1)", "min(u)"),
    "softmax": ("softmax(A, axis=0)", "softmax(A, axis=1)", "softmax(u)", "softmax(A @ B, axis=0) @ A"),
    "log_softmax": ("log_softmax(A, axis=0)", "log_softmax(A, axis=1)*P", "log_softmax(u)"),
    "trace": ("trace(S)", "trace(A @ B)"),
    "det": ("det(S)", "det(A @ B)"),
    "inverse": ("inverse(S)", "inverse(S) @ A.T"),
}
CONSTANT = {"max'", "min'"}  # the shares of what max and min take: whole stretches without slope
FORMULAS = [(kind, text) for kind, texts in RULES.items() for text in texts]


def of(text: str) -> Expression:
    return parse(text, VOCABULARY)


def test_no_rule_is_left_out() -> None:
    inner = {kind.__name__ for kind in (*Rules._rules, *adjoint._RULES)} - {"Whole", "Name"}
    along = {name for name, function in FUNCTIONS.items() if function.along} - CONSTANT
    assert RULES.keys() == inner | along | WHOLE.keys()


@pytest.mark.parametrize(("kind", "text"), FORMULAS)
def test_a_formula_needs_its_rule(kind: str, text: str) -> None:
    parts = list(walk(of(text)))
    called = {part.function for part in parts if isinstance(part, Call | Whole)}
    assert kind in {type(part).__name__ for part in parts} | called


@pytest.mark.parametrize(("kind", "text"), FORMULAS)
def test_entries_are_those_of_numpy(kind: str, text: str) -> None:
    formula = of(text)
    wanted = evaluate(formula, VALUES)
    written = entries(formula, {name: value.shape for name, value in VALUES.items()})
    assert written.shape == wanted.shape
    here = {
        entry_name(name, place): np.asarray(value[place])
        for name, value in VALUES.items()
        for place in np.ndindex(value.shape)
    }
    for place in np.ndindex(written.shape):
        assert evaluate(written.item(*place), here) == pytest.approx(wanted[place], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(("kind", "text"), FORMULAS)
def test_rules_as_sympy_has_them(kind: str, text: str) -> None:
    formula = of(text)
    arriving = np.random.default_rng(7).normal(size=np.shape(evaluate(formula, VALUES)))
    wanted = pulled_by_entries(formula, arriving, VALUES)
    shapes = {name: value.shape for name, value in VALUES.items()} | {
        "G": arriving.shape,
        "Y": arriving.shape,
    }
    values = {**VALUES, "G": arriving, "Y": evaluate(formula, VALUES)}
    rules = Rules(shapes)
    as_formulas = rules.pull("Y", formula, Name("G"))
    as_values: adjoint.Cotangents = {}
    adjoint.pull(formula, arriving[np.newaxis], {n: v[np.newaxis] for n, v in VALUES.items()}, as_values)
    for name in names(formula):
        zero = np.zeros(VALUES[name].shape)
        if name in as_formulas:
            found = evaluate(rules.full(as_formulas[name], zero.shape), values)
            assert found == pytest.approx(wanted[name], rel=1e-10, abs=1e-12), (name, as_formulas[name])
        else:
            assert not wanted[name].any()
        assert as_values.get(name, zero[np.newaxis])[0] == pytest.approx(wanted[name], rel=1e-10, abs=1e-12)


@pytest.mark.parametrize(("shape", "text"), [((30, 30), "A^2"), ((4, 4), "det(A)"), ((2, 3), "max'(A)")])
def test_what_is_not_written_out(shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(NotWrittenOutError):
        entries(of(text), {"A": shape})
