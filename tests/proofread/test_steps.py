"""Proofreading: which verdict each step gets, and why."""

# ruff: noqa: E501, ISC004 - tables are read a row a line

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from hw2check.problem.model import Problem
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proof import Link, Proof
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
DRAFT = ROOT.parent / "shared" / "homework" / "hw2-draft.md"
QUIET = {"holds", "rounded", "definition"}


def problem(*names: str) -> tuple[Problem, ...]:
    return tuple(read_problem(read_source(str(FIXTURES / f"{name}.toml"))) for name in names)


BOTH = problem("forward", "backprop")
MAZUR = problem("mazur")


def proof(text: str, problems: Sequence[Problem] = BOTH, kind: str = "markdown") -> Proof:
    return proofread(scan(text, "hw.md", kind), problems)


def links(mathematics: str, problems: Sequence[Problem] = BOTH) -> tuple[Link, ...]:
    return proof(f"$$\n{mathematics}\n$$\n", problems).links


def verdicts(mathematics: str, problems: Sequence[Problem] = BOTH) -> str:
    return " ".join(link.verdict for link in links(mathematics, problems))


# mathematics; the verdict of each link
STEPS = [
    # identities, at random points
    (r"x_5 = \frac{1}{1+\exp(-x_1)}", "holds"),
    (r"x_5 = \sigma(x_1)", "holds"),
    (r"x_5 = \sigma(x_2)", "wrong"),
    (r"x_7 = x_4^2 + d", "holds"),
    (r"x_7 = x_4^2 + c", "wrong"),  # although c = d = 2 here
    (r"x_7 = x_4^2 + 2", "holds"),  # d put in
    (r"x_6 = 3x_2 + 4x_3 + 2x_2x_3", "holds"),
    (r"x_6 = 3x_2 + 4x_3 + 2x_2x_4", "wrong"),
    (r"x_6 = ax_2+bx_3+cx_2x_3 = -2", "holds holds"),
    (r"\frac{\partial x_5}{\partial x_1} = x_5(1-x_5) = 0.25", "holds holds"),
    (r"\frac{d}{dx_1} f_5 = f_5(x_1)(1 - f_5(x_1))", "holds"),
    (r"\frac{\partial f_6}{\partial x_2} = a + c x_3", "holds"),
    (r"\frac{\partial x_8}{\partial x_6} = x_8(1-x_8)", "holds"),
    (r"\frac{\partial x_8}{\partial x_6} = x_8(1+x_8)", "wrong"),
    (r"\partial x_8/\partial x_7 = -x_8 \frac{e^{x_7}}{e^{x_5}+e^{x_6}+e^{x_7}}", "holds"),
    (r"\frac{\partial x_5}{\partial x_2} = \frac{\partial x_6}{\partial x_1} = 0", "holds holds"),
    (r"\frac{\partial x_7}{\partial x_4} = 2x_4 = 2 \cdot 2 = 4", "holds holds holds"),
    (r"\frac{\partial Loss}{\partial d} = \frac{\partial Loss}{\partial x_8}\sum_{j=5}^7"
     r"\frac{\partial x_8}{\partial x_j}\frac{\partial x_j}{\partial d}", "holds"),
    (r"\frac{\partial \mathcal{L}}{\partial a} = \frac{\partial L}{\partial x_6}\frac{\partial x_6}{\partial a}", "holds"),
    (r"\nabla_{a} L = \frac{dL}{da} = dLoss/da", "holds holds"),
    (r"\frac{d}{c} = 1", "holds"),
    (r"\frac12 + \tfrac{1}{2} = 1", "holds"),
    # digits
    (r"\frac{\partial Loss}{\partial a} = 0.002", "rounded"),
    (r"\frac{\partial Loss}{\partial a} = 0.00200324", "rounded"),
    (r"\frac{\partial Loss}{\partial a} = 0.0020033", "close"),
    (r"\frac{\partial Loss}{\partial a} = 0.003", "wrong"),
    (r"\frac{\partial Loss}{\partial a} \approx 2.0\cdot10^{-3}", "rounded"),
    (r"1/3 = 0.333", "rounded"),
    (r"2/3 = 0.66", "close"),
    (r"2/3 = 0.65", "wrong"),
    (r"2^{10} = 1024", "holds"),
    (r"2^{10} = 1025", "wrong"),
    (r"4-0.1*(-0.001) = 4.0001", "holds"),
    (r"4-0.2*(-0.001) = 4.0001", "wrong"),
    (r"3-0.1*0.002 = 2.9997", "wrong"),
    (r"0.1 + 0.2 = 0.3", "holds"),
    (r"10^{-13} = 2 \cdot 10^{-13}", "wrong"),
    (r"10^{-300} = 10^{-301}", "wrong"),
    (r"10^{400} = 1", "unchecked"),
    (r"1/0 = 1/0", "unchecked"),
    # updates
    (r"a \leftarrow a - \eta\frac{\partial Loss}{\partial a} = 3 - 0.1*0.002 = 2.9998", "holds rounded holds"),
    (r"a = a - \eta\frac{\partial Loss}{\partial a}", "holds"),
    (r"a^+ = 2.9998", "rounded"),
    (r"a_{new} = 2.9997", "close"),  # cut off
    (r"a_{new} = 2.9995", "wrong"),
    (r"b \gets b + \eta\frac{\partial Loss}{\partial b}", "wrong"),
    (r"d \leftarrow d - \alpha\frac{\partial Loss}{\partial d} = 2.0001", "holds rounded"),
    (r"x_5 \leftarrow x_5 - 1", "unchecked"),
    (r"Loss = 0.5 \\ \frac{\partial Loss}{\partial x_8} = 3", "definition holds"),  # no derivative of a number
    # matrices
    (r"Z_1 = W_1 A_{in} + b_1", "holds"),
    (r"Z_1 = A_{in} W_1 + b_1", "wrong"),
    (r"Z_1^T = A_{in}^T W_1^T + b_1^T", "holds"),
    (r"Z_1 = W_1 A_{in} - b_1", "wrong"),
    (r"A_1 = f_1(Z_1) = \max(0, Z_1)", "holds holds"),
    (r"Z_{out} = \begin{pmatrix}1&2\\3&3\end{pmatrix}", "holds"),
    (r"Z_{out} = \begin{pmatrix}1&2\\3&4\end{pmatrix}", "wrong"),
    (r"Z_{out} = \begin{pmatrix}1&3\\2&3\end{pmatrix}", "wrong"),
    (r"Z_{out} = \begin{pmatrix}1&2&3\end{pmatrix}", "wrong"),
    (r"b_{out} = [12\ 3]^T", "holds"),
    (r"b_{out} = (12, 3)", "holds"),
    (r"A_1 \odot (1 - A_1) = A_1(1 - A_1)", "holds"),
    (r"A_{out} = Z_{out}", "holds"),  # no entry is negative here
    (r"A_1 = Z_1", "wrong"),
    # slips that do not show in the result
    (r"A_1 = f_1(Z_1) = \begin{bmatrix}f_1(11)&f_1(5)\\f_1(18)&f_1(10)\\f_1(-4)&f_1(-2)\\f_1(1)&f_1(-4)\end{bmatrix}",
     "holds wrong"),
    (r"W_{out}A_1 = \begin{bmatrix}2&-2&-7&3\\-2&1&-5&4\end{bmatrix}"
     r"\begin{bmatrix}11&5\\18&10\\0&0\\1&0\end{bmatrix}", "wrong"),
    # not declared, unclear, unreadable: never wrong
    (r"q = 5", "definition"),
    (r"x_7 + q = 5", "unchecked"),
    (r"x_12 = 3", "unchecked"),
    (r"2^10 = 1024", "unchecked"),
    (r"2 3 = 6", "unchecked"),
    (r"x_5 = ", "unchecked"),
    (r"x_5 = )", "unchecked"),
    (r"x_5 \neq 3", "unchecked"),
    (r"x_2, x_3 = 5", "unchecked"),
    (r"x_5 = \foo{3}", "unchecked"),
    # layout and remarks
    (r"i=1,\cdots,7", ""),
    (r"x_2 = 2, \quad x_3 = -1", "holds holds"),
    (r"x_2 = 2 \Rightarrow x_2^2 = 4", "holds holds"),
    (r"\boxed{x_7 = 6}", "holds"),
    (r"x_7 = \boxed{6}", "holds"),
    (r"\underbrace{x_4^2}_{4} + d = 6 \text{ (as given)}", "holds"),
    (r"\begin{array}{rcl} x_7 &=& x_4^2 \\ && + d \\ &=& 6 \end{array}", "holds holds"),
    (r"x_7 = x_4^2 + \\ d = 6", "holds holds"),
    (r"\begin{align} x_2 &= 2 && x_3 = -1 \end{align}", "holds holds"),
    (r"\begin{align} x_2 &= 2 & x_3 &= -1 \\ x_4 &= 2 & d &= 2 \end{align}", "holds holds holds holds"),
    (r"f_1(x) = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", "holds"),
    (r"f_1(x) = \begin{cases} x & x > 0 \\ 1 & \text{otherwise} \end{cases}", "wrong"),
    (r"g(u, v) = u^2 + v \\ g(x_4, d) = x_7", "definition holds"),
    (r"S = e^{x_5}+e^{x_6}+e^{x_7} \\ x_8 = e^{x_6}/S \\ x_8 = e^{x_5}/S", "definition holds wrong"),
    (r"S = 405.21 \\ x_8 = e^{x_6}/S", "definition rounded"),
    (r"\sum_{i=5}^{7} x_i = x_5 + x_6 + x_7 = 4.5", "holds holds"),
    (r"\prod_{i=2}^{4} x_i = x_2 x_3 x_4 = -4", "holds holds"),
    (r"\sum_{i=1}^{3} i = 6", "holds"),
]  # fmt: skip


@pytest.mark.parametrize(("mathematics", "expected"), STEPS, ids=[step for step, _ in STEPS])
def test_steps(mathematics: str, expected: str) -> None:
    assert verdicts(mathematics) == expected


def test_every_verdict_occurs_in_the_table() -> None:
    seen = {verdict for _, expected in STEPS for verdict in expected.split()}
    assert seen == {"holds", "rounded", "close", "wrong", "unchecked", "definition"}


def test_shape_errors_name_the_shapes() -> None:
    (link,) = links("Z_1 = A_{in} W_1 + b_1")
    assert link.reason == "A_in is 5 x 2 and W1 is 4 x 5: they cannot be multiplied"


def test_hidden_slip_names_the_entry() -> None:
    _, link = links(
        r"A_1 = f_1(Z_1) = \begin{bmatrix}f_1(11)&f_1(5)\\f_1(18)&f_1(10)\\f_1(-4)&f_1(-2)\\f_1(1)&f_1(-4)\end{bmatrix}"
    )
    assert link.reason == "the results agree, but in row 3, column 1 -4 stands for -3"


def test_carried_names_its_source() -> None:
    text = r"x_6 = 3 \\ x_8 = \frac{e^3}{e^{1/2}+e^3+e^6} \\ x_7 = 6"
    found = links(text)
    assert [link.verdict for link in found] == ["wrong", "carried", "holds"]
    assert found[1].reason == "follows from x6, which was wrong before"


def test_what_is_carried_must_go_on_as_it_is() -> None:
    """Two slips that cancel are two slips."""
    text = r"\frac{dLoss}{dd} = -0.007 \\ d \leftarrow d - 0.1 \frac{dLoss}{dd} = 2 - 0.1*(-0.007) = %s"
    for end, verdict in (("2.0007", "holds"), ("2.0001", "wrong"), ("2.0008", "wrong")):
        found = links(text % end)
        assert [link.verdict for link in found] == ["wrong", "holds", "carried", verdict]


def test_a_wrong_side_is_reported_once() -> None:
    assert verdicts(r"x_7 = x_4^2 + a = x_4^2 + d = 6") == "wrong holds holds"


def test_what_follows_from_a_wrong_side_is_compared_with_it() -> None:
    found = links(r"x_7 = 2^2 + 3 = 7")
    assert [link.verdict for link in found] == ["wrong", "holds"]
    assert found[0].end == "x7 ends as 7, right is 6"


def test_aliases_from_prose_are_firm() -> None:
    prose = "We write $B_1$ for the matrix each column of which is $b_1$.\n\n"
    right, wrong = "$$Z_1 = W_1 A_{in} + B_1$$", "$$Z_1 = W_1 A_{in} - B_1$$"
    assert [link.verdict for link in proof(prose + right).links] == ["holds"]
    assert [link.verdict for link in proof(prose + wrong).links] == ["wrong"]
    assert [link.verdict for link in proof(right).links] == ["holds"]
    assert [link.verdict for link in proof(wrong).links] == ["unchecked"]


ALONE = [
    (r"x_1 = 2, x_2 = 3 \\ y = x_1 x_2 = 6 \\ y = 7", "definition definition definition holds wrong"),
    (r"f_5(x) = \frac{1}{1+e^{-x}} \\ f_5(0) = 0.5 \\ f_5(0) = 0.6", "definition holds wrong"),
    (r"W = \begin{pmatrix}1&2\\3&4\end{pmatrix} \\ x = \begin{pmatrix}1\\1\end{pmatrix} \\ "
     r"z = W x = \begin{pmatrix}3\\7\end{pmatrix} \\ z = \begin{pmatrix}3\\8\end{pmatrix}",
     "definition definition definition holds wrong"),
    (r"x = 3 \\ L = (x - 1)^2 \\ \frac{dL}{dx} = 2(x-1) = 4 \\ \frac{dL}{dx} = 2x", "definition definition holds holds wrong"),
    (r"3 \cdot 4 = 12 \\ 3 \cdot 4 = 13", "holds wrong"),
    (r"z = \begin{pmatrix}1\\2\\3\end{pmatrix} \\ p_i = \frac{e^{z_i}}{\sum_j e^{z_j}} \\ p_1 = 0.0900",
     "definition definition rounded"),
    # an exponent behind an upright e
    (r"5\mathrm{e}{-2} = 0.05", "holds"),
    (r"5\text{e}{-2} = 0.06", "wrong"),
    (r"5e{-2} = 0.05", "holds"),
    (r"5\mathrm{e}-2 = 0.05", "unchecked"),  # or 5e - 2
    (r"2 \mathrm{e} - 1 = 4.437", "rounded"),
    # a function without brackets, where one argument alone can be meant
    (r"-\ln 0.2 = 1.906", "wrong"),
    (r"0.5 \log 0.5 + 0.5 \log 0.5 = -0.639", "wrong"),
    (r"\log 2 \cdot 3 = 5", "unchecked"),
]  # fmt: skip


@pytest.mark.parametrize(("mathematics", "expected"), ALONE, ids=[step for step, _ in ALONE])
def test_without_a_problem(mathematics: str, expected: str) -> None:
    assert verdicts(mathematics, ()) == expected


def test_own_homework_is_clean() -> None:
    found = proof((FIXTURES / "homework.md").read_text(encoding="utf-8"))
    assert len(found.links) >= 70
    assert {link.verdict for link in found.links} <= QUIET
    assert found.questions == ()
    assert found.coverage == 100


def test_mazur_is_clean() -> None:
    found = proof((FIXTURES / "mazur.tex").read_text(encoding="utf-8"), MAZUR, "latex")
    assert len(found.links) >= 50
    assert {link.verdict for link in found.links} <= QUIET
    assert found.coverage == 100


# what is replaced, by what (in turn, from the top); the column does not matter
PLANTED = {
    "homework.md": [
        (r"6 - 4 - 4 = -2", r"6 - 4 + 4 = -2"),
        (r"\frac{\partial x_6}{\partial x_3} & = & b + c x_2", r"\frac{\partial x_6}{\partial x_3} & = & b + c x_3"),
        (r"-x_8 \frac{e^{x_7}}{S}.", r"-x_8 \frac{e^{x_5}}{S}."),
        (r"\frac{\partial \mathcal{L}}{\partial x_7} \cdot 2x_4", r"\frac{\partial \mathcal{L}}{\partial x_7} \cdot x_4"),
        (r"\approx 2.000200", r"\approx 2.000300"),
    ],
    "mazur.tex": [
        (r"0.2 \cdot 0.1 + 0.35", r"0.25 \cdot 0.1 + 0.35"),
        (r"+ e^{-net_{h1}}} = \frac", r"+ e^{net_{h1}}} = \frac"),
        (r"= 0.186815602 \\", r"= 0.186815502 \\"),
        (r"w_5 - \eta \frac", r"w_5 + \eta \frac"),
        (r"w_7^{+} = 0.511301270", r"w_7^{+} = 0.513101270"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_planted_mistakes_are_found_at_their_lines(name: str) -> None:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    lines = set()
    for old, new in PLANTED[name]:
        assert text.count(old) == 1, old
        lines.add(text.count("\n", 0, text.index(old)) + 1)
        text = text.replace(old, new)
    found = proof(
        text, MAZUR if name.endswith(".tex") else BOTH, "latex" if name.endswith(".tex") else "markdown"
    )
    wrong = {link.right.place.line for link in found.links if link.verdict == "wrong"}
    assert wrong == lines


needs_draft = pytest.mark.skipif(not DRAFT.exists(), reason="the draft is not in this checkout")


@needs_draft
def test_the_draft_has_exactly_its_known_mistakes() -> None:
    found = proof(DRAFT.read_text(encoding="utf-8"))
    assert len(found.links) == 113
    assert found.coverage == 100
    faults = [(link.verdict, link.quantity, link.code) for link in found.faults]
    assert faults == [
        ("wrong", "dLoss/dd", "wrong-name"),
        ("wrong", "dLoss/dd", "exp-of-sum"),
        ("carried", "d_new", ""),
    ]
    assert [link.right.place.line for link in found.faults] == [139, 140, 149]
    assert found.faults[2].end == "d_new ends as 2.0007, right is 2.0001"
    assert {link.verdict for link in found.links} == {"holds", "rounded", "wrong", "carried"}
    assert [question.label for question in found.questions] == [
        f"3.{part} question {number}" for part in (1, 2) for number in (1, 2, 3)
    ]


@needs_draft
def test_the_mended_draft_is_clean() -> None:
    text = DRAFT.read_text(encoding="utf-8")
    head, row, tail = text.partition(r"\frac{\partial Loss}{\partial d} &=&")
    tail = tail.replace(r"\partial x_j}{\partial a}", r"\partial x_j}{\partial d}", 1)
    mended = (head + row + tail).replace(r"\exp(-2)+\exp(6)}{", r"\exp(-2+6)}{").replace("-0.007", "-0.001")
    mended = mended.replace("2.0007", "2.0001")
    found = proof(mended)
    assert Counter(link.verdict for link in found.links) == {"holds": 105, "rounded": 8}
    assert len(found.questions) == 6


def test_the_wrong_problem_checks_little_and_calls_nothing_wrong() -> None:
    found = proof((FIXTURES / "mazur.tex").read_text(encoding="utf-8"), BOTH, "latex")
    assert {link.verdict for link in found.links} <= {*QUIET, "unchecked", "wrong", "close"}
    assert verdicts(r"a = a - q") == "unchecked"


def test_positions_are_those_of_the_source() -> None:
    text = "# Title\n\nHere $x_7 = 7$ and\n$$\nx_6 = -2\\\\\n  x_5 = 0.4\n$$\n"
    places = [(link.right.place.line, link.right.place.column) for link in proof(text).faults]
    assert places == [(3, 13), (6, 9)]
    for link in proof(text).links:
        line = text.split("\n")[link.right.place.line - 1]
        assert line[link.right.place.column - 1 :].startswith(link.right.text)
    assert re.fullmatch(r"hw\.md:3:13", str(proof(text).faults[0].right.place))


NUMBERS = [
    (r"\frac13 = 0{,}333", "rounded"),
    (r"\frac13 = 0{,}334", "close"),
    (r"1{,}5 + 0{,}5 = 2", "holds"),
    (r"1{,}5 + 0{,}5 = 3", "wrong"),
    (r"4/3 = 1{,}33", "rounded"),
    (r"4/3 = 1{,}333", "rounded"),  # as 1333 it would be wrong, so it is no thousands
    (r"1{,}000{,}000 = 10^6", "holds"),
    (r"1{,}234.5 + 0.5 = 1235", "holds"),
    (r"10\,000 = 10^4", "holds"),
    (r"50\% = 0.5", "holds"),
    (r"1/3 = 33\%", "rounded"),
    (r"1/3 = 3.3\%", "wrong"),
    (r"5\% \cdot 200 = 10", "holds"),
    (r"7 \% 3 = 1", "unchecked"),
    (r"x_5\% = 50", "unchecked"),
]


@pytest.mark.parametrize(("formula", "verdict"), NUMBERS)
def test_commas_and_per_cent(formula: str, verdict: str) -> None:
    assert verdicts(formula) == verdict


NORMS = [
    (r"\lVert (3, 4) \rVert = 5", "holds"),
    (r"\|(3, 4)\|^2 = 25", "holds"),
    (r"\left\lVert (3, -4) \right\rVert_1 = 7", "holds"),
    (r"\|(3, -4)\|_\infty = 4", "holds"),
    (r"\|(3, -4)\|_2^2 = 24", "wrong"),
    (r"\frac12 \|(4, 5) - (1, 1)\|^2 = 12.5", "holds"),
    (r"2 \|(3, 4)\| \|(0, 1)\| = 10", "holds"),
    (r"\|\begin{pmatrix}1 & 2\\3 & 4\end{pmatrix}\|_F^2 = 30", "holds"),
    (r"\|\begin{pmatrix}1 & 2\\3 & 4\end{pmatrix}\| = 5.46", "unchecked"),
    (r"\|(3, 4)\|_7 = 4.1", "unchecked"),
    (r"\|(3, 4) = 5", "unchecked"),
]


@pytest.mark.parametrize(("formula", "verdict"), NORMS)
def test_norms(formula: str, verdict: str) -> None:
    assert verdicts(formula) == verdict


LISTS = [
    (r"(4, 5) - (1, 1) = (3, 4)", "holds"),
    (r"(4, 5) - (1, 1) = (3, 5)", "wrong"),
    (r"(4, 5) + (1, 1) = (5, 7)", "wrong"),
    (r"(1, 2) = 3", "wrong"),
    (r"-(1, 2) = (1, 3)", "wrong"),
    (r"\frac{(1, 2)}{2} = (1, 2)", "wrong"),
    (r"\sigma([0, 0]) = 3", "wrong"),
    (r"(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)/2 = 3", "wrong"),
    (r"(1, 2) = (1, 2, 3) + 1", "wrong"),
    (r"[1, 2] \odot 3 = [3, 7]", "wrong"),
    (r"(4, 5) - 2 (1, 1) + \frac{(2, 4)}{2} = (3, 5)^T", "holds"),
    (r"-(4, 5) + (1, 1)^T = (-3, -4)", "holds"),
    (r"(4, 5) - 0.5 (2, 2)^T = (3, 4)", "holds"),
]


@pytest.mark.parametrize(("formula", "verdict"), LISTS)
def test_vectors_as_lists(formula: str, verdict: str) -> None:
    assert verdicts(formula) == verdict


@pytest.mark.parametrize(
    ("mathematics", "expected"),
    [
        (r"u = 3 \\ x = u + 1 \\ u = 2 x \\ x = 4", "definition definition unchecked holds"),
        (r"x = 3 \\ y = x^2 \\ y = x \frac{dy}{dx} \\ y = 9", "definition definition unchecked holds"),
    ],
)
def test_a_name_that_would_be_explained_by_itself_is_not_checked(mathematics: str, expected: str) -> None:
    assert verdicts(mathematics, ()) == expected


def test_ticks_behind_a_backslash_are_no_code() -> None:
    found = proof("\\`` and $x_7 = 6$ and ``` $x_6 = -2$")
    assert [link.verdict for link in found.links] == ["holds", "holds"]
