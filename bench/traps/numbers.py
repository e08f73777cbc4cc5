"""Numbers: whole ones, long ones, tiny ones; zeros that took no work; values used as it suits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

from mpmath import mp

from bench.accuracy.rounding import digits, exact
from bench.traps.case import RIGHT, WRONG, Case, shown

COARSE = frozenset({"coarse"})
NOTHING = frozenset({"coarse", "undecided"})
NO_CREDIT = frozenset({"wrong", "coarse"})


def whole_numbers(rng: random.Random) -> Iterator[Case]:
    """Products of whole numbers beyond 2^53, to the last digit; whole numbers where a value is not whole."""
    a, b, c = (rng.randint(10**7, 10**9) for _ in range(3))
    toml = f'[given]\na = {a}\nb = {b}\nc = {c}\n[nodes]\ny = "a*b + c"\n'
    for off in (0, 0, 1, -1, rng.randint(2, 99)):
        yield Case("precision", toml, {"y": str(a * b + c + off)}, {"y": WRONG if off else RIGHT})
    x = Fraction(rng.randint(11, 9999), 10) + Fraction(1, 100)
    toml = f'[given]\nx = {shown(x)}\n[nodes]\ny = "x*1"\n'
    near = round(x)
    for written in (near, near + 2, near - 2):
        yield Case("precision", toml, {"y": str(written)}, {"y": COARSE if written == near else WRONG})


def many_digits(rng: random.Random) -> Iterator[Case]:
    """More digits than float64 can vouch for, all right, or the last one off."""
    spelt, function = rng.choice(
        (("exp", mp.exp), ("sin", mp.sin), ("log", mp.log), ("tanh", mp.tanh), ("sqrt", mp.sqrt))
    )
    x = Fraction(rng.randint(101, 3999), 1000)
    truth = exact(function(mp.mpf(x.numerator) / x.denominator))
    toml = f'[given]\nx = {shown(x)}\n[nodes]\ny = "{spelt}(x)"\n'
    number = digits(truth, rng.randint(9, 30))
    yield Case("precision", toml, {"y": number.text}, {"y": RIGHT})
    off = digits(truth + rng.choice((-1, 1)) * rng.randint(2, 8) * number.unit, number.significant)
    if abs(off.value - truth) > 3 * off.unit / 2:
        yield Case("precision", toml, {"y": off.text}, {"y": WRONG})


def tiny(rng: random.Random) -> Iterator[Case]:
    """Values too small for float64: their digits, other digits, and a zero that shows none."""
    x = rng.randint(700, 880)
    power = rng.randint(155, 190)
    figure = Fraction(rng.randint(11, 99), 10)
    toml = f'[given]\nx = -{x}\nu = {shown(figure)}e-{power}\n[nodes]\ny = "exp(x)"\nz = "u*u"\n'.replace(
        "e-1e", "e-"
    )
    toml = f'[given]\nx = -{x}\nu = {float(figure)}e-{power}\n[nodes]\ny = "exp(x)"\nz = "u*u"\n'
    truths = {"y": exact(mp.exp(-x)), "z": figure**2 / Fraction(10) ** (2 * power)}
    truths = {key: value for key, value in truths.items() if value > Fraction(1, 10**385)}
    for factor, verdicts in (
        (Fraction(1), RIGHT),
        (Fraction(3, 2), WRONG),
        (Fraction(-1), WRONG),
        (Fraction(10), WRONG),
    ):
        written = {key: digits(value * factor, 4).text for key, value in truths.items()}
        yield Case("precision", toml, written, dict.fromkeys(written, verdicts))
    zeros = {key: rng.choice(("0", "0.0", "0.000")) for key in truths}
    yield Case("precision", toml, zeros, dict.fromkeys(zeros, NOTHING))


def tolerances(rng: random.Random) -> Iterator[Case]:
    """A tolerance of 0 is exact, up to what float64 rounds by itself."""
    x, w = Fraction(rng.randint(-99, 99), 10), Fraction(rng.randint(1, 99), 100)
    toml = f'[given]\nx = {shown(x)}\nw = {shown(w)}\n[nodes]\ny = "w*x"\n[marking]\nrtol = 0\n'
    yield Case("precision", toml, {"y": shown(w * x)}, {"y": RIGHT})
    yield Case("precision", toml, {"y": shown(w * x + Fraction(1, 10**9))}, {"y": WRONG})


def empty_work(rng: random.Random) -> Iterator[Case]:
    """A zero where there is none makes zeros of all that follows, and leaves the parameters as they were."""
    w, x, t, rate = (Fraction(rng.randint(3, 29), 10) for _ in range(4))
    if w * x == t:
        return
    activation = rng.choice(("z", "tanh(z)", "sigmoid(z)"))
    toml = f'loss = "L"\nlearning_rate = {shown(rate)}\nparameters = ["w"]\n[given]\n'
    toml += f"w = {shown(w)}\nx = {shown(x)}\n"
    toml += f't = {shown(t)}\n[nodes]\nz = "w*x"\na = "{activation}"\nL = "(a - t)^2"\n'
    zero = rng.choice(("0", "0.0", "0.000"))
    answers = {"dL/da": zero, "dL/dz": zero, "dL/dw": zero, "w_new": shown(w)}
    for key in rng.sample(sorted(answers), rng.randint(0, 2)):
        if key != "dL/da":
            del answers[key]
    yield Case("empty work", toml, answers, {**dict.fromkeys(answers, NO_CREDIT), "dL/da": NO_CREDIT})


def laundering(rng: random.Random) -> Iterator[Case]:
    """Several wrong values: what follows from them all is carried, what follows from some of them is not."""
    count = rng.randint(2, 4)
    names = [f"p{i}" for i in range(count)]
    true = {key: Fraction(rng.randint(1100, 9899), 1000) for key in names}
    own = {
        key: digits(value * Fraction(rng.choice((13, 17, 7, 5)), 10), 4).value for key, value in true.items()
    }
    toml = "[given]\n" + "".join(f"g{key} = {shown(value)}\n" for key, value in true.items())
    toml += "[nodes]\n" + "".join(f'{key} = "g{key}*1"\n' for key in names)
    toml += f'h = "{"*".join(names)}"\n'
    answers = {key: f"{float(value):.3f}" for key, value in own.items()}

    def product(chosen: list[str]) -> Fraction:
        result = Fraction(1)
        for key in names:
            result *= own[key] if key in chosen else true[key]
        return result

    every = product(names)
    reach = sum(Fraction(1, 2000) / own[key] for key in names) * every * 2
    for chosen in (names, rng.sample(names, rng.randint(1, count - 1))):
        number = digits(product(chosen), 5)
        if chosen is not names and abs(number.value - every) <= reach + number.unit:
            continue
        right = frozenset({"carried"}) if chosen is names else WRONG
        expected = {**dict.fromkeys(names, WRONG), "h": right}
        yield Case(
            "laundering",
            toml,
            {**answers, "h": number.text},
            expected,
            {"h": tuple(names)} if chosen is names else {},
        )
