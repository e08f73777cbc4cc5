"""Formulas as people type them: what they mean, and what is said of those that cannot be read."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw2check.calculus.values import evaluate
from hw2check.formula.functions import ALIASES, FUNCTIONS, SLOPES
from hw2check.formula.names import canonical, derivative_names
from hw2check.formula.notation import (
    MAX_CHAIN,
    MAX_NESTING,
    MAX_SIZE,
    MAX_TOKENS,
    NotationError,
    UserFunction,
    Vocabulary,
    parse,
)
from hw2check.formula.text import to_text
from hw2check.formula.tree import Constant, Name, names

PLACES = "X[0] is the first row, X[:, 0] the first column, X[0, 1] an entry, X[0:2] the first two rows"
KNOWN = ("a", "b", "c", "x", "x1", "x2", "x5", "alpha", "W1", "A_in", "W_out")


def resolve(spelt: str) -> str | None:
    """The names of KNOWN, and derivatives of anything by one of them."""
    name = canonical(spelt)
    parts = derivative_names(name)
    if parts is not None:
        return name if parts[1] in KNOWN else None
    return name if name in KNOWN else None


VOCABULARY = Vocabulary(resolve, lambda: KNOWN)

READ = [
    # numbers keep their digits
    ("0.50", "0.50"),
    ("1e-3", "1e-3"),
    (".5", ".5"),
    ("5.", "5."),
    ("1.5E-3", "1.5E-3"),
    ("1_000", "1_000"),
    # names
    ("x5", "x5"),
    ("x_5", "x5"),
    ("x_{5}", "x5"),
    ("x₅", "x5"),
    ("A_in", "A_in"),
    ("A_{in}", "A_in"),
    ("W_{out}", "W_out"),
    ("alpha", "alpha"),
    ("α", "alpha"),
    # precedence and association
    ("a+b*c^2", "a + b*c^2"),
    ("(a+b)*c", "(a + b)*c"),
    ("((a))", "a"),
    ("a-b-c", "a - b - c"),
    ("a-(b-c)", "a - (b - c)"),
    ("a/b/c", "a/b/c"),
    ("a/(b/c)", "a/(b/c)"),
    ("a/(b*c)", "a/(b*c)"),
    ("a/b*c", "a/b*c"),
    ("a*b/c", "a*b/c"),
    ("a*(b/c)", "a*(b/c)"),
    ("a^b^c", "a^b^c"),
    ("(a^b)^c", "(a^b)^c"),
    ("-a^2", "-a^2"),
    ("(-a)^2", "(-a)^2"),
    ("a^-b", "a^(-b)"),
    ("2^-x1^2", "2^(-x1^2)"),
    ("-a*b", "-a*b"),
    ("a*-b", "a*(-b)"),
    ("a--b", "a - (-b)"),
    ("a - -b", "a - (-b)"),
    ("--a", "-(-a)"),
    ("+a", "a"),
    ("a<b", "a < b"),
    ("(a>=b)*c", "(a >= b)*c"),
    ("a+b > c*2", "a + b > c*2"),
    # other signs for the same operations
    ("a**b", "a^b"),
    ("a·b", "a*b"),
    ("a⋅b", "a*b"),
    ("a×b", "a*b"),
    ("a⊙b", "a*b"),
    ("a∗b", "a*b"),
    ("a÷b", "a/b"),
    ("−a − b", "-a - b"),
    ("a – b", "a - b"),
    ("a≤b", "a <= b"),
    ("a≥b", "a >= b"),
    # white space of any kind
    ("  a\t+\n b ", "a + b"),
    ("a\N{NO-BREAK SPACE}+\N{THIN SPACE}b", "a + b"),
    # matrices
    ("W1@A_in", "W1 @ A_in"),
    ("W1 @ A_in.T", "W1 @ A_in.T"),
    ("(W1@A_in)^T", "(W1 @ A_in).T"),
    ("W1^T", "W1.T"),
    ("[1, 2]", "[1, 2]"),
    ("[[1,2],[a,-b]]", "[[1, 2], [a, -b]]"),
    # entries, rows and columns; functions of whole arrays
    ("W1[0]", "W1[0]"),
    ("W1 [ 0 , - 1 ]", "W1[0, -1]"),
    ("W1[:,1]", "W1[:, 1]"),
    ("W1[0:2][1]", "W1[0:2][1]"),
    ("W1[1:, :2]", "W1[1:, :2]"),
    ("W1.T[0]^2", "W1.T[0]^2"),
    ("-W1[0]*a", "-W1[0]*a"),
    ("[W1[0,1], [a, b][1]]", "[W1[0, 1], [a, b][1]]"),
    ("dLoss/dW1[0,1]", "(dLoss/dW1)[0, 1]"),
    ("concat(a, b)", "concat(a, b, axis=0)"),
    ("concatenate(a,b,c,axis=1)", "concat(a, b, c, axis=1)"),
    ("reshape(W1@a, 2,3)", "reshape(W1 @ a, 2, 3)"),
    ("reshape(W1, -1)", "reshape(W1, -1)"),
    ("outer(a,b)", "outer(a, b)"),
    ("ones(2,3)*zeros(3)", "ones(2, 3)*zeros(3)"),
    ("place(a, W1[0])", "place(a, W1[0])"),
    ("sum(W1, axis=1, keepdims=True)", "sum(W1, axis=1, keepdims=True)"),
    ("sum(W1, keepdims=False)", "sum(W1)"),
    ("mean(sum(W1, axis=0, keepdims=True))", "mean(sum(W1, axis=0, keepdims=True))"),
    # functions
    ("exp(x)", "exp(x)"),
    ("e^x", "exp(x)"),
    ("e^-x", "exp(-x)"),
    ("e", "exp(1)"),
    ("π*2", "pi*2"),
    ("ln(x)", "log(x)"),
    ("σ(x)", "sigmoid(x)"),
    ("sigma(x)", "sigmoid(x)"),
    ("logistic(x)", "sigmoid(x)"),
    ("max(a,b)", "max(a, b)"),
    ("max(W1)", "max(W1)"),
    ("max(a,b,c)", "max(a, b, c)"),
    ("sum(W1,axis=0)", "sum(W1, axis=0)"),
    ("softmax(W1)", "softmax(W1, axis=0)"),
    ("softmax(W1, axis=1)", "softmax(W1, axis=1)"),
    ("leaky_relu(a)", "leaky_relu(a)"),
    ("leaky_relu(a,0.01)", "leaky_relu(a)"),
    ("leaky_relu(a,0.1)", "leaky_relu(a, 0.1)"),
    ("relu'(a)", "relu'(a)"),
    ("relu'(a,1)", "relu'(a, 1)"),
    ("sigmoid'(a)", "sigmoid(a)*(1 - sigmoid(a))"),
    ("tanh'(a)", "1 - tanh(a)^2"),
    ("ln'(a)", "1/a"),
    ("σ'(a)", "sigmoid(a)*(1 - sigmoid(a))"),
    # derivatives are names
    ("dLoss/dx5", "dLoss/dx5"),
    ("dLoss / dx_5", "dLoss/dx5"),
    ("∂Loss/∂x5", "dLoss/dx5"),
    ("∂L/∂x_{5}", "dL/dx5"),
    ("dLoss/dα", "dLoss/dalpha"),
    ("a*dLoss/dx5*b", "a * dLoss/dx5 * b"),
    ("2/dLoss/dx5", "2/(dLoss/dx5)"),
    ("dLoss/dx5^2", "(dLoss/dx5)^2"),
    ("-dLoss/dx5/dx5/dx1", "-dLoss/dx5/(dx5/dx1)"),
]

UNREAD = [
    ("", "the formula is empty", 0, ""),
    (" \t ", "the formula is empty", 0, ""),
    ("()", "')' is not expected here", 1, ""),
    ("a+", "the formula ends too early", 2, ""),
    ("*a", "'*' is not expected here", 0, ""),
    ("a b", "an operator is missing before 'b'", 2, "write a*b for a product"),
    ("2x1", "an operator is missing before 'x1'", 1, "write 2*x1 for a product"),
    ("2(a)", "an operator is missing before '('", 1, "write 2*( for a product"),
    ("x5(1-x5)", "x5 is a quantity, not a function", 0, "write x5*( for a product"),
    ("(a", "this ( is never closed", 0, "add )"),
    ("a*(b+(c)", "this ( is never closed", 2, "add )"),
    ("exp(x1", "this ( is never closed", 3, "add )"),
    ("a)", "this ) closes nothing", 1, ""),
    ("(a]", "this ( is never closed", 0, "add )"),
    ("a,b", "',' is not expected here", 1, ""),
    ("a = 2", "'=' is not expected here", 2, "an answer is the right side alone"),
    ("xx5", "'xx5' is not defined", 0, "did you mean x5?"),
    ("a + alhpa", "'alhpa' is not defined", 4, "did you mean alpha?"),
    ("zzz", "'zzz' is not defined", 0, f"known names: {', '.join(KNOWN)}"),
    ("sgmoid(a)", "there is no function 'sgmoid'", 0, "did you mean sigmoid?"),
    ("exp", "exp is a function: give its argument in brackets", 0, ""),
    ("a*sin b", "sin is a function: give its argument in brackets", 2, ""),
    ("sin(a, b)", "sin takes one argument, not 2", 0, ""),
    ("exp()", "exp takes one argument, not 0", 0, ""),
    ("elu(a, b, c)", "elu takes 1 to 2 arguments, not 3", 0, ""),
    ("exp(a, axis=0)", "exp works on each entry and has no axis", 0, ""),
    ("sum(a, axis=2)", "axis is 0 (down the columns) or 1 (along the rows)", 12, ""),
    ("[1, 2", "this [ is never closed", 0, "add ]"),
    ("[[1,2],[3]]", "row 2 has 1 entries, row 1 has 2", 7, ""),
    ("[]", "a matrix needs at least one entry", 0, ""),
    ("[[]]", "a matrix needs at least one entry", 1, ""),
    ("W1[a]", "a place in a matrix is a whole number, counted from 0", 3, PLACES),
    ("W1[]", "a place in a matrix is a whole number, counted from 0", 3, PLACES),
    ("W1[0.5]", "a place in a matrix is a whole number, counted from 0", 3, PLACES),
    ("W1[0,1,2]", "',' is not expected here", 6, ""),
    ("W1[0", "this [ is never closed", 2, "add ]"),
    ("W1[0:1:2]", "':' is not expected here", 6, ""),
    ("a + [1:2]", "':' is not expected here", 6, ""),
    ("a : b", "':' cannot stand in a formula", 2, ""),
    ("concat(a)", "concat takes two arguments or more", 0, "concat(a, b, axis=0)"),
    ("concat(a, b, keepdims=True)", "concat has no keepdims", 0, ""),
    ("outer(a, b, c)", "outer takes two arguments", 0, "outer(a, b)"),
    ("outer(a, b, axis=0)", "outer has no axis", 0, ""),
    ("place(a, b)", "the second argument of place is X[0] or the like", 0, "place(d, X[0])"),
    ("reshape(a)", "reshape needs the new shape", 0, "reshape(X, 2, 3)"),
    ("reshape(a, b)", "a shape is one or two whole numbers above 0", 11, "reshape(X, 2, 3)"),
    ("reshape(a, -1, -1)", "a shape is one or two whole numbers above 0", 15, "reshape(X, 2, 3)"),
    ("ones(-1)", "a shape is one or two whole numbers above 0", 5, "reshape(X, 2, 3)"),
    ("ones()", "a shape is one or two whole numbers above 0", 5, "reshape(X, 2, 3)"),
    ("reshape(a, 1, 2, 3)", "',' is not expected here", 15, ""),
    ("reshape(a, 1, 2", "this ( is never closed", 7, "add )"),
    ("zeros(0, 2)", "a shape is one or two whole numbers above 0", 6, "reshape(X, 2, 3)"),
    ("outer", "outer is a function: give its argument in brackets", 0, ""),
    ("softmax(a, keepdims=True)", "softmax has no keepdims", 0, "sum, mean, max and min have it"),
    ("sum(a, keepdims=1)", "keepdims is True or False", 16, ""),
    ("a; b", "';' cannot stand in a formula", 1, "a formula is one expression"),
    ("'a'", '"\'" cannot stand in a formula', 0, "quotes do not belong in a formula"),
    ('a"', "'\"' cannot stand in a formula", 1, "quotes do not belong in a formula"),
    ("{a}", "'{' cannot stand in a formula", 0, "write brackets as ( )"),
    ("$a$", "'$' cannot stand in a formula", 0, "this is the notation of problem files, not LaTeX"),
    (
        "\\exp(x)",
        "'\\\\' cannot stand in a formula",
        0,
        "this is the notation of problem files, not LaTeX: write exp(x), x_5, a/b",
    ),
    ("a.b", "'.' cannot stand in a formula", 1, "only .T may follow a dot"),
    ("a.__class__", "'.' cannot stand in a formula", 1, "only .T may follow a dot"),
    ("a!", "'!' cannot stand in a formula", 1, "there is no factorial here"),
    ("a%2", "'%' cannot stand in a formula", 1, "there is no % here"),
    ("√a", "'√' cannot stand in a formula", 0, ""),
    ("a\N{ZERO WIDTH SPACE}+b", "'\\u200b' cannot stand in a formula", 1, ""),
    ("a\x00", "'\\x00' cannot stand in a formula", 1, ""),
    ("a \N{RIGHT-TO-LEFT OVERRIDE}b", "'\\u202e' cannot stand in a formula", 2, ""),
    ("1e999", "'1e999' has a power of ten beyond 400", 0, ""),
    ("2 + " + "9" * 61, f"{'9' * 37 + '...'!r} has more than 60 digits", 4, ""),
    ("x" * 151, "a name or number is too long", 0, ""),
    ("__import__('os')", '"\'" cannot stand in a formula', 11, "quotes do not belong in a formula"),
    ("lambda: a", "':' cannot stand in a formula", 6, ""),
    ("٣", "'٣' is not a number: write it like 3, -0.25, 1e-3 or 1/2", 0, ""),
]


@pytest.mark.parametrize(("text", "printed"), READ)
def test_read(text: str, printed: str) -> None:
    assert to_text(parse(text, VOCABULARY)) == printed


@pytest.mark.parametrize(("text", "message", "offset", "hint"), UNREAD)
def test_unread(text: str, message: str, offset: int, hint: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse(text, VOCABULARY)
    assert (caught.value.message, caught.value.offset) == (message, offset)
    if hint.startswith("known names"):
        assert caught.value.hint.startswith("known names: a, b, c")
    else:
        assert caught.value.hint == hint


# --- names


@pytest.mark.parametrize("text", ["x²", "x¹", "x1²", "½", "x⁵", "a²"])
def test_a_raised_or_fractional_figure_is_no_part_of_a_name(text: str) -> None:
    """x² is the square of x, never the quantity x2."""
    with pytest.raises(NotationError):
        parse(text, VOCABULARY)


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("x_5", "x5"),
        ("x_{12}", "x12"),
        ("θ", "theta"),
        ("θ_1", "theta1"),
        ("λ", "lambda"),
        ("σ", "sigma"),
        ("x_a", "x_a"),
        ("x_1_2", "x_1_2"),
        ("W_{out}", "W_out"),
        ("w_1_new", "w1_new"),
        ("dLoss/dx_{5}", "dLoss/dx5"),
        ("∂E/∂w_1", "dE/dw1"),
        (" x ", "x"),
        ("ａ", "a"),
    ],
)
def test_canonical(spelt: str, name: str) -> None:
    assert canonical(spelt) == name
    assert canonical(name) == name


def test_a_quotient_of_unknown_d_names_is_a_quotient() -> None:
    """delta/dx is a division where both are quantities and no derivative of that name exists."""
    known = {"delta", "dx", "da", "db"}
    vocabulary = Vocabulary(lambda spelt: spelt if spelt in known else None)
    assert names(parse("delta/dx", vocabulary)) == ("delta", "dx")
    assert names(parse("da/db", vocabulary)) == ("da", "db")


def test_a_quantity_goes_before_a_constant() -> None:
    vocabulary = Vocabulary(lambda spelt: spelt if spelt in {"e", "pi"} else None)
    assert parse("e", vocabulary) == Name("e")
    assert parse("pi", vocabulary) == Name("pi")
    assert parse("pi", VOCABULARY) == Constant("pi")


def test_a_quantity_named_t_is_no_transposition() -> None:
    vocabulary = Vocabulary(lambda spelt: spelt if spelt in {"x", "T"} else None)
    assert to_text(parse("x^T", vocabulary)) == "x^T"


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *ALIASES}))
def test_every_function_can_be_called(name: str) -> None:
    function = FUNCTIONS[ALIASES.get(name, name)]
    tree = parse(f"{name}({', '.join(['a', 'b'][: function.least])})", VOCABULARY)
    assert parse(to_text(tree), VOCABULARY) == tree


@pytest.mark.parametrize("name", sorted(SLOPES))
def test_every_slope_can_be_called(name: str) -> None:
    assert names(parse(f"{name}'(a)", VOCABULARY)) in {("a",), ()}


# --- against Python's own reading

OPERATORS = st.sampled_from([" + ", " - ", "*", "/", "^", " +", "- "])
NUMBERS = st.sampled_from(["1", "2", "3", "0.5", "1.5", "4", ".25"])


def formulas(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return NUMBERS
    smaller = formulas(depth - 1)
    return st.one_of(
        NUMBERS,
        st.builds(lambda a, o, b: f"{a}{o}{b}", smaller, OPERATORS, smaller),
        st.builds(lambda a, o, b, p, c: f"{a}{o}{b}{p}{c}", smaller, OPERATORS, smaller, OPERATORS, smaller),
        smaller.map(lambda a: f"({a})"),
        smaller.map(lambda a: f"-{a}"),
        smaller.map(lambda a: f"+{a}"),
    )


@settings(max_examples=600, deadline=None)
@given(formulas(4))
def test_precedence_is_that_of_python(text: str) -> None:
    try:
        floats = re.sub(r"(?<![\w.])(\d+)(?![\d.e])", r"\1.0", text)  # a tower of integers would never end
        expected = eval(floats.replace("^", "**"), {"__builtins__": {}})  # noqa: S307  generated above
    except (ZeroDivisionError, OverflowError):
        return
    if isinstance(expected, complex) or abs(expected) > 1e300:
        return
    try:
        found = float(evaluate(parse(text), {}))
    except NotationError as error:
        assert "nested deeper" in error.message
        return
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-300)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text, VOCABULARY)
    except NotationError as error:
        assert 0 <= error.offset <= len(text)
        assert error.message


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "b",
                "x5",
                "2",
                ".5",
                "+",
                "-",
                "*",
                "/",
                "^",
                "(",
                ")",
                "[",
                "]",
                ",",
                "exp(",
                "max(",
                "sum(",
                "axis=",
                "<",
                "=",
                ".T",
                "'",
                "@",
                "d",
                "e",
            ]
        )
    )
)
def test_any_tokens_are_read_or_refused(parts: list[str]) -> None:
    text = " ".join(parts)
    try:
        tree = parse(text, VOCABULARY)
    except NotationError as error:
        assert 0 <= error.offset <= len(text)
    else:
        assert parse(to_text(tree), VOCABULARY) is not None


# --- user-defined functions


def test_a_function_of_the_file() -> None:
    square = UserFunction(("t",), parse("t^2", Vocabulary(lambda spelt: spelt if spelt == "t" else None)))
    vocabulary = Vocabulary(resolve, lambda: KNOWN, {"sq": square})
    assert to_text(parse("sq(a+b)*2", vocabulary)) == "(a + b)^2*2"
    with pytest.raises(NotationError) as caught:
        parse("1 + sq(a, b)", vocabulary)
    assert caught.value.message.startswith("sq takes 1 argument")
    assert caught.value.offset == 4


def doubling(times: int) -> Vocabulary:
    """f0(t) = t + t, and each further one calls the one before it twice."""
    functions: dict[str, UserFunction] = {}
    for step in range(times):
        own = Vocabulary(lambda spelt: spelt if spelt == "t" else None, functions=dict(functions))
        body = f"f{step - 1}(t) + f{step - 1}(t)" if step else "t + t"
        functions[f"f{step}"] = UserFunction(("t",), parse(body, own))
    return Vocabulary(resolve, lambda: KNOWN, functions)


# --- hostile input

HOSTILE = {
    "brackets": "(" * 5000 + "a" + ")" * 5000,
    "unclosed brackets": "(" * 15_000,
    "signs": "-" * 19_000 + "a",
    "powers": "^".join("2" * 5000),
    "calls": "exp(" * 4000 + "a" + ")" * 4000,
    "matrices": "[" * 10_000,
    "length": "+".join(["a"] * (MAX_TOKENS // 2 + 5)),
    "divisions": "/".join(["a"] * (MAX_CHAIN + 2)),
    "products": " @ ".join(["a"] * (MAX_CHAIN + 2)),
    "digits": "9" * 100_000,
    "decimals": "0." + "1" * 100_000,
    "exponent": "1e" + "9" * 100_000,
    "a long name": "x" * 1_000_000,
    "transposes": "a" + ".T" * 19_000 + "(",
    "primes": "a" + "'" * 100_000,
    "underscores": "x" + "_" * 100_000 + "1",
    "braces": "x" + "{1}" * 50_000,
    "almost a derivative": "d" * 100_000 + "/",
    "many almost derivatives": "da / da / " * 3000 + "!",
    "comparisons": "<".join(["a"] * 5000) + "!",
    "spaces": " " * 1_000_000 + "!",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(NotationError) as caught:
        parse(text, VOCABULARY)
    assert time.perf_counter() - start < 20
    assert len(caught.value.message) < 250


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".T" * 9000,
        "<".join(["a"] * 300),
        "<".join(["a"] * 1500),
        "^".join("a" * 55),
        "a" + "*a" * 9000,
        "a" + "-a" * 9000,
    ],
)
def test_what_is_read_can_be_used(text: str) -> None:
    """Whatever is accepted can also be printed, compared and evaluated: or it is refused at once."""
    start = time.perf_counter()
    try:
        tree = parse(text, VOCABULARY)
    except NotationError:
        return
    assert to_text(tree)
    assert hash(tree) == hash(tree)
    assert np.shape(evaluate(tree, {"a": np.asarray(0.9)})) == ()
    assert time.perf_counter() - start < 20


def test_arguments_are_not_operations_in_a_row() -> None:
    assert parse(f"maximum({', '.join(['a/2'] * 201)})", VOCABULARY)
    assert parse(f"[{', '.join(['a/2'] * 201)}]", VOCABULARY)
    assert parse(f"[{', '.join(['[a/2]'] * 201)}]", VOCABULARY)


def test_bounds_are_stated() -> None:
    for text, message in [
        ("(" * (MAX_NESTING + 70) + "a", f"nested deeper than {MAX_NESTING} levels"),
        ("+".join(["a"] * 10_001), "the formula is longer than 20,000 tokens"),
        ("/".join(["a"] * 202), "more than 200 divisions and matrix products"),
        (f"max({'/'.join(['a'] * 150)}, 1){'/a' * 100}", "more than 200 divisions and matrix products"),
        (f"a{'/a' * 100}*max(1, {'/'.join(['a'] * 150)})", "more than 200 divisions and matrix products"),
        (f"[1, {'/'.join(['a'] * 202)}]", "more than 200 divisions and matrix products"),
    ]:
        with pytest.raises(NotationError) as caught:
            parse(text, VOCABULARY)
        assert caught.value.message == message


def test_functions_that_blow_up_are_refused() -> None:
    start = time.perf_counter()
    with pytest.raises(NotationError) as caught:
        parse("1 + f39(a)", doubling(40))
    assert time.perf_counter() - start < 20
    assert caught.value.message == f"the formula has more than {MAX_SIZE:,} parts"


def test_functions_of_functions_of_functions_are_refused() -> None:
    """Nested calls in one formula: each argument is doubled by every call around it."""
    vocabulary = doubling(5)
    start = time.perf_counter()
    with pytest.raises(NotationError):
        parse("f4(" * 30 + "a" + ")" * 30, vocabulary)
    assert time.perf_counter() - start < 20


def test_many_calls_of_a_large_function_are_refused_or_bounded() -> None:
    """The bound is on the whole formula, not on each call."""
    vocabulary = doubling(12)
    start = time.perf_counter()
    with pytest.raises(NotationError):
        parse("+".join(["f11(a)"] * 60), vocabulary)
    assert time.perf_counter() - start < 20


def test_deep_functions_are_refused() -> None:
    """A tree deeper than Python's stack cannot be built by functions that call each other."""
    functions: dict[str, UserFunction] = {}
    start = time.perf_counter()
    try:
        for step in range(100):
            own = Vocabulary(lambda spelt: spelt if spelt == "t" else None, functions=dict(functions))
            inner = f"f{step - 1}(t)" if step else "t"
            functions[f"f{step}"] = UserFunction(("t",), parse("exp(-" * 25 + inner + ")" * 25, own))
        tree = parse("f99(a)", Vocabulary(resolve, lambda: KNOWN, functions))
    except NotationError:
        pass
    else:
        assert to_text(tree)
        evaluate(tree, {"a": np.asarray(0.5)})
    assert time.perf_counter() - start < 20
