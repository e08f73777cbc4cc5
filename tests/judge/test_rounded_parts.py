"""What decimals may stand for: the values that round to them, and combinations that are tried."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hw2check.formula.notation import parse
from hw2check.judge.rounded_parts import decimals_of, first_meant, rounding_to


def test_decimals_are_those_with_a_point() -> None:
    assert [part.numeral.text for part in decimals_of(parse("2*0.5 + 3.25^2 - 0.5/4"))] == [
        "0.5",
        "3.25",
        "0.5",
    ]


@pytest.mark.parametrize(
    ("decimal", "size", "rounds", "nearly"),
    [
        ("0.25", 0.2549, True, True),
        ("0.25", 0.2451, True, True),
        ("0.25", -0.2549, True, True),
        ("0.25", 0.2551, False, True),
        ("0.25", 0.2599, False, True),
        ("0.25", 0.2449, False, True),
        ("0.25", 0.2399, False, False),
        ("0.25", 0.2601, False, False),
    ],
)
def test_what_rounds_to_a_decimal(decimal: str, size: float, rounds: bool, nearly: bool) -> None:
    (part,) = decimals_of(parse(decimal))
    assert list(rounding_to(part, [("q", size)])) == [("q", abs(size))] * rounds
    assert list(rounding_to(part, [("q", size)], nearly=True)) == [("q", abs(size))] * nearly


def test_the_first_combination_that_is_right() -> None:
    tried: list[dict[int, float]] = []

    def is_right(sizes: Mapping[int, float]) -> bool:
        tried.append(dict(sizes))
        return sum(sizes.values()) == 5.0

    choices = [[None, ("p", 2.0)], [None, ("q", 1.0), ("r", 3.0)]]
    assert first_meant(choices, is_right, 100) == ("p", "r")
    assert tried == [{1: 1.0}, {1: 3.0}, {0: 2.0}, {0: 2.0, 1: 1.0}, {0: 2.0, 1: 3.0}]
    assert first_meant(choices, is_right, 5) is None
