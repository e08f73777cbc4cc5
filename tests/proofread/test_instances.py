"""Sums to a letter are checked with numbers put in for it."""

import pytest

from tests.proofread.test_steps import links, verdicts

STEPS = [
    (r"\sum_{i=1}^n i = \frac{n(n+1)}{2}", "holds"),
    (r"\sum_{i=1}^{n} i^2 = \frac{n(n+1)(2n+1)}{6}", "holds"),
    (r"\sum_{k=1}^{m} (2k - 1) = m^2", "holds"),
    (r"\sum_{k=0}^{n-1} r^k = \frac{1-r^n}{1-r}", "holds"),
    (r"\sum_{i=1}^n c = nc", "holds"),
    (r"\prod_{i=1}^n 2 = 2^n", "holds"),
    (r"\sum_{i=1}^n (x_i + y_i) = \sum_{i=1}^n x_i + \sum_{i=1}^n y_i", "holds"),
    (r"\sum_{i=1}^n \sum_{j=1}^m i j = \frac{n(n+1)}{2} \cdot \frac{m(m+1)}{2}", "holds"),
    (r"\sum\nolimits_{i=1}^n i = \frac{n(n+1)}{2}", "holds"),
    (r"S = \sum_{i=1}^n i = \frac{n(n+1)}{2}", "unchecked holds"),  # S is any number
    # what fails for every number is doubtful where no other name may mean something else
    (r"\sum_{i=1}^n i = \frac{n(n+1)}{3}", "doubtful"),
    (r"\sum_{i=1}^{n} i^2 = \frac{n(n+1)(2n-1)}{6}", "doubtful"),
    (r"\sum_{i=1}^n \sum_{j=1}^m i j = \frac{n(n+1)}{2} \cdot \frac{m(m-1)}{2}", "doubtful"),
    # some mean the sum of (j - 1)
    (r"\sum_{j=2}^n j - 1 = \frac{n(n-1)}{2}", "unchecked"),
    (r"\sum_{j=2}^n (j - 1) = \frac{n(n-1)}{2}", "holds"),
    (r"\sum_{j=2}^n (j - 1) = \frac{n(n+1)}{2}", "doubtful"),
    # an equation for n, other names, and what is true for some numbers alone
    (r"\sum_{i=1}^n i = 5050", "unchecked"),
    (r"\sum_{i=1}^n x_i = n x_i", "unchecked"),
    (r"\sum_{i=1}^n x_i = n \bar{x}", "unchecked"),
    (r"\sum_{i=1}^n (x_i - y_i) = \sum_{i=1}^n x_i + \sum_{i=1}^n y_i", "unchecked"),
    (r"\sum_{i=1}^n i = 3n - 2", "unchecked"),  # 4 + 6 = 3 * 4 - 2
    (r"\sum_{i=1}^\infty i = n", "unchecked"),
    (r"\sum_{i=1}^n i \approx \frac{n^2}{2}", "unchecked"),
    (r"\sum_{i=1}^a \sum_{j=1}^b \sum_{k=1}^c 1 = abc", "unchecked"),  # three letters
    (r"\sum_{i=1}^n f(i) = f(1) + n", "unchecked"),
]


@pytest.mark.parametrize(("mathematics", "expected"), STEPS, ids=[step for step, _ in STEPS])
def test_sums_to_a_letter(mathematics: str, expected: str) -> None:
    assert verdicts(mathematics, ()) == expected


def test_a_letter_with_a_value_is_no_free_letter() -> None:
    assert verdicts(r"n = 3 \\ \sum_{i=1}^n i = \frac{n(n+1)}{3}", ()) == "definition unchecked"


def test_what_was_tried_is_told() -> None:
    (link,) = links(r"\sum_{i=1}^n i = \frac{n(n+1)}{2}", ())
    assert link.reason == "tried with 5 numbers for n"
