"""Formulas that agree where functions rest, beyond a domain or beside a kink; explanations in circles."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

from mpmath import mp

from bench.accuracy.oracle import (
    ONE,
    TWO,
    Tree,
    Value,
    add,
    call,
    derive,
    div,
    evaluate,
    mul,
    name,
    neg,
    num,
    power,
    real,
    text,
)
from bench.traps.case import OPEN, RIGHT, RIGHT_FORMULA, WRONG_FORMULA, Case, quoted, shown, size

FAILED = (ValueError, ArithmeticError, TypeError)
SMOOTH = ("sigmoid", "tanh", "softplus", "gelu", "silu")
SAME = mp.mpf(10) ** -25
X = name("x")


def saturated(rng: random.Random) -> Iterator[Case]:
    """y = f(c*x + s) with numbers of every size; x where f rests more often than not."""
    function = rng.choice(SMOOTH)
    slope, shift, given = size(rng), rng.choice((Fraction(0), size(rng, -2, 3))), size(rng)
    inner = add(mul(num(slope), X), num(shift))
    outer = call(function, inner)
    toml = f'[given]\nx = {shown(given)}\n[nodes]\ny = "{text(outer)}"\n'
    points = [(real(at) - real(shift)) / real(slope) for at in ("-2.1", "-0.7", "0.4", "1.9", "3")]
    of_y = {
        "y": [
            outer,
            call(function, mul(TWO, inner)),
            call(function, neg(inner)),
            mul(num(3), outer),
            call(function, add(inner, num(Fraction(1, 10)))),
            neg(call(function, inner)),
            _expanded(function, inner),
        ],
        "dy/dx": [
            derive(outer, "x"),
            neg(derive(outer, "x")),
            mul(derive(outer, "x"), derive(outer, "x")),
            derive(call(function, mul(TWO, inner)), "x"),
            div(derive(outer, "x"), TWO),
        ],
    }
    if function == "sigmoid":
        y = name("y")
        right = mul(num(slope), y, add(ONE, neg(y)))
        of_y["dy/dx"] += [right, mul(num(slope), y, add(y, neg(ONE))), mul(num(slope), y, add(ONE, y))]
    for asked, trees in of_y.items():
        truth = trees[0]
        for written in trees:
            yield _formula(
                "saturation",
                toml,
                asked,
                written,
                truth,
                [{"x": x, "y": evaluate(outer, {"x": x})} for x in points],
            )


def _expanded(function: str, inner: Tree) -> Tree:
    up, down = call("exp", inner), call("exp", neg(inner))
    return {
        "sigmoid": div(ONE, add(ONE, down)),
        "tanh": div(add(up, neg(down)), add(up, down)),
        "softplus": call("log", add(ONE, up)),
        "silu": div(inner, add(ONE, down)),
    }.get(function, call(function, inner))


def _formula(
    kind: str, toml: str, asked: str, written: Tree, truth: Tree, points: list[dict[str, Value]]
) -> Case:
    right = all(_same(evaluate(written, point), evaluate(truth, point)) for point in points)
    return Case(
        kind, toml, {asked: quoted(text(written))}, {asked: RIGHT_FORMULA if right else WRONG_FORMULA}
    )


def _same(one: Value, other: Value) -> bool:
    return bool(abs(one - other) <= SAME * max(abs(one), abs(other)))


DOMAINS: tuple[
    tuple[Tree, tuple[Tree, ...]], ...
] = (  # a function, and formulas that are equal to it somewhere
    (
        call("log", power(X, 2)),
        (mul(TWO, call("log", X)), mul(TWO, call("log", call("abs", X))), call("log", mul(X, X))),
    ),
    (
        call("abs", X),
        (power(call("sqrt", X), 2), call("sqrt", power(X, 2)), X, neg(X), call("maximum", X, neg(X))),
    ),
    (
        mul(TWO, X),
        (
            mul(TWO, call("exp", call("log", X))),
            add(X, X),
            mul(TWO, power(call("sqrt", X), 2)),
            div(mul(TWO, X, X), X),
            mul(TWO, call("abs", X)),
        ),
    ),
    (
        add(power(X, 2), ONE),
        (add(call("exp", mul(TWO, call("log", X))), ONE), add(mul(X, X), ONE), add(power(X, 4), ONE)),
    ),
    (
        call("exp", X),
        (div(ONE, call("exp", neg(X))), call("exp", call("abs", X)), call("exp", power(call("sqrt", X), 2))),
    ),
)


def domains(rng: random.Random) -> Iterator[Case]:
    """A formula is right that is equal wherever both are defined, and defined at the given value."""
    truth, others = rng.choice(DOMAINS)
    given = rng.choice((Fraction(rng.randint(-60, 60), 10), size(rng, -3, 2), Fraction(0)))
    toml = f'[given]\nx = {shown(given)}\n[nodes]\ny = "{text(truth)}"\n'
    if _value(truth, given) is None:
        return
    for written in others:
        here = _value(written, given)
        points = [Fraction(n, 7) for n in range(-23, 24, 3)]
        pairs = [(_value(written, at), _value(truth, at)) for at in points]
        equal = all(_same(a, b) for a, b in pairs if a is not None and b is not None)
        right = equal and here is not None
        yield Case(
            "domains", toml, {"y": quoted(text(written))}, {"y": RIGHT_FORMULA if right else WRONG_FORMULA}
        )


def _value(tree: Tree, x: Fraction) -> Value | None:
    try:
        return evaluate(tree, {"x": real(x)})
    except FAILED:
        return None


def kinks(rng: random.Random) -> Iterator[Case]:
    """A function with a kink far from the given value, on whose side another formula is equal."""
    slope, shift, given = size(rng, -3, 3), size(rng, -2, 4), size(rng, -3, 3)
    z = add(mul(num(slope), X), num(shift))
    bent, others = rng.choice(
        (
            (
                call("relu", z),
                (
                    z,
                    call("maximum", num(0), z),
                    div(add(z, call("abs", z)), TWO),
                    call("abs", z),
                    mul(TWO, call("relu", z)),
                ),
            ),
            (
                call("abs", z),
                (z, neg(z), call("maximum", z, neg(z)), call("sqrt", power(z, 2)), call("relu", z)),
            ),
            (
                call("leaky_relu", z),
                (z, call("maximum", z, div(z, num(100))), call("relu", z), div(z, num(100))),
            ),
            (
                call("maximum", z, ONE),
                (
                    z,
                    add(ONE, call("relu", add(z, neg(ONE)))),
                    add(call("relu", z), ONE),
                    neg(call("minimum", neg(z), neg(ONE))),
                ),
            ),
            (call("elu", z), (z, call("relu", z), add(call("exp", z), neg(ONE)))),
        )
    )
    toml = f'[given]\nx = {shown(given)}\n[nodes]\ny = "{text(bent)}"\n'
    points = [
        {"x": (real(at) - real(shift)) / real(slope)} for at in ("-2.1", "-0.7", "0.4", "0.9", "1.6", "3")
    ]
    for written in others:
        yield _formula("kinks", toml, "y", written, bent, points)


def circles(rng: random.Random) -> Iterator[Case]:
    """Gradients along a chain, each by the next one or by the one before: which are in a circle?"""
    count = rng.randint(2, 5)
    given = {
        "x": Fraction(rng.randint(11, 29), 10),
        **{f"w{i}": Fraction(rng.randint(3, 19), 10) for i in range(1, count + 1)},
    }
    nodes = [f'z{i} = "w{i}*{f"z{i - 1}" if i > 1 else "x"}"' for i in range(1, count + 1)]
    parameters = ", ".join(f'"w{i}"' for i in range(1, count + 1))
    toml = f'loss = "L"\nlearning_rate = 0.1\nparameters = [{parameters}]\n[given]\n'
    toml += "".join(f"{key} = {shown(value)}\n" for key, value in given.items())
    toml += "[nodes]\n" + "\n".join(nodes) + f'\nL = "z{count}^2"\n'
    rests: dict[str, list[str]] = {f"dL/dz{count}": []}
    for i in range(1, count):
        rests[f"dL/dz{i}"] = [f"dL/dz{i + 1}"]
    for i in range(1, count + 1):
        rests[f"dL/dw{i}"] = [f"dL/dz{i}"]
        rests[f"w{i}_new"] = [f"dL/dw{i}"]
    answers: dict[str, str] = {}
    for i in range(1, count + 1):
        before = f"z{i - 1}" if i > 1 else "x"
        ways = [
            (f"2*z{count}", []) if i == count else (f"dL/dz{i + 1}*w{i + 1}", [f"dL/dz{i + 1}"]),
            (f"dL/dw{i}/{before}", [f"dL/dw{i}"]),
        ]
        ways += [(f"dL/dz{i - 1}/w{i}", [f"dL/dz{i - 1}"])] if i > 1 else []
        _written(rng, answers, rests, f"dL/dz{i}", ways)
        ways = [(f"dL/dz{i}*{before}", [f"dL/dz{i}"]), (f"(w{i} - w{i}_new)/learning_rate", [f"w{i}_new"])]
        _written(rng, answers, rests, f"dL/dw{i}", ways)
    right = {key: OPEN if _in_circle(key, rests) else RIGHT for key in answers}
    yield Case("circles", toml, {key: quoted(answer) for key, answer in answers.items()}, right)


def _written(
    rng: random.Random,
    answers: dict[str, str],
    rests: dict[str, list[str]],
    key: str,
    ways: list[tuple[str, list[str]]],
) -> None:
    if rng.random() < 0.7:
        answers[key], rests[key] = rng.choice(ways)


def _in_circle(key: str, rests: dict[str, list[str]]) -> bool:
    seen: set[str] = set()
    waiting = list(rests[key])
    while waiting:
        following = waiting.pop()
        if following == key:
            return True
        if following not in seen:
            seen.add(following)
            waiting.extend(rests.get(following, ()))
    return False
