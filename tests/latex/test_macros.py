"""Commands that a document defines for itself."""

# ruff: noqa: E501 - tables are read a row a line

from __future__ import annotations

import pytest

from bench.proofreading import proof_of
from hw2check.latex.macros import Macro, read_macros
from hw2check.latex.tokens import tokens
from tests.proofread.test_steps import BOTH

# definitions; a formula; its verdict
MACROS = [
    (r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}", r"\pd{x_6}{x_2} = a + c x_3", "holds"),
    (r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}", r"\pd{x_6}{x_2} = a + c x_2", "wrong"),
    (r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}", r"1 = \pd{x_6}", "unchecked"),
    (r"\newcommand\Lo{Loss}\def\pd#1#2{\frac{\partial #1}{\partial #2}}",
     r"\pd{\Lo}{d} = \pd{\Lo}{x_8} \pd{x_8}{x_7}", "holds"),
    (r"\def\sq#1{#1^2}", r"x_7 = \sq{x_4} + d", "holds"),
    (r"\def\sq#1{#1^2}", r"x_7 = \sq{x_2} + c", "wrong"),
    (r"\DeclareMathOperator{\rl}{ReLU}", r"A_1 = \rl(Z_1)", "holds"),
    (r"\newcommand{\ex}[2][x_6]{e^{#1 + #2}}", r"\ex{x_7} = e^{x_6}e^{x_7}", "holds"),
    (r"\newcommand{\ex}[2][x_6]{e^{#1 + #2}}", r"\ex[x_5]{x_7} = e^{x_5}e^{x_7}", "holds"),
    (r"\newcommand{\half}{\frac12}", r"x_5 = \half", "holds"),
    (r"\newcommand{\eq}{=}", r"x_7 \eq 6", "holds"),
    (r"\newcommand{\eq}{=}", r"x_7 \eq 7", "wrong"),
    (r"\renewcommand{\sigma}{\tanh}", r"x_5 = \sigma(x_1)", "wrong"),
    (r"\newcommand{\x}{\x\x}", r"\x = 1", "unchecked"),  # never ends
    (r"\def\y{1}\def\y{2}", r"\y = 1", "unchecked"),  # which one?
    (r"\newcommand{\a}[1]{#1#1#1#1#1#1#1#1}", r"\a{\a{\a{\a{\a{\a{\a{1}}}}}}} = 1", "unchecked"),
    (r"\newcommand{\unclosed}[1]{#1", r"x_7 = 6", "holds"),
]  # fmt: skip


@pytest.mark.parametrize(("definitions", "formula", "verdict"), MACROS)
def test_macros(definitions: str, formula: str, verdict: str) -> None:
    (link,) = proof_of(f"${definitions}$\n\n${formula}$\n", BOTH).links
    assert link.verdict == verdict, link.reason


def test_macros_of_the_preamble() -> None:
    text = "\\newcommand{\\lo}{Loss}\n\\begin{document}\n$\\lo = 1$ and $\\frac{d\\lo}{dx_8} = 3$\n"
    assert [link.verdict for link in proof_of(text, BOTH, "latex").links] == ["definition", "holds"]


def test_the_side_covers_the_call() -> None:
    text = "$\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}$\n\n$1 = \\pd{x_6}{x_2} + 1$, $1 = \\pd{x_6} {x_3}$"
    first, second = proof_of(text, BOTH).links
    assert (first.right.text, second.right.text) == (r"\pd{x_6}{x_2} + 1", r"\pd{x_6} {x_3}")
    assert (second.right.place.line, second.right.place.column) == (3, 31)


def test_definitions_are_read() -> None:
    text = (
        r"\newcommand*{\a}[1][z]{#1{}} \def \b #1#2 {\}} \DeclareMathOperator*{\c}{arg} \newcommandx{\d}{1}"
    )
    assert read_macros([text]) == {
        "a": Macro(1, "#1{}", "z"),
        "b": Macro(2, r"\}"),
        "c": Macro(0, r"\operatorname{arg}"),
    }


def test_expansion_is_bounded() -> None:
    macros = read_macros([r"\newcommand{\a}[1]{#1#1#1#1#1#1#1#1}"])
    found = tokens(r"\a{" * 15 + "1" + "}" * 15, macros)
    assert len(found) < 21_000
    assert any(token.kind == "bad" for token in found)
