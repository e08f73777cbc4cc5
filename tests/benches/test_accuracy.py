"""A slice of bench/accuracy: verdicts and hints on random problems, against the oracle in mpmath."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from bench.accuracy.measure import measure
from bench.accuracy.oracle import add, call, derive, div, evaluate, mul, name, neg, num, power, text
from bench.accuracy.rounding import allowed, digits, exact, spelt
from bench.accuracy.tally import Tally

mpmath = pytest.importorskip("mpmath")
ANSWERS, SEED = 800, 11


@pytest.fixture(scope="module")
def tally() -> Tally:
    return measure(ANSWERS, SEED)


@pytest.mark.long
def test_enough_is_judged(tally: Tally) -> None:
    assert tally.answers >= ANSWERS
    assert tally.roots
    assert tally.hinted


@pytest.mark.long
@pytest.mark.parametrize("kind", ["false wrong", "false correct", "other verdict", "crash"])
def test_no_verdict_is_false(tally: Tally, kind: str) -> None:
    assert not tally.failed[kind], tally.failures[kind][0]


@pytest.mark.long
def test_roots_are_named(tally: Tally) -> None:
    assert tally.failed["root"] <= max(1, tally.roots // 100), tally.failures["root"][0]


@pytest.mark.long
def test_mistakes_are_named(tally: Tally) -> None:
    named = sum(row["itself"] + row["an equal"] for row in tally.codes.values())
    another = sum(row["another"] for row in tally.codes.values())
    assert named >= 0.95 * tally.hinted, tally.failures["code not named"]
    assert another <= max(1, 0.01 * tally.hinted), tally.failures["wrong code named"]


# The oracle itself

X, Y = name("x"), name("y")
TREES = [
    mul(power(X, 3), call("exp", neg(mul(X, Y)))),
    div(call("sin", X), add(num(1), power(X, 2))),
    call("gelu", add(X, Y)),
    call("softplus", mul(num(2), X)),
    call("silu", X),
    call("tan", X),
    call("elu", neg(X)),
    call("maximum", X, mul(Y, Y)),
    call("sqrt", add(power(X, 2), num(Fraction(1, 2)))),
]


@pytest.mark.parametrize("tree", TREES, ids=text)
def test_the_oracle_derives_rightly(tree: Any) -> None:
    at = {"x": mpmath.mpf("0.7"), "y": mpmath.mpf("-1.3")}
    difference = mpmath.diff(lambda x: evaluate(tree, {**at, "x": x}), at["x"])
    assert mpmath.almosteq(evaluate(derive(tree, "x"), at), difference, 1e-15)


@pytest.mark.parametrize(
    ("value", "significant", "up", "shown"),
    [
        ("0.285", 2, True, "0.29"),
        ("0.285", 2, False, "0.28"),
        ("-2.5", 1, False, "-2"),
        ("9.96", 2, True, "10"),
        ("1234", 2, True, "1.2e3"),
        ("0.0020032", 3, True, "0.00200"),
        ("0.00000012", 2, True, "1.2e-7"),
        ("0", 3, True, "0"),
    ],
)
def test_numbers_are_written_with_digits(value: str, significant: int, up: bool, shown: str) -> None:
    assert digits(Fraction(value), significant, ties_up=up).text == shown


def test_the_rule_of_the_oracle_is_the_table_of_rounding_cases() -> None:
    """Stated twice, the rule is the same twice."""
    import tomllib
    from pathlib import Path

    table = tomllib.loads((Path(__file__).parents[2] / "fixtures" / "rounding.toml").read_text("utf-8"))
    assert table["case"]
    for case in table["case"]:
        shown = case["written"].replace("\N{MINUS SIGN}", "-").lstrip("+")
        if "/" in shown or "e" in shown:
            continue
        whole, _, decimals = shown.partition(".")
        number = spelt(Fraction(shown), Fraction(1, 10 ** len(decimals)))
        start = Fraction(case["start"]) if "start" in case else None
        assert case["verdict"] in allowed(number, Fraction(case["truth"]), start), (case, whole)


def test_dust_does_not_hide_a_short_fraction() -> None:
    assert exact(mpmath.mpf(1) / 3) == Fraction(1, 3)
