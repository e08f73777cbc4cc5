"""The generator of hostile verdicts: its oracle, and a small run of every kind."""

from __future__ import annotations

import random

import pytest

from bench.traps.__main__ import MAKERS, run
from bench.traps.formulas import circles
from bench.traps.numbers import laundering


@pytest.mark.parametrize("maker", MAKERS, ids=[maker.__name__ for maker in MAKERS])
def test_no_verdict_is_false(maker: object) -> None:
    count = run(40, 20261, tuple(one for one in MAKERS if one is maker))
    assert count.answers >= 40
    assert not count.false, next(iter(count.false.values()))[0]


def test_circles_are_found_by_following_what_is_written() -> None:
    kinds = {
        right for seed in range(30) for case in circles(random.Random(seed)) for right in case.right.values()
    }
    assert kinds == {frozenset({"correct"}), frozenset({"undecided"})}


def test_laundering_has_both_sides() -> None:
    found = {case.right["h"] for seed in range(20) for case in laundering(random.Random(seed))}
    assert found == {frozenset({"carried"}), frozenset({"wrong"})}
