"""Backpropagation through a dense network as people write it: error terms, derivatives of activations."""

from __future__ import annotations

import pytest

from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source
from tests.support import FIXTURES

MAZUR = [read_problem(read_source(str(FIXTURES / "mazur-dense.toml")))]


def verdicts(*formulas: str, problems: bool = True) -> list[str]:
    text = "\n\n".join(f"${formula}$" for formula in formulas)
    return [link.verdict for link in proofread(scan(text, "document"), MAZUR if problems else []).links]


OUT = r"\delta_{out} = \frac{\partial L}{\partial A_{out}} \odot f_{out}'(Z_{out})"
SLOPES = [
    (r"f_1'(Z_1) = A_1 \odot (1 - A_1)", "holds"),
    (r"f_1'(Z_1) = A_1", "wrong"),
    (r"f_1'(0) = \frac14", "holds"),
    (r"f_1'(0) = \frac12", "wrong"),
    (r"f_{out}'(0) = 0.25", "holds"),
    (r"\frac{\partial L}{\partial Z_1} = \frac{\partial L}{\partial A_1} \odot f_1'(Z_1)", "holds"),
    (r"\frac{\partial L}{\partial Z_1} = \frac{\partial L}{\partial A_1} \odot f_1(Z_1)", "wrong"),
    (r"f_1'' (0) = 0", "holds"),
    (r"f_1' = A_1 \odot (1 - A_1)", "unchecked"),
]


@pytest.mark.parametrize(("formula", "verdict"), SLOPES)
def test_a_prime_is_the_derivative(formula: str, verdict: str) -> None:
    assert verdicts(formula) == [verdict]


def test_a_prime_of_a_function_that_the_document_defines() -> None:
    defined = (r"f(x) = \frac{1}{1 + e^{-x}}", r"g(x) = x^2")
    claims = (r"f'(0) = 0.25", r"f'(0) = 0.5", r"g'(3) = 6", r"g'(3) = 9", r"g''(3) = 2")
    found = verdicts(*defined, *claims, problems=False)
    assert found == ["definition", "definition", "holds", "wrong", "holds", "wrong", "holds"]


# what is written; the verdicts
ERRORS = [
    ([OUT], ["holds"]),
    ([r"\delta^{(out)} = (A_{out} - target) \odot A_{out} \odot (1 - A_{out})"], ["holds"]),
    ([OUT, r"\delta_1 = (W_{out}^T \delta_{out}) \odot f_1'(Z_1)"], ["holds", "holds"]),
    ([OUT, r"\delta_1 = (W_{out}^T \delta_{out}) \odot f_1(Z_1)"], ["holds", "wrong"]),
    ([OUT, r"\frac{\partial L}{\partial W_{out}} = \delta_{out} A_1^T"], ["holds", "holds"]),
    ([OUT, r"\frac{\partial L}{\partial W_{out}} = \delta_{out} A_{in}^T"], ["holds", "wrong"]),
    ([r"\frac{\partial L}{\partial W_{out}} = \delta_{out} A_1^\top"], ["holds"]),
    ([r"\frac{\partial L}{\partial b_{out}} = \delta_{out}"], ["holds"]),
    ([r"dW_1 = \delta_1 A_{in}^T"], ["holds"]),
    ([r"dW_1 = \delta_1 A_{in}^T", r"dW_{out} = \delta_{out} A_{in}^T"], ["holds", "wrong"]),
    ([r"L = 0.2984"], ["rounded"]),
    ([r"L = 0.3", r"\frac{\partial L}{\partial b_{out}} = \delta_{out}"], ["rounded", "holds"]),
    ([r"L = 0.5", r"\frac{\partial L}{\partial b_{out}} = \delta_{out}"], ["wrong", "holds"]),
    ([r"L = 2", r"L + 1 = 3"], ["definition", "holds"]),  # the number of layers
    (
        [OUT, r"\delta_1 = \frac{\partial L}{\partial A_1} = W_{out}^T \delta_{out}"],
        ["holds", "definition", "holds"],
    ),
    ([OUT, r"\delta_1 = \frac{\partial L}{\partial Z_1}"], ["holds", "holds"]),
    (  # a meaning of the writer's own
        [
            r"\delta_{out} = \frac{\partial L}{\partial A_{out}}",
            r"\frac{\partial L}{\partial W_{out}} = (\delta_{out} \odot f_{out}'(Z_{out})) A_1^T",
        ],
        ["definition", "holds"],
    ),
]


@pytest.mark.parametrize(("formulas", "expected"), ERRORS)
def test_error_terms(formulas: list[str], expected: list[str]) -> None:
    assert verdicts(*formulas) == expected


def test_the_argument_of_a_derivative_is_any_number() -> None:
    defined = (r"f(w) = (w - 3)^2 + 1", r"\sigma(z) = \frac{1}{1 + e^{-z}}")
    claims = (r"f'(w) = 2(w - 3)", r"f'(w) = 2w - 3", r"f''(w) = 2", r"\sigma'(z) = \sigma(z)(1 - \sigma(z))")
    found = verdicts(*defined, *claims, problems=False)[2:]
    assert found == ["holds", "wrong", "holds", "holds"]


def test_a_side_ends_with_its_last_command() -> None:
    (link,) = proofread(scan(r"$dW_1 = \delta_1 A_{in}^\top$", "document"), MAZUR).links
    assert link.right.text == r"\delta_1 A_{in}^\top"


B_GRADIENT = r"\begin{bmatrix} 0.0087714 \\ 0.0099543 \end{bmatrix}"
B_OLD = r"\begin{bmatrix} 0.35 \\ 0.35 \end{bmatrix}"
B_NEW = r"\begin{bmatrix} 0.3456 \\ 0.3450 \end{bmatrix}"
UPDATES = [
    # the rule has a letter that the problem does not know; the numbers that follow are of the new value
    (r"b_1 := b_1 - \frac{\eta}{m} \frac{\partial L}{\partial b_1}", rf"b_1 = {B_NEW}", "rounded"),
    (r"b_1 = b_1 - \frac{\eta}{m} \frac{\partial L}{\partial b_1}", rf"b_1 = {B_NEW}", "rounded"),
    (r"b_1 \leftarrow b_1 - \frac{\eta}{m} g", rf"b_1 = {B_NEW}", "rounded"),
    (r"b_1 := b_1 - \frac{\eta}{m} g", rf"b_1 = {B_OLD} - 0.5 {B_GRADIENT}", "rounded"),
    (r"b_1 := b_1 - \frac{\eta}{m} g", rf"b_1 = {B_OLD} - 0.9 {B_GRADIENT}", "wrong"),
    (r"b_1 := b_1 - \frac{\eta}{m} g", rf"b_1 = {B_OLD} + 0.5 {B_GRADIENT}", "wrong"),
    (r"b_1 := b_1 - \frac{\eta}{m} g", rf"b_1 = {B_OLD}", "holds"),
    (r"b_1 := b_1 - \frac{\eta}{m} g", rf"b_1 = {B_NEW.replace('0.3450', '0.3480')}", "wrong"),
    (r"b_1 := b_2 - \frac{\eta}{m} g", rf"b_1 = {B_NEW}", "wrong"),
    (r"W_1 := W_1 - \frac{\eta}{m} g", rf"b_1 = {B_NEW}", "wrong"),
]


@pytest.mark.parametrize(("rule", "step", "verdict"), UPDATES)
def test_a_rule_that_is_not_understood_still_gives_a_new_value(rule: str, step: str, verdict: str) -> None:
    assert verdicts(rule, step)[-1] == verdict
