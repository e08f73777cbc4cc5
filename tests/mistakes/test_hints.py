"""Hints for steps of a document without a problem, and how seldom numbers of no mistake get one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hw2check.check.file import check_file
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (r"$\log(a + b) = \log(a) + \log(b)$", "log-of-sum"),
        (r"$\sqrt{a + b} = \sqrt{a} + \sqrt{b}$", "root-of-sum"),
        (r"$(a + b)^2 = a^2 + b^2$", "power-of-sum"),
        (r"$e^{a + b} = e^a + e^b$", "exp-of-sum"),
        (r"$a(b + c) = ab - ac$", "sign-of-term"),
        (r"$a - b + c = a + b + c$", "sign-of-term"),
        (r"$\frac{a}{b} = \frac{b}{a}$", "reciprocal"),
        (r"$a^2 b = a b$", "exponent-missing"),
        (r"$a b = a^2 b$", "extra-power"),
        ("$1 + 1 = 3$", ""),
        ("$2 \\cdot 3 = 7$", ""),
        ("$7 - 3 = 5$", ""),
        ("$2.417 \\cdot 3.129 = 5.546$", "sum-for-product"),
        ("$2.417 \\cdot 3.129 = 75.63$", "power-of-ten"),
    ],
)
def test_steps_without_a_problem(text: str, code: str) -> None:
    given = "Let $a = 1.3$, $b = 0.7$, $c = 2.1$.\n\n"
    *_, link = proofread(scan(given + text + "\n", "hw.md"), []).links
    is_closed = "a" not in text and "e" not in text
    assert (link.verdict, link.code) == ("wrong" if is_closed else "doubtful", code)


@pytest.mark.parametrize("digits", range(1, 6))
def test_random_answers_are_seldom_named(digits: int, tmp_path: Path) -> None:
    """Numbers that follow from no mistake: hints must be as rare as is said, weak ones aside."""
    rng = np.random.default_rng(20 + digits)
    file = tmp_path / "problem.toml"
    nodes = 'p = "exp(a)*b + c"\nq = "sigmoid(a*b - c)"\nr = "p*q + c^2"\n'
    firm = weak = 0
    for name in ("p", "q", "r"):
        for _ in range(40):
            written = f"{np.exp(rng.uniform(-2, 2)):.{digits - 1}e}"
            text = f"[given]\na = 1.3\nb = 0.7\nc = 2.1\n[nodes]\n{nodes}[expected]\n{name} = {written}\n"
            file.write_text(text, encoding="utf-8")
            (finding,) = check_file(str(file)).findings
            if finding.verdict == "wrong":
                assert sum(hint.weak for hint in finding.hints) <= 1
                firm += any(not hint.weak for hint in finding.hints)
                weak += any(hint.weak for hint in finding.hints)
    assert firm <= 0.05 * 120
    assert weak <= 0.5 * 120
