"""What LaTeX means: formulas as trees, in the notation of problem files."""

from __future__ import annotations

import numpy as np
import pytest

from hw2check.calculus.values import evaluate
from hw2check.formula.notation import NotationError, UserFunction, Vocabulary, parse
from hw2check.formula.text import to_text
from hw2check.formula.tree import Add, Expression, Name, Pow, number
from hw2check.latex.grammar import parse_latex
from hw2check.latex.scope import Reading, Scope, UnclearError, assignments, is_application
from hw2check.latex.tokens import token_end, tokens
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.proofread.world import World

ANY = Vocabulary(lambda spelt: spelt if len(spelt) < 4 else None)


def world() -> World:
    """Numbers a, b, D, x, z; the nodes q of z and p of q; the columns v and u; the matrices A and O."""
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
    found.functions["F"] = UserFunction(("⟨s⟩", "⟨t⟩"), Add((Pow(Name("⟨s⟩"), number(2)), Name("⟨t⟩"))))
    found.define("p", parse("q^3", ANY))
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


# notation by subject: what is written, what it means
NOTATION = [
    # numbers
    ("1{,}234 + 1", "1234 + 1"),
    ("1,234 + 1", "1234 + 1"),
    ("12,345,678", "12345678"),
    ("1,234.5", "1234.5"),
    (r"\frac{1,200}{2}", "1200/2"),
    ("(1,234)", "[1, 234]"),
    ("[100,200,300]", "[100, 200, 300]"),
    ("(1,000 + 500) 2", "(1000 + 500)*2"),
    ("(1,000 + 500) x", "(1000 + 500)*x"),
    ("0,123", "unreadable: ',' is not expected here"),
    (r"5\% + 1", "0.05 + 1"),
    (r"x\%", "x/100"),
    (r"(a + b)\% \cdot 2", "(a + b)/100*2"),
    (r"a \% b", "unreadable: \\% is per cent behind a number"),
    (r"180^\circ", "180*(pi/180)"),
    ("x° + 1", "x*(pi/180) + 1"),
    (r"2\frac{1}{3}", "2*(1/3)"),
    # dots between numbers that say how they go on
    (r"1 + 2 + \ldots + 10", "1 + 2 + 52"),
    (r"1 + 3 + 5 + \cdots + 9", "1 + 3 + 5 + 16"),
    (r"1 + 2 + 4 + \dots + 16", "1 + 2 + 4 + 24"),
    (r"1 + \frac{1}{2} + \frac{1}{4} + \dots + \frac{1}{8}", "1 + 1/2 + 1/4 + 0.125"),
    (r"1 + 2 + \dots + 8", "unclear: '...' does not say how the terms go on"),
    (r"1 + 2 + 5 + \dots + 20", "unclear: '...' does not say how the terms go on"),
    (r"1 + \dots + 10", "unclear: 'dots' has no meaning that can be computed"),
    (r"x_1 + x_2 + \dots + x_n", "unclear: '...' has no meaning that can be computed"),
    (r"1 \cdot 2 \cdots 5", "unreadable: 'cdots' is not expected here"),
    # both signs
    (r"a \pm b", "a + b"),
    (r"\pm a \mp b", "a - b"),
    # logarithms
    (r"\log x", "log(x)"),
    (r"\ln x", "log(x)"),
    (r"\lg x", "log(x)/log(10)"),
    (r"\log_2 x", "log(x)/log(2)"),
    # norms, angle brackets
    (r"\lVert v \rVert_2^2", "sqrt(sum(v^2))^2"),
    (r"\|v\|^2_2", "sqrt(sum(v^2))^2"),
    ("||v||_1", "sum(abs(v))"),
    (r"\Vert v \Vert_\infty", "max(abs(v))"),
    ("‖v‖", "sqrt(sum(v^2))"),
    (r"\langle v, u \rangle", "sum(v*u)"),
    (r"\langle 1, 2 \rangle", "[1, 2]"),
    (r"\langle x \rangle", "unclear: angle brackets around something else than numbers or two columns"),
    (r"v \times u", "unclear: the product of two columns with \\times may be their cross product"),
    (r"v \cdot u", "v*u"),
    # names
    ("w^* + 1", "w_* + 1"),
    (r"w^\star", "w_star"),
    (r"\hat{y}^{(i)}", "y_hat_i"),
    (r"\tilde{x}_2", "x_tilde_2"),
    (r"\dot{x}", "x_dot"),
    ("w_{1,12}", "w_1,12"),
    ("W_{j,i}^{[2]}", "Wj,i2"),
    (r"{a \over b}", "a/b"),
    ("a^{<1>} + 0", "a1 + 0"),
    (r"w^{\langle t \rangle}", "w_t"),
    (r"w^{\left\lbrack 2 \right\rbrack}", "w2"),
    (r"\sigma^2 + 1", "sigma^2 + 1"),
    (r"\sigma^2(x)", "sigmoid(x)^2"),
    (r"\Sigma_2 x", "Sigma2*x"),
    (r"{{w}_{2}}{{a}^{2}}", "w2*a^2"),
    # derivatives
    (r"{\partial q}/{\partial z} + 1", "dq/dz + 1"),
    (r"\dv{q}{z}", "dq/dz"),
    (r"\pdv{q}{z}", "dq/dz"),
    (r"\norm{v}_1", "sum(abs(v))"),
    (r"\int_0^1 x", "unclear: \\int is not computed"),
    ("w5 + a1", "w5 + a1"),
    ("w_{1,1} + w11", "w11 + w11"),
    ("(A^T)_{12} + 0", "sum([[1, 0]] @ A.T @ [[0], [1]]) + 0"),
    ("(a + b)_2", "unclear: a subscript behind something that is no name"),
    (r"a b (b \ge 1)", "unclear: a condition in brackets"),
    (r"a \cdot (b > 1)", "a*(b > 1)"),
    (r"\{a\}", "unclear: a set has no value"),
    (r"2 \{a + b\}", "2*(a + b)"),
    ("3.141~592~6", "3.1415926"),
    (r"3.141\,59", "3.14159"),
    ("a b2 c", "a*b2*c"),
    ("a2^3", "unclear: an operator is missing before 2"),
    ("{}a", "a"),
    # words and signs behind numbers
    (r"1.6 \text{ billion}", "1.6e9"),
    (r"2 \text{million} + 1", "2e6 + 1"),
    (r"88.88...\%", "0.8888"),
    ("99.9%", "0.999"),
    ("50% + 1", "0.50 + 1"),
    ("5 % a remark", "5"),
    (r"17 \bmod 5", "unclear: \\bmod is not computed"),
    (r"a + \infty", "unclear: \\infty is not computed"),
    (r"\frac{d}{dt} t^2", "2*t"),
    (r"\frac{\partial}{\partial t}(t + w m)", "unclear: a derivative of what may depend on t"),
    (r"\left(\begin{array}{c} 1 \\ x \end{array}\right)", "[[1], [x]]"),
    # digits that go on
    ("0.333... + 1", "0.333 + 1"),
    (r"0.6\dots", "0.6"),
    ("1 + 2 + ... + 10", "1 + 2 + 52"),
    # entries of functions of whole arrays
    ("\\mathrm{softmax}(v_2)", "sum([[0, 1, 0]] @ softmax(v, axis=0) @ [[1]])"),
    ("\\operatorname{sum}_{\\text{axis }1}(W)", "sum(W, axis=1, keepdims=True)"),
    ("\\operatorname{mean}_{\\text{axis} = 0} W", "mean(W, axis=0, keepdims=True)"),
    (r"\mathrm{softmax}(a)", "unclear: softmax of a number"),
    # functions with a notation of their own
    (r"\lfloor x / 2 \rfloor + 1", "floor(x/2) + 1"),
    (r"\lceil x \rceil", "ceil(x)"),
    ("⌊x⌋", "floor(x)"),
    ("5! + 1", "factorial(5) + 1"),
    (r"\frac{n!}{2}", "factorial(n)/2"),
    ("5!! + 1", "unclear: a double factorial"),
    (r"\binom{5}{2}", "binomial(5, 2)"),
    (r"\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}", "det([[1, 2], [3, 4]])"),
    (r"\det A", "det(A)"),
    (r"\det \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} + 1", "det([[1, 2], [3, 4]]) + 1"),
    ("det(A)", "det(A)"),
    ("|A|", "det(A)"),
    ("|v|", "sqrt(sum(v^2))"),
    ("|v|_1", "sum(abs(v))"),
    ("|x|", "abs(x)"),
    (r"\det(x)", "unclear: det of something that is no square matrix"),
    (r"\operatorname{tr}(A)", "trace(A)"),
    ("A^{-1} A", "inverse(A) @ A"),
    ("A^{-T}", "inverse(A).T"),
    ("x^{-1}", "x^(-1)"),
    # what has no value
    (r"\{2, 4, 6\}", "unclear: a set has no value"),
    (r"\#\{2, 4\}", "unreadable: '#' is not expected here"),
    ("0x3f3f + 1", "unreadable: a number in hexadecimal is not read"),
    (r"a \bullet b", "unclear: a product with \\bullet of what may be numbers or columns"),
    (r"\|w\|_2", "unclear: the norm of what may be a vector or a number"),
    ("1~401~644", "1401644"),
    (r"\answer[given]{a} + \resp{b}", "a + b"),
    # primes
    (r"f^{\prime}(0)", "f'(0)"),
    ("f''(0)", "f''(0)"),
    (r"\sigma^{\prime}(x)", "sigmoid(x)*(1 - sigmoid(x))"),
    (r"\sigma''(x)", "unclear: a second derivative of sigma"),
    ("F''(x)", "unclear: a prime that is not the derivative of a function of one number"),
    ("A'", "A.T"),
    # gradients
    (r"\nabla F(a, b)", "[[2*a], [1]]"),
    (r"\nabla F", "unclear: a gradient that does not say by what"),
    # layout without meaning
    (r"\cancel{a} + \textcolor{red}{b}", "a + b"),
    (r"\color{blue} a + \phantom{xxx} b", "a + b"),
    (r"\underbrace{a + b}_{\text{the sum}} \cdot 2", "(a + b)*2"),
    (r"\Bigl( \displaystyle a \Bigr)", "a"),
    (r"a \kern-2pt + \mkern3mu b", "a + b"),
]  # fmt: skip


@pytest.mark.parametrize(("latex", "expected"), NOTATION, ids=[latex for latex, _ in NOTATION])
def test_notation(latex: str, expected: str) -> None:
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
    ("1,234 + 1{,}000", {"a comma in a number": ("thousands", "point")}),
    ("1,234.5 + 1,234,567", {}),
    (r"a \pm b", {"±": ("+", "-")}),
    (r"\log 2 + \log x", {"log": ("natural", "base 10", "base 2")}),
    (r"\ln 2 + \log_2 x + \lg x", {}),
    (r"2\frac{1}{3}", {"a number before a fraction": ("product", "mixed number")}),
    (r"2\frac{4}{3} + a\frac{1}{3} + 0.5\frac{1}{2}", {}),
    (r"v \cdot u", {"a product of columns": ("entrywise", "inner")}),
    ("v * u", {"a product of columns": ("entrywise", "inner")}),
    (r"v \odot u", {}),
    ("v_2 + 1", {"v_": ("entry", "name")}),
    ("A' + A", {"A'": ("transpose", "name")}),
    ("|A|", {"|...| of a matrix": ("determinant", "entrywise")}),
    ("5!", {"!": ("factorial", "exclamation")}),
    ("5! + 1", {}),
    (r"\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}", {"a matrix between bars": ("determinant", "matrix")}),
    (r"\begin{pmatrix} 5 \\ 2 \end{pmatrix}", {"two numbers in ( )": ("column", "binomial")}),
    (r"(\begin{array}{c} 5 \\ 2 \end{array})", {"two numbers in ( )": ("column", "binomial")}),
    (r"\begin{pmatrix} 2 \\ 5 \end{pmatrix}", {}),
    (r"\begin{bmatrix} 5 \\ 2 \end{bmatrix}", {}),
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
        ("1,234 + 1", "a comma in a number", "point", "1.234 + 1"),
        (r"a \pm b \mp x", "±", "-", "a - b + x"),
        (r"\log x", "log", "base 2", "log(x)/log(2)"),
        (r"2\frac{1}{3}", "a number before a fraction", "mixed number", "2 + 1/3"),
        (r"v \cdot u", "a product of columns", "inner", "sum(v*u)"),
        ("v_2 + 1", "v_", "name", "v2 + 1"),
        ("A' + 1", "A'", "name", "A' + 1"),
        ("5!", "!", "exclamation", "5"),
        (r"\begin{pmatrix} 5 \\ 2 \end{pmatrix}", "two numbers in ( )", "binomial", "binomial(5, 2)"),
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


# the nodes q = 2 z + 1 and p = q^3 at z = 0.5
AT_POINTS = [
    (r"q \big|_{z=0.5}", "q"),
    (r"q \Bigr|_{z=2}", "2*2 + 1"),
    (r"\left. q^2 \right|_{z = 0}", "(2*0 + 1)^2"),
    (r"3 z^2 |_{z=2}", "3*2^2"),
    (r"w^2 + 1 |_{w=3}", "3^2 + 1"),
    (r"a z |_{z=2, a=3}", "3*2"),
    (r"\frac{dq}{dz} \bigg|_{z=2}", "2"),
    (r"p \vert_{q=3}", "3^3"),
    (r"z^2 |_0^1", "unclear: a difference between two points"),
    (r"z^2 |_{z \to 0}", "unclear: a bar that does not say at which value"),
]


@pytest.mark.parametrize(("latex", "expected"), AT_POINTS, ids=[latex for latex, _ in AT_POINTS])
def test_values_at_a_point(latex: str, expected: str) -> None:
    assert meaning(latex) == expected


def test_a_derivative_at_a_point_goes_through_all_that_depends_on_it() -> None:
    value = evaluate(tree(r"\frac{dp}{dz} \bigg|_{z=2}"), {})  # 3 (2z + 1)^2 * 2
    assert float(value) == 150.0


RELATIONS = [
    (r"a \not= b", "!="),
    (r"a \neq b", "!="),
    (r"a \not\in b", "no"),
    (r"a \equiv b", "="),
    (r"a \equiv b \pmod 3", "?"),
    (r"a \le b", "<="),
    (r"a := b", "="),
    (r"a \overset{!}{=} b", "?"),
    (r"a \stackrel{?}{=} b", "?"),
    (r"a \stackrel{(1)}{=} b", "="),
    (r"a \overset{\text{def}}{=} b", "="),
    ("a ≈ b", "~"),
    (r"a \sim b", "?"),
]


@pytest.mark.parametrize(("latex", "relation"), RELATIONS)
def test_relations(latex: str, relation: str) -> None:
    assert [token.text for token in tokens(latex) if token.kind in {"rel", "<="}] == [
        relation.replace("<=", "le")
    ]


# the end of each token, as it is written
WRITTEN = ["1{,}000", "1,000", r"50\%", r"5 \%", r"\alpha", "abc", r"1.5e{-3}", "2"]


@pytest.mark.parametrize("latex", WRITTEN)
def test_tokens_end_where_their_text_ends(latex: str) -> None:
    (token,) = tokens(f"{latex} ")
    assert token_end(f"{latex} = 1", token) == len(latex)


def test_a_raised_figure_in_a_subscript_is_no_index() -> None:
    assert "sum" not in meaning("v_{²} + 0")  # where v_2 is an entry of v
