"""fixtures/rounding.toml against an oracle in exact fractions, and hw2check against the table."""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

from hw2check.formula.numeral import read_numeral
from hw2check.judge.numbers import judge_number

TABLE = Path(__file__).parents[2] / "fixtures" / "rounding.toml"
CASES: list[dict[str, str]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["case"]
VERDICTS = {"correct", "coarse", "close", "wrong"}


def name(case: dict[str, str]) -> str:
    return f"{case['written']} for {case['truth']}"


def test_table_is_whole() -> None:
    assert len(CASES) >= 60
    assert all(case.keys() - {"start"} == {"truth", "written", "verdict", "why"} for case in CASES)
    assert all(case["why"].strip() for case in CASES)
    assert {case["verdict"] for case in CASES} == VERDICTS
    rows = [(case["truth"], case.get("start"), case["written"]) for case in CASES]
    assert len(set(rows)) == len(rows)


def unit_of(written: str) -> Fraction:
    mantissa, _, exponent = written.partition("e")
    return Fraction(10) ** (int(exponent or "0") - len(mantissa.partition(".")[2]))


def first_place(truth: Fraction) -> Fraction:
    """The power of ten of the first digit of the truth, rounded to one digit."""
    place = Fraction(1)
    while abs(truth) >= 10 * place:
        place *= 10
    while abs(truth) < place:
        place /= 10
    return 10 * place if abs(truth) >= Fraction("9.5") * place else place


def oracle(written: str, truth: Fraction, start: Fraction | None) -> str:
    written = written.replace("−", "-")
    value = Fraction(written)
    whole = re.fullmatch(r"[+-]?\d+", written) is not None
    if "/" in written or (whole and truth.denominator == 1):
        return "correct" if value == truth else "wrong"
    unit = unit_of(written)
    steps = abs(value - truth) / unit
    if whole:
        near = steps <= Fraction(1, 2) or (value == int(truth) and abs(value) >= 10)
        return "coarse" if near or (start is not None and value == start and steps < 1) else "wrong"
    cut = value == int(truth / unit) * unit
    if (
        start is not None
        and truth != start
        and abs(value - start) <= unit / 2
        and (steps <= Fraction(1, 2) or cut)
    ):
        return "coarse"
    if steps <= Fraction(1, 2):
        return "coarse" if truth and (not value or unit > first_place(truth)) else "correct"
    two_digits = abs(value) >= 10 * unit
    two_digits_of_change = start is None or abs(value - start) >= 10 * unit
    return "close" if steps <= 1 and two_digits and (two_digits_of_change or cut) else "wrong"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_table_follows_its_rules(case: dict[str, str]) -> None:
    start = Fraction(case["start"]) if "start" in case else None
    assert oracle(case["written"], Fraction(case["truth"]), start) == case["verdict"]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_judge_follows_the_table(case: dict[str, str]) -> None:
    start = float(Fraction(case["start"])) if "start" in case else None
    judgement = judge_number(read_numeral(case["written"]), float(Fraction(case["truth"])), start=start)
    assert judgement.verdict == case["verdict"], judgement.reason
