"""Students who round: they print some digits and go on with all of them, the printed ones, or either."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from fractions import Fraction

from bench.accuracy.oracle import Value, evaluate, real
from bench.accuracy.problems import FAILED, Program, random_program, spelt
from bench.accuracy.rounding import Digits, allowed, digits, exact
from bench.traps.case import WRONG, Case

MOST = 10**5
TRIES = 24  # students with other digits behind the printed ones, to see how far a value may lie


def students(rng: random.Random) -> Iterator[Case]:
    """One wrong value early, and all that follows from it; then one later value that follows from nothing."""
    program = random_program(rng)
    keys = [key for key in program.asked if program.before(key) is None]
    roots = [key for key in keys if any(program.path(key, other) for other in keys if other != key)]
    if not roots:
        return
    root = rng.choice(roots)
    shown = rng.randint(2, 6)
    factor = Fraction(rng.choice((13, 17, 7, 23)), 10) * rng.choice((1, 1, -1))
    first = digits(exact(program.truth[root]) * factor, shown)
    if allowed(first, exact(program.truth[root])) != {"wrong"} or first.whole or not first.value:
        return
    how = rng.choice(("all", "printed", "mixed"))
    written = _worked(program, root, first, keys, shown, how, rng)
    if written is None:
        return
    expected = {key: _expected(program, root, key, written) for key in written}
    answers = {spelt(key): number.text for key, number in written.items()}
    right = {spelt(key): verdicts for key, verdicts in expected.items()}
    toml = program.toml
    yield Case(f"students, {how}", toml, answers, right)
    later = [key for key in written if key != root and root in program.ancestors(key)]
    if not later:
        return
    key = rng.choice(later)
    others = [
        _worked(program, root, first, keys, shown, way, rng)
        for way in ("all", "printed", "mixed")
        for _ in range(TRIES // 3)
    ]
    reached = [number.value for other in others if other for number in [other[key]]]
    reach = max(reached) - min(reached)
    off = digits(written[key].value * Fraction(3, 2) * rng.choice((1, -1)), shown)
    truth = exact(program.truth[key])
    far = min(abs(off.value - value) for value in (*reached, truth)) > 3 * reach + 3 * off.unit
    if far and allowed(off, truth) == {"wrong"}:
        changed = {**answers, spelt(key): off.text}
        yield Case("students, a slip more", toml, changed, {spelt(root): WRONG, spelt(key): WRONG})


def _worked(
    program: Program, root: str, first: Digits, keys: list[str], shown: int, how: str, rng: random.Random
) -> dict[str, Digits] | None:
    """What a student writes who has the root wrong and goes on."""
    hidden = first.value
    if how != "printed":
        hidden += first.unit * Fraction(rng.randint(-499, 499), 1000)
    values: dict[str, Value] = {
        **program.start,
        root: real(hidden if how == "all" or rng.random() < 0.5 else first.value),
    }
    written = {root: first}
    for key, tree in program.formulas.items():
        if key == root:
            continue
        try:
            values[key] = evaluate(tree, values)
        except FAILED:
            return None
        value = exact(values[key])
        if (
            not Fraction(1, MOST) < abs(value) < MOST
            and key in keys
            and (value or root in program.ancestors(key))
        ):
            return None
        if key in keys:
            written[key] = digits(value, shown)
            if written[key].whole and value.denominator > 1:
                return None
            if how == "printed" or (how == "mixed" and rng.random() < 0.5):
                values[key] = real(written[key].value)
    return {key: written[key] for key in program.formulas if key in written}


def _expected(program: Program, root: str, key: str, written: Mapping[str, Digits]) -> frozenset[str]:
    if key == root:
        return WRONG
    right = allowed(written[key], exact(program.truth[key]))
    if root in program.ancestors(key):
        passing = any(_passes(program, other, written) for other in program.path(root, key)[:-1])
        return frozenset(
            {"carried"} | (right if right != {"wrong"} else set()) | ({"correct"} if passing else set())
        )
    return frozenset(right | {"correct"})  # from rounded ones


def _passes(program: Program, key: str, written: Mapping[str, Digits]) -> bool:
    """Whether a value on the way passes although what it follows from is wrong."""
    return key in written and allowed(written[key], exact(program.truth[key])) != {"wrong"}
