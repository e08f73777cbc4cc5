"""Sums over entries, and indices that stand for any entry."""

# ruff: noqa: E501 - tables are read a row a line

from __future__ import annotations

import numpy as np
import pytest

from tests.proofread.test_steps import BOTH, links, verdicts

W = np.array([[1, 2], [3, 4], [5, 6]])
X = np.array([1, -1])
B = np.array([1, 2, 3])


def written(array: np.ndarray) -> str:
    rows = array if array.ndim == 2 else array[:, np.newaxis]
    return r"\begin{pmatrix}" + r"\\".join("&".join(map(str, row)) for row in rows) + r"\end{pmatrix}"


GIVEN = rf"W = {written(W)} \\ x = {written(X)} \\ b = {written(B)} \\ z = W x + b \\ q = {written(W @ X + B)} \\ "

# mathematics over W (3 x 2), x, b, z; the verdict of each link
ENTRIES = [
    (r"z_i = \sum_j W_{ij} x_j + b_i", "holds"),
    (r"z_i = \sum_{j=1}^{2} W_{ij} x_j + b_i", "holds"),
    (r"z_i = \sum_j W_{i,j} x_j + b_i", "holds"),
    (r"z_k = b_k + \sum_l W_{kl} x_l", "holds"),
    (r"z_i = \sum_j W_{ij} x_j - b_i", "wrong"),
    (r"z_i = \sum_j W_{ij} + b_i", "wrong"),
    (r"z_i = \sum_j W_{ji} x_j + b_i", "unchecked"),  # i runs to 3 and to 2: which is meant?
    (r"z_i - b_i = \sum_j W_{ij} x_j = W_{i1} x_1 + W_{i2} x_2", "holds holds"),
    (r"z_i - b_i = \sum_j W_{ij} x_j = W_{i1} x_1 + W_{i1} x_2", "holds wrong"),
    (r"z_2 = \sum_j W_{2j} x_j + b_2 = 1", "holds holds"),
    (rf"\sum_i \sum_j W_{{ij}} = {W.sum()}", "holds"),
    (rf"\sum_i \sum_j W_{{ij}} = {W.sum() + 1}", "wrong"),
    (rf"\sum_i W_{{i2}} = {W[:, 1].sum()}", "holds"),
    (rf"\sum_i z_i = {(W @ X + B).sum()}", "holds"),
    (r"W_{ij} = W_{ij} + 0", "holds"),
    (r"W_{43} = 1", "unchecked"),
    (r"z_i = \sum_j W_{ij} v_j", "unchecked"),
]  # fmt: skip


@pytest.mark.parametrize(("mathematics", "expected"), ENTRIES, ids=[step for step, _ in ENTRIES])
def test_entries(mathematics: str, expected: str) -> None:
    found = verdicts(GIVEN + mathematics, ()).split()
    assert found[:5] == ["definition"] * 5
    assert " ".join(found[5:]) == expected


# mathematics over x1, ..., x8 and other names; the verdict
FAMILIES = [
    (r"x_i = x_i + 0", "holds"),
    (r"\frac{\partial Loss}{\partial x_i} = \frac{\partial Loss}{\partial x_8}\frac{\partial x_8}{\partial x_i}", "holds"),
    (r"\frac{\partial Loss}{\partial x_i} = \frac{\partial Loss}{\partial x_8}\frac{\partial x_i}{\partial x_8}", "unchecked"),  # i = 8
    (r"\frac{\partial x_8}{\partial x_i} = -x_8 \frac{e^{x_i}}{e^{x_5}+e^{x_6}+e^{x_7}}", "unchecked"),  # for 5 and 7
    (r"\frac{\partial x_8}{\partial x_i} = 2", "wrong"),
    (r"x_i = q_i", "unchecked"),
    (r"\sum_i x_i = 3", "unchecked"),  # over which?
]  # fmt: skip


@pytest.mark.parametrize(("mathematics", "expected"), FAMILIES, ids=[step for step, _ in FAMILIES])
def test_families_of_names(mathematics: str, expected: str) -> None:
    assert verdicts(mathematics, BOTH) == expected


def test_the_value_of_the_index_is_told() -> None:
    *_, link = links(GIVEN + r"z_i = \sum_j W_{ij} x_j + (i - 1) + b_i", ())
    assert (link.verdict, link.reason) == ("wrong", "for i = 2")
    *_, link = links(GIVEN + r"z_i = \sum_j W_{ij} x_j + b_i", ())
    assert link.reason == "for every i"
    *_, link = links(GIVEN + r"z_i = \sum_j W_{ji} x_j + b_i", ())
    assert link.reason == "i runs to 3 in z and to 2 in W"
    (link,) = links(r"\frac{\partial x_8}{\partial x_i} = -x_8 \frac{e^{x_i}}{e^{x_5}+e^{x_6}+e^{x_7}}")
    assert link.reason == "true for i = 5; i = 7 but not for all i, and no range is stated"


SQUARE = r"A = \begin{pmatrix}1&2\\3&4\end{pmatrix} \\ "
POWERS = [
    (r"A^2 = A A", "holds"),
    (r"A^2 = \begin{pmatrix}7&10\\15&22\end{pmatrix}", "holds"),
    (r"A^3 = \begin{pmatrix}37&54\\81&118\end{pmatrix}", "holds"),
    (r"A^2 = \begin{pmatrix}1&4\\9&16\end{pmatrix}", "unchecked"),  # the squares of the entries
    (r"A^2 = \begin{pmatrix}7&10\\15&23\end{pmatrix}", "unchecked"),
    (r"A^{-1} A = A", "doubtful"),
    (r"A^{99} = A", "unchecked"),
]


@pytest.mark.parametrize(("mathematics", "expected"), POWERS)
def test_powers_of_square_matrices(mathematics: str, expected: str) -> None:
    assert verdicts(SQUARE + mathematics, ()) == f"definition {expected}"
