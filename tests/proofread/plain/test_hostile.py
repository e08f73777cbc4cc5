"""Plain text that was made to take long: linear, and bounded."""

from __future__ import annotations

import time

import pytest

from hw2check.proofread.claims import MAX_RELATIONS, claims
from hw2check.proofread.document import scan

SIZE = 300_000
SECONDS = 10  # less than a fifth of it is used; what is quadratic takes minutes
PATTERNS = (
    "=",
    "a=",
    "1=",
    "1+1=",
    "3 + 4 = 7 eggs\n",
    "1 + ",
    "(",
    "(=",
    "*a ",
    "**a ",
    "$5 ",
    "`",
    "1 000 ",
    "x1 ",
    "<a ",
    "| a = 3 ",
    "\n= 3 +",
    "http://a=b ",
    "1/2 of ",
    "3 apples and ",
    "|-|\n|a=1|\n",
    "$a = 1$ ",
    "<!-- hw2check: ignore -->\n1 = 1\n",
    "| value |\n|---|\n| 1 |\n",
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_linear(pattern: str) -> None:
    started = time.perf_counter()
    for _ in claims(scan(pattern * (SIZE // len(pattern)) + "= 3", "hw")):
        pass
    assert time.perf_counter() - started < SECONDS


def test_equations_beyond_the_bound_are_told() -> None:
    count = MAX_RELATIONS + 100
    found = list(claims(scan("1 + 1 = 2\n" * count, "hw")))
    assert sum(len(made.chains) for made in found) == MAX_RELATIONS + 1
    assert sum(len(made.unread) for made in found) == count - MAX_RELATIONS - 1
