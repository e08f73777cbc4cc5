"""Failing steps that may be right as the writer means them, and the mistakes beside them that are none the less."""

# ruff: noqa: E501, ISC004 - tables are read a row a line

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proofread.test_certainty import said, table


@table(
    ("Now $v = 11$. If $v$ grows to 11.001, then $J = 3 v = 33.003$.", "d d?"),
    ("Now $v = 11$. Imagine that it were 11.001: $J = 3 v = 33.003$.", "d d?"),
    ("Now $v = 11$. Suppose it becomes 12.001; so $J = 3 v = 36.003$.", "d dX"),
    ("现在 $v = 11$，如果它增加到 11.001，那么 $J = 3v = 33.003$。", "dd?"),
    ("Sea $v = 11$. Si crece a 11.001, entonces $J = 3 v = 33.003$.", "dd?"),
    ("$v = 11$. Se cresce para 11.001, então $J = 3 v = 33.003$.", "dd?"),
    ("$v = 11$. Si $v$ vaut 11.001, alors $J = 3 v = 33.003$.", "dd?"),
    ("$v = 11$. Wenn $v$ auf 11.001 steigt, dann $J = 3 v = 33.003$.", "dd?"),
    ("$v = 11$. 만약 11.001 이 되면 $J = 3 v = 33.003$.", "dd?"),
    ("Now $v = 11$, so $J = 3 v = 36.003$.", "ddX"),
    ("If $v = 11$, then $J = 3 v = 36.003$.", "ddX"),
    ("If $v = 11$, then $J = 3 v = 33$.", "dd+"),
    ("If it grows, then $3 \\cdot 11.001 = 33.03$.", "X"),
)
def test_what_happens_if_a_value_changes(text: str, expected: str) -> None:
    assert said(text).replace(" ", "") == expected.replace(" ", "")


@table(
    ("$w = 2$\n\nThe weight is best when:\n\n$$\nw^2 = 9\n$$", "d -"),
    ("$w = 2$\n\nSome sources have it as:\n\n$$\nw^2 = 9\n$$", "d -"),
    ("$w = 2$\n\n> Some sources have it as:\n>\n> $$\n> w^2 = 9\n> $$", "d -"),
    ("$w = 2$\n\n有些资料写成：\n\n$$\nw^2 = 9\n$$", "d -"),
    ("$w = 2$\n\nWir lösen:\n\n\\[\nw^2 = 9\n\\]", "d -"),
    ("Some sources have it as:\n\n$$\n2 + 2 = 5\n$$", "X"),
)
def test_a_colon_announces_a_formula(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    ("It is agreed that $0/0 = 1$.", "?"),
    ("We set $\\frac{0}{0} = 0$.", "?"),
    ("$1/0 = 5$", "X"),
    ("$\\frac{3}{2 - 2} = 5$", "X"),
    ("Q3 = 26.86, IQR = 26.\n86 - 23.13 = 3.73.", "d ?"),
    ("so 86 - 23.13 = 3.73", "X"),
    ("It costs 26.\n\nso 86 - 23.13 = 3.73", "X"),
)
def test_conventions_and_broken_numbers(text: str, expected: str) -> None:
    assert said(text) == expected


@table(
    ("$a e = e a = a$", "+?"),
    ("$e x = 2.8 x$", "?"),
    ("$e^{a} e^{b} = e^{a + b}$", "+"),
    ("$\\cos^2 + \\sin^2 = 1$", "-"),
    ("$\\cos^2 + \\sin^2 - 1 = 0$", "-"),
    ("$\\sin + \\cos = 2$", "-"),
    ("$\\cos^2 x + \\sin^2 x = 1$", "+"),
    ("$\\exp -1 = 0.367879$", "+"),
    ("$f(x) = x^3$, $f''(2) = 12$, $f''(2) = 13$", "d+X"),
    ("# One\n\n$f(x) = x^3$, $f(2) = 8$\n\n## Two\n\nLet $f$ be the logarithm, $f''(1) = -1$.", "d+ ?"),
    ("Let $f(x) = 2 x$. As the tangent has it, $f(2.1) \\approx 4.5$.", "d?"),
    ("Let $f(x) = x^2$. Then $f(2) = 5$.", "dX"),
    ("$f(x) = -x$\n\nAssume it is not; set $f(0) = 0$, $f(1) = 1$.", "d +?"),
    (
        "$B = \\begin{pmatrix} 1 & 2 & 3 \\end{pmatrix}$, $B B^T = 14$\n\n# Next\n\n"
        "$A = \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}$. For any matrix $B$ we have $BA = \\begin{pmatrix} 1 & 2 \\\\ 5 & 6 \\end{pmatrix}$",
        "d+ d-",
    ),
)
def test_names_that_mean_something_else(text: str, expected: str) -> None:
    assert said(text) == expected


SHARES = "$\\frac{e^{3.54}}{e^{7.09} + e^{4.96} + e^{3.54}}"
ROTATED = "\\begin{bmatrix} 0.71 & 0.21 \\end{bmatrix} \\begin{bmatrix} 3.33 & 5.57 \\\\ 1.27 & -0.15 \\end{bmatrix}$"


@table(
    (f"{SHARES} \\approx \\frac{{34}}{{1375}}$", "?"),
    (f"{SHARES} = \\frac{{34}}{{1375}}$", "X"),
    ("$\\frac{e^2}{e^2 + e} \\approx \\frac{7}{7 + 3}$", "?"),
    (f"$\\begin{{bmatrix}} 2.63 & 3.92 \\end{{bmatrix}} = {ROTATED}", "+"),
    (f"$\\begin{{bmatrix}} 2.65 & 3.92 \\end{{bmatrix}} = {ROTATED}", "?"),
    (f"$\\begin{{bmatrix}} 2.83 & 3.92 \\end{{bmatrix}} = {ROTATED}", "X"),
    (
        "$\\begin{bmatrix} 5 & 6 \\end{bmatrix} = \\begin{bmatrix} 1 & 2 \\end{bmatrix} \\begin{bmatrix} 1 & 2 \\\\ 2 & 3 \\end{bmatrix}$",
        "X",
    ),
    ("$0.0035\\times 0.89 + 0.9965\\times 0.07 = 0.07288$", "?"),
    ("$0.0035\\times 0.89 + 0.9965\\times 0.07 = 0.07289$", "X"),
    ("$0.15 \\cdot 0.23 + 0.42 \\cdot 0.17 = 0.12$", "X"),
    ("$0.0035 + 0.9965\\times 0.07 = 0.07327$", "X"),
)
def test_rounding_in_arrays_fractions_and_terms(text: str, expected: str) -> None:
    assert said(text) == expected


def _hundredths(number: int) -> str:
    return f"{number // 100}.{number % 100:02}"


@given(
    st.lists(st.tuples(st.integers(1, 999), st.integers(1, 999)), min_size=2, max_size=4), st.integers(0, 5)
)
@settings(max_examples=60, deadline=None)
def test_a_sum_of_rounded_products_is_never_wrong_and_one_far_off_is(
    pairs: list[tuple[int, int]], way: int
) -> None:
    """The terms rounded to hundredths by integer arithmetic; far off is more than all roundings together."""
    terms = [a * b for a, b in pairs]  # in units of a ten-thousandth
    rounded = sum((2 * term + 100) // 200 for term in terms)  # halves go up
    spelt = " + ".join(f"{_hundredths(a)} \\cdot {_hundredths(b)}" for a, b in pairs)
    off = len(pairs) + 1 + way
    if all(term % 100 != 50 for term in terms):
        assert said(f"${spelt} = {_hundredths(rounded)}$") != "X"
    assert said(f"${spelt} = {_hundredths(rounded + off)}$") in {"X", "~"}
    assert said(f"${spelt} = {_hundredths(rounded + 100 * off + 100 * rounded)}$") == "X"


@table(
    ("so 1+1-1.5 = 0.5 ≥ 0 and it fires", "+"),
    ("so 5+1-1.5 = 0.5 ≥ 0 and it fires", "X"),
    ("so 0+0-1.5 = -1.5 < 0", "+"),
    ("so 0+4-1.5 = -1.5 < 0", "X"),
    ("so 0.2 + 0.1 = 0.3 ≤ 1", "+"),
    ("so 0.2 + 0.4 = 0.3 ≤ 1", "X"),
    ("so 2 * 3 = 6 ≠ 7", "+"),
    ("so 2 * 5 = 6 ≠ 7", "X"),
)
def test_a_comparison_behind_a_result_is_another_claim(text: str, expected: str) -> None:
    assert said(text)[:1] == expected
