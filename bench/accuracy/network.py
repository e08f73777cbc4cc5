"""Answers to a dense network: the same four kinds, with matrices."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction

from bench.accuracy.dense import Dense, Matrix, Slip, each
from bench.accuracy.judging import Judging
from bench.accuracy.oracle import real
from bench.accuracy.rounding import Digits, allowed, exact, first_place, rounded, spelt
from bench.accuracy.tally import Tally

Written = tuple[tuple[Digits, ...], ...]
RANKS = ("correct", "close", "coarse", "wrong")
MOST = 10**7


class Network:
    """One random network, and the answers that are made to it."""

    def __init__(self, dense: Dense, rng: random.Random, tally: Tally) -> None:
        self.dense, self.rng, self.tally = dense, rng, tally
        self.judging = Judging(dense.toml, gradients=False)
        self._slips: dict[tuple[str, int], list[Slip]] = {}

    def case(self, answers: Mapping[str, str], note: str) -> str:
        written = "\n".join(f"{key} = {value}" for key, value in answers.items())
        return f"[expected]\n{written}\n{self.dense.toml}{note}"

    def written(self, matrix: Matrix, significant: int) -> Written:
        """With so many significant digits of the largest entry, and one number of decimals."""
        fractions = each(matrix, exact)
        largest = max(abs(entry) for row in fractions for entry in row)
        place = first_place(largest) if largest else 0
        unit = min(Fraction(10) ** (place - significant + 1), Fraction(1))
        ties_up = self.rng.random() < 0.5
        return tuple(
            tuple(_figures(rounded(e, unit, ties_up=ties_up), unit) for e in row) for row in fractions
        )

    def right(self) -> None:
        written = {
            key: self.written(self.dense.truth[key], self.rng.randint(1, 8)) for key in self.dense.asked
        }
        answers = {key: _text(matrix) for key, matrix in written.items()}
        found = self.judging.judge(answers)
        for key, matrix in written.items():
            expected = allowed_matrix(matrix, self.dense.truth[key])
            self.tally.verdict("a right matrix", found[key].verdict, expected, self.case(answers, key))

    def known(self, key: str, reach: int) -> list[Slip]:
        if (key, reach) not in self._slips:
            self._slips[key, reach] = self.dense.slips(key, reach=reach)
        return self._slips[key, reach]

    def _injected(self, key: str, reach: int) -> Slip | None:
        usable = [s for s in self.known(key, reach) if _differ(s.value, self.dense.truth[key])]
        usable = [s for s in usable if max(abs(e) for row in s.value for e in row) < MOST]
        if not usable:
            return None
        code = self.rng.choice(sorted({slip.code for slip in usable}))
        return self.rng.choice([slip for slip in usable if slip.code == code])

    def mistaken(self) -> None:
        key = self.rng.choice(self.dense.asked)
        injected = self._injected(key, self.rng.choice((0, 0, 1)))
        if injected is None:
            return
        significant = self.rng.randint(1, 8)
        written = self.written(injected.value, significant)
        answers = {key: _text(written)}
        found = self.judging.judge(answers)[key]
        codes = tuple(hint.code for hint in found.hints)
        case = self.case(answers, f"{injected.code} in {injected.where}; hints {codes}")
        expected = allowed_matrix(written, self.dense.truth[key])
        row = "b mistaken matrix" if "wrong" in expected else "b mistaken matrix that does not show"
        self.tally.verdict(row, found.verdict, expected, case)
        if expected != {"wrong"} or significant < 3 or found.verdict != "wrong":
            return
        equal = {s.code for s in self.known(key, 9) if not _differ(s.value, injected.value)}
        named = "itself" if injected.code in codes else "an equal" if equal.intersection(codes) else "nothing"
        others = set(codes) - equal - {injected.code}
        if others:
            alike = {s.code for s in self.known(key, 9) if is_written(written, s.value)}
            alike |= entry_slips(written, self.dense.truth[key])
            named = "another" if others - alike else named if named != "nothing" else "chance"
        self.tally.hint(injected.code, named=named, case=f"{case} [{named}]")

    def perturbed(self) -> None:
        key = self.rng.choice(self.dense.asked)
        rows = [list(row) for row in self.written(self.dense.truth[key], self.rng.randint(1, 8))]
        i, j = self.rng.randrange(len(rows)), self.rng.randrange(len(rows[0]))
        off = self.rng.choice((1, 2, 3)) * self.rng.choice((1, -1))
        rows[i][j] = _figures(rows[i][j].value + off * rows[i][j].unit, rows[i][j].unit)
        written = tuple(map(tuple, rows))
        answers = {key: _text(written)}
        expected = allowed_matrix(written, self.dense.truth[key])
        verdict = self.judging.judge(answers)[key].verdict
        units = "one unit" if abs(off) == 1 else "more units"
        row = f"c entry {units} off, {'/'.join(sorted(expected))} by the rule"
        self.tally.verdict(row, verdict, expected, self.case(answers, f"entry {i + 1},{j + 1} {off:+} units"))

    def carried(self) -> None:
        order = self.dense.asked
        root = self.rng.choice(order[:-1])
        injected = self._injected(root, 0)
        if injected is None:
            return
        significant = self.rng.randint(4, 8)
        first = self.written(injected.value, significant)
        if allowed_matrix(first, self.dense.truth[root]) != {"wrong"}:
            return
        from_written = self.rng.random() < 0.5
        fixed = {root: _numbers(first)}
        written: dict[str, Written] = {}
        for key in order:
            before = order.index(key) < order.index(root)
            value = self.dense.truth[key] if before else self.dense.forward(fixed)[key]
            if max(abs(e) for row in value for e in row) > MOST:
                return
            written[key] = first if key == root else self.written(value, significant)
            if from_written and not before:
                fixed[key] = _numbers(written[key])
        how = "from rounded intermediates" if from_written else "unrounded in between"
        self._judge_carried(root, written, f"root {root} ({injected.code}, {how}, {significant} digits)")

    def _judge_carried(self, root: str, written: dict[str, Written], note: str) -> None:
        answers = {key: _text(matrix) for key, matrix in written.items()}
        found = self.judging.judge(answers)
        bad = []
        order = self.dense.asked
        sound: set[str] = set()  # right by the rule, or following from what is
        for key, matrix in written.items():
            verdict = found[key]
            later = order.index(key) > order.index(root)
            right = allowed_matrix(matrix, self.dense.truth[key])
            expected = right if not later else {"carried"} if right == {"wrong"} else right | {"carried"}
            before = order[order.index(key) - 1]
            if key != root and before in sound:
                follows = self.dense.forward({before: _numbers(written[before])})[key]
                expected |= {"correct"} if is_written(matrix, follows) else set()
            if expected & {"correct", "close"}:
                sound.add(key)
            row = "d root matrix" if key == root else "d carried matrix" if later else "d beside it"
            self.tally.matrix[row][verdict.verdict] += 1
            if verdict.verdict not in expected or (
                verdict.verdict == "carried" and verdict.carried_from != (root,)
            ):
                bad.append(
                    f"{key} is {verdict.verdict} {' '.join(verdict.carried_from)}, "
                    f"{'/'.join(sorted(expected))} expected"
                )
        self.tally.roots += 1
        if bad:
            self.tally.fail("root", self.case(answers, f"{note}: {'; '.join(bad)}"))


def allowed_matrix(written: Written, truth: Matrix) -> set[str]:
    """The verdicts that the rule allows: the worst entry's; coarse where the largest shows no digit."""
    pairs = [
        (w, exact(t))
        for row, right in zip(written, truth, strict=True)
        for w, t in zip(row, right, strict=True)
    ]
    alone = len(pairs) == 1
    sets = [allowed(w, t, alone=alone) for w, t in pairs]
    best = max(min(map(RANKS.index, s)) for s in sets)
    worst = max(max(map(RANKS.index, s)) for s in sets)
    if RANKS[best] == "wrong":
        return {"wrong"}
    largest, its_truth = max(pairs, key=lambda pair: abs(pair[1]))
    if "coarse" in allowed(largest, its_truth):
        return {"coarse"} | ({"wrong"} if RANKS[worst] == "wrong" else set())
    return {RANKS[rank] for rank in range(best, worst + 1)}


def is_written(written: Written, value: Matrix) -> bool:
    return "correct" in allowed_matrix(written, value)


def entry_slips(written: Written, truth: Matrix) -> set[str]:
    """Slips with the number in the only entry that is wrong."""
    wrong = [
        (w, exact(t))
        for row, right in zip(written, truth, strict=True)
        for w, t in zip(row, right, strict=True)
        if allowed(w, exact(t), alone=False) == {"wrong"}
    ]
    if len(wrong) != 1:
        return set()
    number, right_value = wrong[0]
    gives = {
        "sign": [-right_value],
        "factor-2": [right_value * 2, right_value / 2],
        "power-of-ten": [right_value * Fraction(10) ** by for by in (1, -1, 2, -2, 3, -3)],
        "reciprocal": [1 / right_value] if right_value else [],
    }
    return {c for c, vs in gives.items() if any(abs(number.value - v) <= number.unit / 2 for v in vs)} | {
        "last-digit",
        "digits-swapped",
        "truncated",
        "missing-term",
        "sign-of-term",
        "bias-missing",
        "activation-missing",
    }


def _figures(value: Fraction, unit: Fraction) -> Digits:
    return (
        spelt(value, unit)
        if unit >= Fraction(1, 10**6) or value
        else Digits("0.0", Fraction(0), unit, whole=False)
    )


def _text(matrix: Written) -> str:
    return f"[{', '.join('[' + ', '.join(entry.text for entry in row) + ']' for row in matrix)}]"


def _numbers(matrix: Written) -> Matrix:
    return tuple(tuple(real(entry.value) for entry in row) for row in matrix)


def _differ(one: Matrix, other: Matrix) -> bool:
    pairs = [(a, b) for r, s in zip(one, other, strict=True) for a, b in zip(r, s, strict=True)]
    size = max(max(abs(a), abs(b)) for a, b in pairs)
    return any(abs(a - b) > size / 10**9 for a, b in pairs)
