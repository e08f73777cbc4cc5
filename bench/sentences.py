"""Equations in plain sentences, generated: right ones must not be called wrong, changed ones must be found.

    python -m bench.sentences [COUNT] [SEED]

A sentence is a template of words around an equation, whose result is worked out with exact fractions here and
not by hw2check. Its result is then changed in one digit. Reported are false alarms on the sentences as they
are, and the share of changed results that is found; the exit code is 1 below the bounds.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread

FOUND = 0.98  # share of changed results that must be called wrong
COUNT, SEED = 4000, 1

NAMES = ("Mira", "Anton", "the baker", "Mrs. Olm", "Priya's brother", "each of them", "the whole team")
THINGS = (
    "eggs",
    "marbles",
    "red balls",
    "pages",
    "tickets",
    "cups of tea",
    "loaves of bread",
    "T-shirts",
    "M&Ms",
)
UNITS = ("minutes", "miles", "kg", "liters", "hours", "feet", "oz", "points")
LEADS = (
    "{name} has {eq} {thing}.",
    "So {name} needs {eq} {thing} in all",
    "In 3 weeks that makes {eq} {thing} a day, as we said.",
    "This means that there are {eq} more {thing}",
    "- {eq}",
    "4. {eq} {thing}",
    "**{eq}**",
    "The answer is `{eq}`.",
    "Since 5 of the {thing} are lost (see above), {name} keeps {eq} {thing} each week.",
    "Total: {eq}",
    "= {eq}",
    "{name} said: “{eq}”.",
    "After that, {eq}, so {name} is done.",
    "If {name} buys 12 {thing}, it takes {eq} {unit} to finish",
    "Step 2) {eq}",
    "> {eq}",
    "Day 7: {eq} {unit}; the rest is left.",
)


class Sentence(NamedTuple):
    """A sentence with one equation: text[start:end] is the result."""

    kind: str
    text: str
    start: int
    end: int


class Equation(NamedTuple):
    """What stands left of =, the value, and how the result is written around its digits."""

    kind: str
    left: str
    value: Fraction
    before: str = ""
    after: str = ""


Make = Callable[[random.Random], Equation]


def _number(value: Fraction) -> str:
    """Exact where the decimals end, else to two decimals."""
    if value.denominator == 1:
        return f"{value.numerator:,}" if abs(value) >= 10_000 else str(value.numerator)
    for digits in range(1, 5):
        if (value * 10**digits).denominator == 1:
            return f"{float(value):.{digits}f}"
    return f"{float(value):.2f}"


def _sum(rng: random.Random) -> Equation:
    numbers = [rng.randint(2, 90) for _ in range(rng.randint(2, 4))]
    unit = rng.choice(("", f" {rng.choice(THINGS)}", f" {rng.choice(UNITS)}"))
    sign = rng.choice((" + ", "+", " + ", " plus " if not unit and len(numbers) == 2 else " + "))
    return Equation("sum", sign.join(f"{n}{unit}" for n in numbers), Fraction(sum(numbers)))


def _difference(rng: random.Random) -> Equation:
    first, others = rng.randint(200, 900), [rng.randint(2, 60) for _ in range(rng.randint(1, 3))]
    sign = rng.choice((" - ", " – ", " − ", "-"))
    unit = rng.choice(("", f" {rng.choice(THINGS)}")) if sign != "-" else ""
    left = sign.join(f"{n}{unit}" for n in (first, *others))
    return Equation("difference", left, Fraction(first - sum(others)))


def _product(rng: random.Random) -> Equation:
    a, b = rng.randint(2, 40), rng.randint(2, 40)
    sign = rng.choice((" * ", "*", " x ", "x", " × ", " · ", " \\* ", " times "))
    unit = f" {rng.choice(THINGS)}" if sign in {" * ", " x ", " × "} and rng.random() < 0.3 else ""
    return Equation("product", f"{a}{unit}{sign}{b}", Fraction(a * b))


def _quotient(rng: random.Random) -> Equation:
    b, c = rng.randint(2, 20), rng.randint(2, 40)
    sign = rng.choice((" / ", "/", " ÷ "))
    unit = f" {rng.choice(UNITS)}" if sign != "/" and rng.random() < 0.3 else ""
    return Equation("quotient", f"{b * c}{unit}{sign}{b}", Fraction(c))


def _decimals(rng: random.Random) -> Equation:
    a, b = Fraction(rng.randint(11, 999), 100), Fraction(rng.randint(2, 30))
    return Equation("decimals", f"{_number(a)} * {b}", a * b)


def _rounded(rng: random.Random) -> Equation:
    a, b = rng.randint(10, 99), rng.choice((3, 7, 9, 11, 13))
    if a % b == 0:
        a += 1
    return Equation("rounded", f"{a} / {b}", Fraction(a, b))


def _money(rng: random.Random) -> Equation:
    a, b = rng.randint(2, 3000), rng.randint(2, 12)
    kind = rng.randrange(4)
    if kind == 0:
        return Equation("money", f"${a:,} * {b}", Fraction(a * b), "$")
    if kind == 1:
        return Equation("money", f"{b} x ${a}", Fraction(a * b), "$")
    if kind == 2:
        return Equation("money", f"${a:,} + ${b}", Fraction(a + b), "$")
    return Equation("money", f"${a}/hour * {b} hours", Fraction(a * b), "$")


def _percent(rng: random.Random) -> Equation:
    share, whole = rng.randrange(5, 100, 5), rng.randrange(100, 2000, 20)
    kind = rng.randrange(4)
    if kind == 0:
        return Equation("percent", f"{share}% of ${whole:,}", Fraction(share * whole, 100), "$")
    if kind == 1:
        return Equation("percent", f"{share}% * {whole}", Fraction(share * whole, 100))
    if kind == 2:
        return Equation("percent", f"100% - {share}%", Fraction(100 - share), "", "%")
    part = rng.randint(1, 19)
    return Equation("percent", f"{part}/20 * 100%", Fraction(5 * part), "", "%")


def _fraction(rng: random.Random) -> Equation:
    below = rng.randint(3, 9)
    above, times = rng.randint(1, below - 1), rng.randint(2, 30)
    kind = rng.randrange(4)
    whole = below * times
    left = (f"{above}/{below} * {whole}", f"({above}/{below}) x {whole}", f"{whole}({above}/{below})",
            f"{above}/{below} of the {whole} {rng.choice(THINGS)}")[kind]  # fmt: skip
    return Equation("fraction", left, Fraction(above * times))


def _mixed(rng: random.Random) -> Equation:
    whole, below, times = rng.randint(2, 9), rng.randint(2, 6), rng.randint(1, 6)
    return Equation("mixed", f"{whole} 1/{below} * {below * times}", Fraction(times * (whole * below + 1)))


def _bracket(rng: random.Random) -> Equation:
    a, b, c = (rng.randint(2, 30) for _ in range(3))
    kind = rng.randrange(3)
    left = (f"({a} + {b}) * {c}", f"{c}({a} + {b})", f"{c} * ({a} {rng.choice(THINGS)} + {b})")[kind]
    return Equation("bracket", left, Fraction((a + b) * c))


def _blanks(rng: random.Random) -> Equation:
    a, b = rng.randint(10, 900) * 1000, rng.randint(2, 9)
    return Equation("blanks", f"{a:,} * {b}".replace(",", " "), Fraction(a * b))


def _power(rng: random.Random) -> Equation:
    a, n = rng.randint(2, 12), rng.randint(2, 3)
    left = rng.choice((f"{a}^{n}", f"{a}{'²³'[n - 2]}", f"{a} {('squared', 'cubed')[n - 2]}"))
    return Equation("power", left, Fraction(a**n))


KINDS: tuple[Make, ...] = (
    _sum,
    _difference,
    _product,
    _quotient,
    _decimals,
    _rounded,
    _money,
    _percent,
    _fraction,
    _mixed,
    _bracket,
    _blanks,
    _power,
)


def sentences(count: int, seed: int) -> Iterator[Sentence]:
    """Right sentences of all kinds."""
    rng = random.Random(seed)
    for number in range(count):
        equation = KINDS[number % len(KINDS)](rng)
        result = _number(equation.value)
        sign = (
            rng.choice((" = ", "=", " = ", " is equal to ")) if equation.kind in {"sum", "product"} else " = "
        )
        whole = f"{equation.left}{sign}{equation.before}{result}{equation.after}"
        words = {"name": rng.choice(NAMES), "thing": rng.choice(THINGS), "unit": rng.choice(UNITS)}
        lead = rng.choice(LEADS)
        if equation.after or equation.before:
            lead = lead.replace("{eq} {unit}", "{eq}").replace("{eq} {thing}", "{eq}")
        before, after = (part.format(**words) for part in lead.split("{eq}"))
        start = len(before) + len(whole) - len(equation.after) - len(result)
        yield Sentence(equation.kind, f"{before}{whole}{after}", start, start + len(result))


def changed(sentence: Sentence, rng: random.Random) -> Sentence:
    """The sentence with one digit of its result changed."""
    text, start, end = sentence.text, sentence.start, sentence.end
    places = [index for index in range(start, end) if text[index].isdigit()]
    at = rng.choice(places[:-1] if sentence.kind == "rounded" else places)  # the last digit may be cut off
    digit = rng.choice([d for d in "123456789" if d != text[at]])
    return sentence._replace(text=text[:at] + digit + text[at + 1 :])


def verdicts(text: str) -> set[str]:
    """Of the steps in a text."""
    return {link.verdict for link in proofread(scan(text, "sentence"), []).links}


def measured(count: int, seed: int) -> tuple[list[Sentence], list[Sentence]]:
    """The right sentences that are called wrong, and the changed ones that are not."""
    rng = random.Random(seed + 1)
    false: list[Sentence] = []
    missed: list[Sentence] = []
    for sentence in sentences(count, seed):
        if verdicts(sentence.text) & {"wrong", "carried", "doubtful"}:
            false.append(sentence)
        mistake = changed(sentence, rng)
        if "wrong" not in verdicts(mistake.text):
            missed.append(mistake)
    return false, missed


def main() -> int:
    """Prints what is wrong, and a summary."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    false, missed = measured(count, int(sys.argv[2]) if len(sys.argv) > 2 else SEED)
    for sentence in false:
        print(f"false alarm: {sentence.text}")
    for sentence in missed:
        print(f"not found: {sentence.text}")
    kinds = ", ".join(f"{kind} {number}" for kind, number in Counter(s.kind for s in missed).most_common())
    told = f"{len(missed)} changed results not found ({kinds or 'none'})"
    print(f"{count} sentences: {len(false)} false alarms; {told}")
    return int(bool(false) or len(missed) > (1 - FOUND) * count)


if __name__ == "__main__":
    sys.exit(main())
