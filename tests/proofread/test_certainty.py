"""Which failing steps are mistakes, which are doubtful, and which claim nothing: small documents of each kind."""

# ruff: noqa: E501 - tables are read a row a line

from __future__ import annotations

import pytest

from tests.proofread.test_steps import proof

SAID = {
    "holds": "+",
    "rounded": "+",
    "close": "~",
    "definition": "d",
    "doubtful": "?",
    "wrong": "X",
    "carried": "c",
    "unchecked": "-",
}


def said(text: str) -> str:
    """The verdicts of a document without a problem, a letter a link, paragraphs apart."""
    found: dict[int, str] = {}
    for link in proof(text, ()).links:
        place = link.right.place.line
        found[place] = found.get(place, "") + SAID[link.verdict]
    return " ".join(found[line] for line in sorted(found))


def table(*rows: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("text", "expected"), rows, ids=[text[:60] for text, _ in rows])


@table(
    ("$a = 2$\n\n$a = 3 \\cdot 4 = 12$\n\n$b = a + 1 = 13$", "d d+ d+"),
    ("$a = 2$\n\n$a = 3 \\cdot 4 = 12$\n\n$b = a + 1 = 3$", "d d+ dX"),
    ("$a = 2$\n\n$b = a + 1 = 3$\n\n$a = 5$\n\n$c = a + 1 = 6$", "d d+ d d+"),
    ("$r = 4$\n\nLet $r = 5$.\n\n$s = r^2 = 25$", "d d d+"),
    ("$r = 4$\n\nLet $r = 5$.\n\n$s = r^2 = 16$", "d d d+"),
    ("$x = 3$, $y = x^2 = 9$\n\n# Next\n\n$y = 4$\n\n$z = 2 y = 8$", "dd+ d d+"),
    ("$x = 3$, $y = x^2 = 9$\n\n$y = 10$", "dd+ ?"),
    ("$x = 3$, $y = x^2 = 9$ and $y = 10$", "dd+X"),
    ("$u = 1$, $v = u + 1$\n\n$v = 7$", "dd ?"),
    ("1. $L = 0.5^2 = 0.25$\n2. $L = 0.1^2 = 0.01$", "d+ d+"),
    ("**Example 1.** $n = 4$, $n^2 = 16$\n\n**Example 2.** $n = 5$, $n^2 = 25$", "d+ d+"),
    ("$\\theta = 0.5$\n\nSea $\\theta = 2$. Entonces $\\theta^2 = 4$.", "d d+"),
    ("$\\theta = 0.5$, $\\theta^2 = 0.25$\n\n设 $\\theta = 2$, 则 $\\theta^2 = 4$。", "d+ d+"),
)
def test_the_newest_definition_counts(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    ("$u = 0.625$, $v = 0.754$\n\n$z = 0.5 u + 0.6 v = 0.854$", "dd dX"),
    ("$u = 0.625$, $v = 0.754$\n\n$z = 0.5 u + 0.6 v = 0.765$", "dd d+"),
    ("# One\n\n$u = 0.625$\n\n# Two\n\n$z = 2 u = 1.5$", "d d?"),
    ("# One\n\n$u = 0.625$\n\n## Part a\n\n$z = 2 u = 1.5$", "d dX"),
    ("$u = 3$\n\nIf $u = 4$, then nothing.\n\n$z = 2 u = 6$", "d d d+"),
    ("$n = 4$\n\n$\\sqrt{n} = 100 \\Rightarrow n = 10^4$", "d -d"),
    ("$\\lambda = 2$\n\nSolve $\\lambda^2 - 1 = 3$ and $\\lambda^2 + 1 = 0$.", "d +-"),
    ("$w = 2$\n\nThe loss is smallest when $w^2 = 9$.", "d -"),
    ("$w = 2$\n\nSupposons $3 w = 9$.", "d -"),
    ("$w = 2$\n\nWenn $3 w = 9$ ist, dann", "d -"),
    ("$w = 2$\n\n如果 $3 w = 9$", "d -"),
    ("$w = 2$\n\n만약 $3 w = 9$", "d -"),
    ("If $2 + 2 = 5$, then", "X"),
)
def test_conditions_and_scopes(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    ("$-4(4 - 2w) = 8w - 16$", "+"),
    ("$-4(4 - 2w) = 8w + 16$", "?"),
    ("$-4(4 - 2w) = 8w - 16$\n\n$-4(4 - 2w) = 8w + 16$", "+ X"),
    ("$(p + q)^2 = p^2 + 2 p q + q^2$", "+"),
    ("$p q = q p$\n\n$(p + q)^2 = p^2 + q^2$", "+ ?"),
    ("$(p + q)^2 = p^2 + 2 p q + q^2$\n\n$(p + q)^2 = p^2 + q^2$", "+ X"),
    ("$x y = 12$", "-"),
    ("$A x = b$", "d"),
    ("$A B = B A$", "-"),
    ("$\\sigma(x)(1 - \\sigma(x)) = \\frac{e^{-x}}{(1 + e^{-x})^2}$", "+"),
    ("$1 - \\sigma(x) = \\sigma(-x)$\n\n$1 - \\sigma(x) = \\sigma(x)$", "+ X"),
    ("$u = 4 - 2 w$, $L = u^2$\n\n$\\frac{dL}{dw} = 2 u \\frac{du}{dw} = 8 w - 16$", "dd ++"),
    ("$u = 4 - 2 w$, $L = u^2$\n\n$\\frac{dL}{du} = 2 u$\n\n$\\frac{dL}{du} = 3 u$", "dd + X"),
    ("$y = 2 x$\n\n$x = 3$\n\n$z = y + 1 = 7$", "d d d+"),
)
def test_names_that_stand_for_any_number(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    ("$s = 2.582/\\sqrt{10} = 0.816$\n\n$t = (32 - 30)/0.816 = 2.449$", "d~ d+"),
    ("$s = 2.582/\\sqrt{10} = 0.816$\n\n$t = (32 - 30)/0.816 = 2.451$", "d~ d+"),
    ("$s = 2.582/\\sqrt{10} = 0.816$\n\n$t = (32 - 30)/0.816 = 2.439$", "d~ dX"),
    ("$h = 0.53639 \\approx 0.536$\n\n$q = 0.6 \\cdot 3 + 0.4 \\cdot 0.536 = 2.015$", "d+ d+"),
    ("$H \\approx \\ln(255) + 0.5772 \\approx 5.541 + 0.577 = 6.118$", "d++"),
    ("$405.2 \\approx 400$", "+"),
    ("$405.2 \\approx 500$", "-"),
    ("$405.2 = 400$", "-"),
    ("$M = 163.35/2 = 81.68$, $N = 30/12 = 2.50$\n\n$F = 81.68/2.50 = 32.67$\n\n$F = M/N$", "d+d+ d+ +"),
    ("$z = 0.95$, $a = \\sigma(z) \\approx 0.721$\n\n$\\frac{da}{dz} = 0.721 (1 - 0.721)$", "dd+ +"),
    ("$10^{16} + 1 = 10^{16}$", "X"),
    ("$2^{53} + 1 = 9007199254740993$", "+"),
    ("$6 = 6.4$", "-"),
    ("$y = 2 \\cdot 3 = 6 = 6.4$", "d+X"),
)
def test_rounded_intermediates(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    (
        "$u = 0.625$, $v = 0.754$, $y = 1$\n\n$z = 0.5 u + 0.6 v + 0.05 = 0.854$\n\n$q = \\sigma(z) = 0.701$\n\n$d = q - y = -0.299$",
        "ddd dX dc dc",
    ),
    ("$x = 2$\n\n$y = x^2 = 5$\n\n$z = 3 y = 15$\n\n$t = 3 y = 12$", "d dX dc d+"),
    ("$w = 0.5$, $x = 3$\n\n$g = w x = 1.6$\n\n$w = w - 0.1 g = 0.34$\n\n$w + 1 = 1.34$", "dd dX dc +"),
    ("$w = 0.5$, $g = 2$\n\n$w \\leftarrow w - 0.1 g = 0.3$\n\n$2 w = 0.6$", "dd d+ +"),
    ("$w = 0.5$, $g = 2$\n\n$w = w - 0.1 g = 0.4$", "dd dX"),
    ("$W = [0.1, 0.2]$\n\n$W = W - 0.1 [1, 2] = [0, 0]$", "d d+"),
)
def test_carried_without_a_problem(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    ("$E(X) = 100$, $V(X) = 25$; $E(Y) = 120$, $V(Y) = 36$", "dddd"),
    ("$P(A) = 0.3$, so $P(A^c) = 1 - P(A) = 0.7$", "dd+"),
    ("$P(A) = 0.3$, so $P(A^c) = 1 - P(A) = 0.6$", "ddX"),
    ("If it is positive then $h(x) = 1$; if it is negative then $h(x) = -1$.", "dd"),
    ("$\\hat y = 0.7$, $y = 1$\n\n$e = \\hat y - y = -0.3$\n\n$L = e^2 = 0.09$", "dd d+ d+"),
    ("$e = 0.1$ and $e^0 = 1$", "d+"),
    ("$z = 0.5$\n* $f(z) = 1/(1+e^{-z})$\n* $f(z) = \\tanh(z)$\n\n$f(0) = 0$", "d d d +"),
    (
        "$w = 0.6$, $q = \\sigma(2 w) = 0.769$\n\n$L = -\\ln(0.769) = 0.263$\n\n$\\frac{dL}{dw} = -2 (1 - q) = -0.463$",
        "dd+ d+ -+",
    ),
    (
        "$A = \\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}$, $B = \\begin{bmatrix}1&0&0\\\\0&1&0\\\\0&0&1\\end{bmatrix}$\n\nIn general $(AB)' = B'A'$.",
        "dd -",
    ),
    ("$x = [1, 2, 3]$\n\n$x_1 = [1, 2, 0.5]^T$", "d -"),
    ("$T = 0$, $R = 0$\n\nIn general $\\frac{R}{T} = 1 - \\frac{T}{R}$.", "dd ?"),
)
def test_what_names_may_mean(text: str, expected: str) -> None:
    assert said(text) == expected


@table(  # what has a value above is no evidence against an equation
    ("$x = 3$, $y = x^2 = 9$\n\n$x + 2 y = 6$", "dd+ ?"),
    ("$x = 3$, $y = x^2 = 9$\n\n$-2 x + 3 = 0$", "dd+ -"),
    ("$x = 3$, $y = x^2 = 9$\n\n$0 = x^2 - 20 x + 36$", "dd+ -"),
    ("$x = 3$, $y = x^2 = 9$\n\n$2 (x - 2) = 2 \\lambda x$", "dd+ ?"),
    ("$t = 2$\n\n$t = 4$, $j = 1$, $l = 2$, $j = l$", "d dddd"),
    ("$v = [1, 2]^T$, $w = [2, 1]^T$\n\n$2 v + 3 w = 0$", "dd -"),
    ("$\\pi = P \\pi$", "-"),
    ("$\\pi = [1/2, 1/2]^T$", "?"),
    ("$3 + 3 = -6$, which is not true.", "?"),
    ("$3 + 3 = -6$, contradiction", "?"),
    ("$6 = -6$", "-"),
    ("$3 + 3 = -6$", "X"),
    ("In $\\mathbb{Z}/8$, $2 \\cdot 4 = 0$", "?"),
    ("$(123) = (13)(12)$", "-"),
    ("$(2)(3) = 7$", "X"),
    ("$[1, 1] = 2$", "?"),
    ("$2^{250} \\approx 10^{75}$", "+"),
    ("$\\frac{1}{1 - e^{0}} = \\frac12$", "X"),
    ("$1/0 = 1/0$", "-"),
    ("$a b + c = a b - c$", "?"),
    (
        "$n = w x + b = 0.15 \\cdot 0.05 + 0.35 = 0.3575$\n\n$o = \\frac{1}{1+e^{-n}} = \\frac{1}{1+e^{-0.3575}} = 0.588435$",
        "d-+ d++",
    ),
    ("1. $f(x) = x^3$\n2. $f(x) = \\sin x$\n\n   $f(1) = 0.84$", "d d +"),
    ("Soit $f(x, y) = x y$.\n\nSoit $f(x, y) = x^2 + y^2$. Donc $f(1, 2) = 5$.", "d d+"),
    ("$x = 1$, $y = 4 x + 1$\n\n- $y = 3 x - 2$", "dd ?"),
)
def test_equations_of_values_and_new_examples(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    (
        "$X = \\begin{pmatrix} x_1 & x_2 \\end{pmatrix} = \\begin{pmatrix} 0.5 & 0.3 \\end{pmatrix}$\n\n$z = 2 x_1 + x_2 = 1.3$",
        "d+ d+",
    ),
    (
        "$X = \\begin{pmatrix} x_1 & x_2 \\end{pmatrix} = \\begin{pmatrix} 0.5 & 0.3 \\end{pmatrix}$\n\n$z = 2 x_1 + x_2 = 1.4$",
        "d+ dX",
    ),
    (
        "$\\begin{pmatrix} u \\\\ v \\end{pmatrix} = \\begin{pmatrix} 3 \\\\ 4 \\end{pmatrix}$\n\n$s = u^2 + v^2 = 25$",
        "+ d+",
    ),
)
def test_entries_are_named(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    ("Let $x = 3$. Then $x^2 = 8$.", "dX"),
    ("Let $x = 3$. Solve $x^2 = 8$.", "d-"),
    ("If $x = 0.001$, then $x^2 = 0.00001$.", "dX"),
    ("Sea $x = 3$. Entonces $x^2 = 8$.", "dX"),
    ("Seja $x = 3$. Logo $x^2 = 8$.", "dX"),
    ("Soit $x = 3$. Donc $x^2 = 8$.", "dX"),
    ("Sei $x = 3$. Dann $x^2 = 8$.", "dX"),
    ("设 $x = 3$, 则 $x^2 = 8$。", "dX"),
    ("$\\sqrt{4.5} \\approx 2.125$", "?"),
    ("$\\sqrt{4.5} \\approx 2.3$", "X"),
    ("$f(x) = x^2$, $f(x) \\approx 1 + 2 (x - 1)$", "d-"),
    ("$n = w x + b = 0.1 \\cdot 0.5 + 0.2 = 0.25$\n\n$n + 1 = 1.25$", "d-+ +"),
    (
        "$A = \\begin{bmatrix} 2 & 0 \\\\ 0 & 4 \\end{bmatrix}$\n\n$2 A = \\begin{bmatrix} 4 & 0 \\\\ 0 & 9 \\end{bmatrix}$",
        "d X",
    ),
)
def test_conclusions_and_approximations(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    (r"$\ln(e) = 1$", "+"),
    (r"$\ln(e) = 2$", "X"),
    (r"$\ln(\pi) = 1.1447$", "+"),
    (r"$\cos(\pi) = -1$", "+"),
    (r"$\sin(x) = 0.5$", "-"),
    (r"$\cos(\theta) = -1$ or $\cos(\theta) = 1$", "--"),
    (r"$\sigma(0) = 0.5$", "+"),
    (r"$\sigma(0) = 0.6$", "X"),
    (r"$\sigma(z) = \frac{1}{1 + e^{-z}}$", "+"),
    (r"$\tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}$", "+"),
)
def test_a_known_function_at_an_argument_that_stands_on_one_side_only(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    ("$v = 11$, $u = 3v = 33$. Say $v$ goes up a little; then $3v = 33.003$.", "dd+?"),
    ("$x = 2$, $x^2 = 4$, and $x^2 = 4.01$", "d+?"),
    ("$x = 2$, $x^2 = 4$, and $x^2 = 5$", "d+X"),
    ("By convention $0/0 = 1$.", "?"),
    ("$1/0 = 1$", "X"),
    ("$0.0035 \\times 0.89 + 0.9965 \\times 0.07 = 0.07288$", "?"),  # 0.00312 + 0.06976
    ("$0.0035 \\times 0.89 + 0.9965 \\times 0.07 = 0.07298$", "X"),
    ("$0.333 \\cdot 2 + 0.125 \\cdot 3 = 1.04$", "+"),
    ("$\\frac{e^{3.54}}{e^{7.09}+e^{4.96}+e^{3.54}} \\approx \\frac{34}{1375}$", "?"),
    ("$\\frac{e^{3.54}}{e^{7.09}+e^{4.96}+e^{3.54}} \\approx 0.035$", "X"),
    ("$\\begin{pmatrix}0.71 & 0.44\\\\0.97 & 1.04\\end{pmatrix}\\begin{pmatrix}1.12\\\\2.33\\end{pmatrix} = \\begin{pmatrix}1.84\\\\3.50\\end{pmatrix}$", "?"),
    ("$\\begin{pmatrix}0.71 & 0.44\\\\0.97 & 1.04\\end{pmatrix}\\begin{pmatrix}1.12\\\\2.33\\end{pmatrix} = \\begin{pmatrix}1.92\\\\3.50\\end{pmatrix}$", "X"),
    ("$\\begin{bmatrix}1 & 2\\\\3 & 4\\end{bmatrix}\\begin{bmatrix}1\\\\1\\end{bmatrix} = \\begin{bmatrix}3\\\\8\\end{bmatrix}$", "X"),
)  # fmt: skip
def test_rounding_on_the_way(text: str, expected: str) -> None:
    """What rounding each term, or the entries of matrices, may explain is doubtful; more is wrong."""
    assert said(text) == expected


@table(
    ("For every $a$ of the group $e \\cdot a = a$.", "-"),
    ("$a e = a$", "-"),
    ("$a = 3$, $a^2 = 9$, and $e \\cdot a = a$", "d+?"),
    ("$\\cos^2 + \\sin^2 - 1 = 0$", "-"),
    ("$\\sin^2 + \\cos^2 = 1$", "-"),
    ("$\\tan^2 + 1 = 5$", "-"),
    ("$\\exp -0 = 1$", "+"),
    (
        "$f(x) = 2x$, $f(3) = 6$\n\nLet $f : \\mathbb{R} \\to \\mathbb{R}$ be increasing.\n\nSet $f(1) = 1$.",
        "d+ d",
    ),
    ("$f(x) = 2x$, $f(3) = 6$\n\nSoit $f \\colon ]-1, 1[ \\to \\mathbb{R}$ avec $f(1) = 1$.", "d+ d"),
    ("$f(x) = 2x$, $f(3) = 6$\n\n$f(1) = 1$", "d+ X"),
    ("$f(x) = 2x$, $f(3) = 6$, $g: A \\to B$, $f(1) = 2$", "d++"),
)
def test_names_that_are_something_else(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    ("$2 < 3$", "+"),
    ("$2 \\le 2$", "+"),
    ("$0.5^2 > 0.2$", "+"),
    ("$3 \\cdot 4 \\ne 13$", "+"),
    ("$0.13 < 0.05$", "?"),
    ("$1/3 + 1/3 \\ge 1$", "?"),
    ("$2 + 2 = 4 < 5$", "++"),
    ("$2 + 2 = 5 < 7$", "X+"),
    ("$x < 3$", "-"),
    ("$1/0 > 3$", "-"),
)
def test_numbers_in_their_order(text: str, expected: str) -> None:
    """A relation that holds is checked; one that does not may be meant otherwise."""
    assert said(text) == expected
