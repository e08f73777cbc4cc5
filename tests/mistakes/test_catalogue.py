"""The catalogue of mistakes: each code on a small problem where that mistake is made, and no code besides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hw2check.check.file import check_file
from hw2check.mistakes.catalogue import MISTAKES

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
EMITTING = (
    "mistakes/diagnose",
    "mistakes/candidates",
    "mistakes/matrices",
    "mistakes/slips",
    "mistakes/variants",
    "mistakes/conventions",
    "proofread/hints",
    "mistakes/catalogue",
    "mistakes/chaining",
    "mistakes/deriving",
    "mistakes/updating",
)

SCALAR = """
learning_rate = 0.1
parameters = ["a", "b", "c"]
loss = "L"
[given]
a = 1.3
b = 0.7
c = 2.1
[nodes]
"""
DENSE = """
[given]
A_in = [[2, 1], [3, 4]]
[[layer]]
name = "1"
W = [[1, -2], [3, 1]]
b = [1, -1]
activation = "sigmoid"
"""
ROWS = DENSE.replace("[given]", 'batch = "rows"\n[given]')
SOFTMAX = DENSE.replace("sigmoid", "softmax")
VECTOR = '[given]\nv = [1.5, 2.5, 4.1]\nu = [0.5, 1.5, -2]\n[nodes]\nm = "mean(v)"\n'


ASCENT = 'optimiser = { kind = "sgd", maximize = true }\n'
MOMENTUM = 'optimiser = { kind = "momentum", state = { v_a = 0.5 } }\n'
ADAM = 'optimiser = { kind = "adam" }\n'
BATCH = """
learning_rate = 0.1
[given]
A_in = [[1, 2, 3]]
[[layer]]
W = [[0.5]]
[loss]
kind = "mean_squared_error"
target = [[1, 0, 1]]
"""


def graph(**nodes: str) -> str:
    """A problem over a, b and c; without a node L, the last one is the loss in place of it."""
    formulas = nodes if "L" in nodes else {**nodes, "L": list(nodes)[-1]}
    return SCALAR + "".join(f'{name} = "{formula}"\n' for name, formula in formulas.items())


# code, problem, quantity, what is written, where the mistake is said to be
CASES = [
    ("sign", graph(y="a*b*c"), "y", "-1.911", "y"),
    ("power-of-ten", graph(y="a*b*c"), "y", "19.11", "y"),
    ("truncated", graph(y="a*b*c"), "y", "1", "y"),
    ("last-digit", graph(y="exp(a)*b + c"), "y", "4.6682", "y"),
    ("digits-swapped", graph(y="exp(a)*b + c"), "y", "4.6658", "y"),
    ("factor-2", graph(y="(a - b)^2/2"), "y", "0.3600", "y"),
    ("reciprocal", graph(y="a/(b + c)"), "y", "2.1538", "y"),
    ("sign-of-term", graph(y="a - b + c"), "y", "4.100", "y"),
    ("missing-term", graph(y="a + b + c"), "y", "3.400", "y"),
    ("missing-factor", graph(y="a*b*c"), "y", "2.730", "y"),
    ("sum-for-product", graph(y="a*b"), "y", '"a + b"', "y"),
    ("product-for-sum", graph(y="a + b"), "y", '"a*b"', "y"),
    ("product-for-quotient", graph(y="a/b"), "y", '"a*b"', "y"),
    ("quotient-for-product", graph(y="a*b"), "y", '"a/b"', "y"),
    ("extra-term", graph(y="a + b"), "y", '"a + b + c"', "y"),
    ("extra-factor", graph(y="a*b"), "y", '"a*b*c"', "y"),
    ("extra-power", graph(y="sin(a)*b"), "y", '"sin(a)^2*b"', "y"),
    ("denominator-missing", graph(y="a/(b + c)"), "y", "1.300", "y"),
    ("denominator-not-squared", graph(y="a/(1 + b*a)"), "dy/da", '"1/(1 + b*a)"', "dy/da"),
    ("exponent-missing", graph(y="(a + c)^2"), "y", "3.400", "y"),
    ("exponent-as-factor", graph(y="(a + c)^3"), "y", "10.20", "y"),
    ("power-of-sum", graph(y="(a + b)^2"), "y", '"a^2 + b^2"', "y"),
    ("root-of-sum", graph(y="sqrt(a^2 + b^2)"), "y", "2.000", "y"),
    ("fraction-of-sum", graph(y="a/(b - exp(c))"), "y", '"a/b - a/exp(c)"', "y"),
    ("fraction-of-sum", graph(y="1/(a^2 + b + c)"), "y", "2.49648", "y"),
    ("exp-of-sum", graph(y="exp(a + b)"), "y", '"exp(a) + exp(b)"', "y"),
    ("log-of-sum", graph(y="log(a + b)"), "y", '"log(a) + log(b)"', "y"),
    ("log-of-product", graph(y="log(a*c)"), "y", "0.19466", "y"),
    ("sign-of-argument", graph(y="exp(-a*b)"), "y", '"exp(a*b)"', "y"),
    ("function-missing", graph(y="exp(a*b)"), "y", "0.9100", "y"),
    ("wrong-name", graph(p="a*b", q="b*c", y="p*c + q"), "y", '"q*c + q"', "y"),
    ("product-rule", graph(y="exp(a*b)*sin(a)"), "dy/da", '"b*exp(a*b)*cos(a)"', "dy/da"),
    ("quotient-rule-term", graph(y="sin(a)/(1 + a^2)"), "dy/da", '"cos(a)*(1 + a^2)/(1 + a^2)^2"', "dy/da"),
    (
        "quotient-rule-sign",
        graph(y="sin(a)/(1 + a^2)"),
        "dy/da",
        '"(cos(a)*(1 + a^2) + 2*a*sin(a))/(1 + a^2)^2"',
        "dy/da",
    ),
    ("power-rule", graph(y="a^3"), "dy/da", '"3*a^3"', "dy/da"),
    ("missing-inner-derivative", graph(y="sigmoid(a*b)"), "dy/da", '"y*(1 - y)"', "dy/da"),
    ("function-not-derived", graph(y="sin(a)"), "dy/da", '"sin(a)"', "dy/da"),
    ("derivative-sign", graph(y="cos(a*b) + a^2"), "dy/da", '"b*sin(a*b) + 2*a"', "dy/da"),
    ("activation-derivative-missing", graph(z="a*b", y="tanh(z)", L="y*c"), "dL/dz", '"dL/dy"', "dL/dz"),
    ("derivative-at-activation", graph(y="tanh(a)"), "dy/da", '"1 - tanh(y)^2"', "dy/da"),
    ("sigmoid-derivative-half", graph(y="sigmoid(a)"), "dy/da", '"1 - y"', "dy/da"),
    ("tanh-derivative-half", graph(y="tanh(a)"), "dy/da", '"1 - y"', "dy/da"),
    (
        "softmax-derivative-swapped",
        graph(y="exp(a)/(exp(a) + exp(b) + exp(c))"),
        "dy/da",
        "-0.038525",
        "dy/da",
    ),
    ("wrong-partial", graph(y="a*b + b*c^2"), "dy/db", '"2*b*c"', "dy/db"),
    ("missing-chain-factor", graph(p="a^2", y="exp(p)", L="y*c"), "dL/da", '"c*2*a"', "dL/dp"),
    ("extra-chain-factor", graph(p="a^2", L="p*c"), "dL/da", '"c*(2*a)^2"', "dL/da"),
    ("one-path-only", graph(p="a*b", q="a^2", L="p*q"), "dL/da", '"q*b"', "dL/da"),
    ("local-for-total", graph(p="a^2*b", L="p*c"), "dL/da", '"2*a*b"', "dL/da"),
    ("learning-rate-missing", graph(L="a*b"), "a_new", "0.6000", "a_new"),
    ("plus-for-minus", graph(L="a*b"), "a_new", "1.3700", "a_new"),
    ("other-learning-rate", graph(L="a*b"), "a_new", "1.29300", "a_new"),
    ("plain-descent", MOMENTUM + graph(L="a*b"), "a_new", "1.2300", "a_new"),
    ("other-momentum", MOMENTUM + graph(L="a*b"), "a_new", "1.1265", "a_new"),
    ("bias-correction-missing", ADAM + graph(L="a*b"), "a_new", "0.98377", "a_new"),
    ("half-in-loss", graph(L="(a*b - c)^2"), "a_new", "1.3833", "dL/da"),
    ("other-reduction", BATCH, "dLoss/dW1", "[[6.00]]", "dLoss/dA1"),
    ("minus-for-plus", ASCENT + graph(L="a*b"), "a_new", "1.2300", "a_new"),
    ("gradient-missing", graph(L="a*b"), "a_new", "1.2000", "a_new"),
    ("updated-value-used", graph(L="a*b*c"), "b_new", "0.45787", "b_new"),
    ("transposed", DENSE, "Z1", "[[-3, 8], [-6, 6]]", "Z1"),
    ("transpose-missing", ROWS, "Z1", "[[6, -4], [16, -3]]", "Z1"),
    ("transposed-factor", DENSE, "Z1", "[[12, 14], [-2, 1]]", "Z1"),
    ("factors-swapped", DENSE, "Z1", "[[6, -2], [14, -3]]", "Z1"),
    ("elementwise-product", DENSE, "Z1", "[[3, -1], [8, 3]]", "Z1"),
    ("bias-missing", DENSE, "Z1", "[[-4, -7], [9, 7]]", "Z1"),
    ("bias-wrong-axis", DENSE, "Z1", "[[-3, -8], [10, 6]]", "Z1"),
    ("activation-missing", DENSE, "A1", "[[-3, -6], [8, 6]]", "A1"),
    ("wrong-activation", DENSE, "A1", "[[0, 0], [8, 6]]", "A1"),
    ("softmax-axis", SOFTMAX, "A1", "[[0.9526, 0.0474], [0.8808, 0.1192]]", "A1"),
    ("batch-swapped", DENSE, "Z1", "[[-6, -3], [6, 8]]", "Z1"),
    ("batch-swapped", ROWS, "Z1", "[[-4, 12], [1, 6]]", "Z1"),
    ("units-swapped", DENSE, "Z1", "[[8, 6], [-3, -6]]", "Z1"),
    ("entries-swapped", DENSE, "Z1", "[[6, -6], [8, -3]]", "Z1"),
    (
        "sum-axis",
        VECTOR.replace("mean(v)", 'mean(v)"\ns = "sum([[1, 2], [3, 5]]*m, axis=1)'),
        "s",
        "[10.8, 18.9]",
        "s",
    ),
    ("sum-for-mean", VECTOR, "m", "8.1", "m"),
]


@pytest.mark.parametrize(
    ("code", "problem", "name", "written", "where"),
    CASES,
    ids=[f"{code}-{number}" for number, (code, *_) in enumerate(CASES)],
)
def test_the_mistake_is_named(
    code: str, problem: str, name: str, written: str, where: str, tmp_path: Path
) -> None:
    file, answers = tmp_path / "problem.toml", tmp_path / "answers.toml"
    file.write_text(problem, encoding="utf-8")
    answers.write_text(f'[answers]\n"{name}" = {written}\n', encoding="utf-8")
    (finding,) = (row.finding for row in check_file(str(file), str(answers)).rows if row.finding)
    assert finding.verdict == "wrong"
    assert (code, where) in {(hint.code, hint.where) for hint in finding.hints}, finding.hints


def test_every_code_has_a_case() -> None:
    assert {code for code, *_ in CASES} == set(MISTAKES)


def test_the_catalogue_is_closed() -> None:
    """What diagnosis can name is in the catalogue, and all of the catalogue can be named."""
    text = "".join((ROOT / "hw2check" / f"{module}.py").read_text(encoding="utf-8") for module in EMITTING)
    words = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"', text))
    assert set(MISTAKES) <= words
    assert {word for word in words if "-" in word} <= set(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=list(MISTAKES))
def test_an_entry_explains_itself(mistake: object) -> None:
    entry = MISTAKES[getattr(mistake, "code", "")]
    assert entry.rank in {1, 2, 3}
    assert entry.title
    assert entry.title[0].islower()
    assert not entry.title.endswith(".")
    assert entry.example


def test_every_mistake_with_matrices_is_in_the_fixture() -> None:
    report = check_file(str(FIXTURES / "matrix-mistakes.toml"))
    assert {finding.verdict for finding in report.findings} == {"wrong"}
    assert all(finding.hints for finding in report.findings)
    named = {hint.code for finding in report.findings for hint in finding.hints}
    codes = list(MISTAKES)
    assert set(codes[codes.index("transposed") :]) <= named
    assert {"activation-derivative-missing", "other-reduction", "half-in-loss", "plus-for-minus"} <= named
