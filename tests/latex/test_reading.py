"""What LaTeX means: formulas as trees, in the notation of problem files."""

from __future__ import annotations

import numpy as np
import pytest

from hw2check.formula.notation import NotationError, Vocabulary, parse
from hw2check.formula.text import to_text
from hw2check.formula.tree import Expression
from hw2check.latex.grammar import parse_latex
from hw2check.latex.scope import Reading, Scope, UnclearError, assignments, is_application
from hw2check.latex.tokens import tokens
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.proofread.world import World

ANY = Vocabulary(lambda spelt: spelt if len(spelt) < 4 else None)


def world() -> World:
    """Numbers a, b, D, x, z, the node q of z, the vector v, the column u and the matrices A and O."""
    found = World(())
    for name, value in (("a", 0.7), ("b", 3), ("D", 0.6), ("x", 2), ("z", 0.5)):
        found.state(name, np.asarray(float(value)))
    for name, rows in (
        ("v", [[1], [2], [3]]),
        ("u", [[4], [5], [6]]),
        ("A", [[1, 2], [3, 4]]),
        ("O", [[3, 1], [1, 3]]),
    ):
        found.state(name, np.asarray(rows, dtype=float))
    found.define("q", parse("2*z + 1", ANY))
    return found


def tree(latex: str, reading: Reading | None = None) -> Expression:
    return parse_latex(tokens(latex), Scope(world()), reading)


def meaning(latex: str) -> str:
    """As text; for what has no meaning that can be checked, why; for what is no formula, "unreadable"."""
    try:
        return to_text(tree(latex))
    except UnclearError as error:
        return f"unclear: {error}"
    except NotationError as error:
        return f"unreadable: {error}"


# a name before a bracket: what is written, what it means
APPLIED = [
    # operators, and functions that nobody defined, are one name with their bracket
    ("E(X)", "E(X)"),
    (r"\mathbb{E}[X]", "E[X]"),
    (r"\mathbb{E}[X + Y]", "E[X+Y]"),
    (r"\mathrm{Var}(5X)", "Var(5X)"),
    (r"25 \cdot \operatorname{Var}(X)", "25*Var(X)"),
    ("1 - P(A)", "1 - P(A)"),
    ("P(A^c)", "P(A^c)"),
    (r"P(A \mid B) P(B)", "P(A|B)*P(B)"),
    ("P(A|B)", "P(A|B)"),
    (r"P(A \cap B)", "P(A∩B)"),
    (r"\Pr(X = 2)", "Pr(X=2)"),
    (r"P(X \le 2)", "P(X<=2)"),
    ("Cov(X, Y)", "Cov(X,Y)"),
    (r"\left( P(A) + P(B) \right) / 2", "(P(A) + P(B))/2"),
    ("g(f)", "g(f)"),
    ("h(w)", "h(w)"),
    ("f(0)", "f(0)"),
    ("f'(0)", "f'(0)"),
    (r"\hat{y}(t)", "y_hat(t)"),
    ("y_2(t)", "y2(t)"),
    ("E(X)^2", "E(X)^2"),
    ("Q(s, 1) + 1", "Q(s,1) + 1"),
    (r"\sum_{i=1}^{2} P(i)", "P(1) + P(2)"),
    # a known quantity before a list, a bar or a relation is applied too
    ("D(a, b)", "D(a,b)"),
    ("D(x|z)", "D(x|z)"),
    ("D(x)", "D(x)"),
    # a quantity that depends on what is in the bracket is itself
    ("q(z)", "q"),
    # products
    ("D(1 - D)", "D*(1 - D)"),
    ("a(b + x)", "a*(b + x)"),
    ("a(-3)", "a*(-3)"),
    ("x(2)", "x*2"),
    ("w(c + d)", "w*(c + d)"),
    ("a[b + x]", "a*(b + x)"),
    ("2(x)", "2*x"),
    (r"\pi(1 - x)", "pi*(1 - x)"),
    ("e(x + 1)", "exp(1)*(x + 1)"),
    (r"\sum_{i=1}^{2} i(i + 1)", "1*(1 + 1) + 2*(2 + 1)"),
    # entries, counted from 0
    ("v[1] + 0", "sum([[0, 1, 0]] @ v @ [[1]]) + 0"),
    ("O[0, 1] + 0", "sum([[1, 0]] @ O @ [[0], [1]]) + 0"),
    ("out[0,0] + 1", "out[0,0] + 1"),
    (r"\text{out}[0,0] + 1", "out[0,0] + 1"),
    ("O[2,0]", "unclear: an entry of O that cannot be told"),
    # operators without a value that is known
    (r"\arcsin x", "unclear: what the operator arcsin gives is not known"),
    (r"\arg\max_k x", "unclear: what the operator argmax gives is not known"),
    (r"\operatorname*{arg\,max} x", "unclear: what the operator argmax gives is not known"),
    (r"\operatorname{Loss} + 1", "Loss + 1"),
    (r"\operatorname{a} + 1", "a + 1"),
    (r"\lim_{n \to 0} x", "unclear: what the operator lim gives is not known"),
]  # fmt: skip


@pytest.mark.parametrize(("latex", "expected"), APPLIED, ids=[latex for latex, _ in APPLIED])
def test_applications_and_products(latex: str, expected: str) -> None:
    assert meaning(latex) == expected


# what is written; the choice and its meanings, the likeliest first
CHOICES = [
    ("h(w)", {"h(": ("application", "product")}),
    ("w(c + d)", {"w(": ("product", "application")}),
    ("D(x)", {"D(": ("application", "product")}),
    ("q(z)", {"q(": ("application", "product")}),
    ("D(1 - D)", {}),
    ("a(b + x)", {}),
    ("D(a, b)", {}),
    ("E(X)", {}),
    ("v[1] + 0", {"entries in [ ]": ("from 0", "from 1")}),
]


@pytest.mark.parametrize(("latex", "expected"), CHOICES, ids=[latex for latex, _ in CHOICES])
def test_several_meanings_are_noted(latex: str, expected: dict[str, tuple[str, ...]]) -> None:
    reading = Reading()
    tree(latex, reading)
    assert reading.choices == expected


@pytest.mark.parametrize(
    ("latex", "what", "meaning", "expected"),
    [
        ("h(w)", "h(", "product", "h*w"),
        ("w(c + d)", "w(", "application", "w(c+d)"),
        ("D(x)", "D(", "product", "D*x"),
        ("q(z)", "q(", "product", "q*z"),
        ("v[1] + 0", "entries in [ ]", "from 1", "sum([[1, 0, 0]] @ v @ [[1]]) + 0"),
        ("h(w)", "h(", "nothing that it may mean", "h(w)"),
    ],
)
def test_another_meaning_is_taken_where_the_scope_says_so(
    latex: str, what: str, meaning: str, expected: str
) -> None:
    assert to_text(parse_latex(tokens(latex), Scope(world(), choices={what: meaning}))) == expected


def test_fractions_that_have_several_meanings_are_read_anew() -> None:
    known: dict[tuple[str, ...], tuple[Expression, bool, bool]] = {}
    read = [
        to_text(parse_latex(tokens(r"\frac{D(x)}{a}"), Scope(world(), known=known, choices={"D(": chosen})))
        for chosen in ("application", "product")
    ]
    assert read == ["D(x)/a", "D*x/a"]


def test_assignments_begin_with_the_likeliest() -> None:
    found = list(assignments({"h(": ("application", "product"), "±": ("+", "-")}))
    assert found[0] == {"h(": "application", "±": "+"}
    assert len(found) == 4
    assert list(assignments({})) == [{}]
    assert len(list(assignments({str(n): ("1", "2") for n in range(40)}))) == 16


def test_what_an_unknown_function_gives_is_told_from_a_name() -> None:
    assert [is_application(name) for name in ("E(X)", "O[0,0]", "x", "dL/dw", "⟨x⟩")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_value_at_an_argument_is_used_at_that_argument() -> None:
    document = "$P(A) = 0.3$ and so $P(A^c) = 1 - P(A) = 0.7$, $2 P(A) = 0.7$"
    verdicts = [link.verdict for link in proofread(scan(document, "hw.md", "markdown"), ()).links]
    assert verdicts[1:] == ["definition", "holds", "wrong"]
