"""Answers to a scalar graph: right ones, mistaken ones, perturbed ones, and errors carried along."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from bench.accuracy.judging import Judging
from bench.accuracy.mistakes import Mistaken, mistakes
from bench.accuracy.oracle import Tree, Value, evaluate, names, real, text
from bench.accuracy.problems import FAILED, Program, spelt
from bench.accuracy.rewriting import REWRITINGS
from bench.accuracy.rounding import Digits, allowed, digits, exact, first_place, is_rounding_of, rounded
from bench.accuracy.rounding import spelt as number_text
from bench.accuracy.tally import Tally
from hw2check.check.assessment import Assessment

SLIPS = ("truncated", "digits-swapped", "last-digit")
MOST = 10**7
FIRM = 3  # significant digits from which on a mistake must be named
CARRIED_DIGITS = (4, 8)


class Scalar:
    """One random problem, and the answers that are made to it."""

    def __init__(self, program: Program, rng: random.Random, tally: Tally) -> None:
        self.program, self.rng, self.tally = program, rng, tally
        self.judging = Judging(program.toml, gradients=True)
        self.exact = {key: exact(program.truth[key]) for key in program.asked}
        self._mistakes: dict[tuple[str, int], list[Mistaken]] = {}

    def case(self, answers: Mapping[str, str], note: str = "") -> str:
        written = "\n".join(f'"{key}" = {value}' for key, value in answers.items())
        return f"{self.program.toml}[expected]\n{written}\n{note}"

    def written(self, key: str, value: Fraction, significant: int) -> Digits:
        """With so many significant digits; of an updated parameter, of its change."""
        start = self.program.before(key)
        ties_up = self.rng.random() < 0.5
        if start is None or value == start:
            return digits(value, significant, ties_up=ties_up)
        unit = min(Fraction(10) ** (first_place(value - start) - significant + 1), Fraction(1))
        return number_text(rounded(value, unit, ties_up=ties_up), unit)

    # (a) left right

    def right_numbers(self) -> None:
        written = {}
        for key in self.program.asked:
            significant = self.rng.randint(1, 8)
            if self.program.before(key) is not None and self.rng.random() < 0.3:
                written[key] = digits(self.exact[key], significant, ties_up=self.rng.random() < 0.5)
            else:
                written[key] = self.written(key, self.exact[key], significant)
        answers = {spelt(key): number.text for key, number in written.items()}
        found = self.judging.judge(answers)
        for key, number in written.items():
            expected = allowed(number, self.exact[key], self.program.before(key))
            row = "a right, coarse" if expected == {"coarse"} else "a right"
            case = self.case(answers, f"{spelt(key)}, truth {self.program.truth[key]}")
            self.tally.verdict(row, found[spelt(key)].verdict, expected, case)

    def right_formulas(self) -> None:
        ways = list(REWRITINGS)
        for key in self.program.asked:
            for way in self.rng.sample(ways, 5):
                tree = REWRITINGS[way](self.program.formulas[key], self.program, key)
                if tree is None or (self.rng.random() < 0.3 and not self._again(tree, ways, key)):
                    continue
                answers = {spelt(key): f'"{text(self.program.printable(tree))}"'}
                if not names(tree):
                    continue
                verdict = self.judging.judge(answers)[spelt(key)]
                case = self.case(answers, f"{way}: {verdict.judgement.reason}")
                self.tally.verdict(f"a right formula, {way}", verdict.verdict, {"correct"}, case)

    def _again(self, tree: Tree, ways: list[str], key: str) -> bool:
        """A second rewriting upon the first."""
        way = self.rng.choice(ways)
        second = REWRITINGS[way](tree, self.program, key)
        if second is None or len(text(second)) > 600:
            return True
        answers = {spelt(key): f'"{text(self.program.printable(second))}"'}
        verdict = self.judging.judge(answers)[spelt(key)]
        case = self.case(answers, f"two rewritings: {verdict.judgement.reason}")
        self.tally.verdict("a right formula, two rewritings", verdict.verdict, {"correct"}, case)
        return True

    # (b) one known mistake

    def mistaken_number(self) -> None:
        key = self.rng.choice(self.program.asked)
        injected = self._injected(key)
        if injected is None:
            return
        significant = self.rng.randint(1, 8)
        value, truth, start = exact(injected.value), self.exact[key], self.program.before(key)
        number = self.written(key, value, significant)
        answers = {spelt(key): number.text}
        found = self.judging.judge(answers)[spelt(key)]
        note = f"{injected.code} in {spelt(injected.where)}; hints {_codes(found)}; truth {float(truth):.12g}"
        note += f"; {found.judgement.reason}" if found.judgement.reason else ""
        expected = allowed(number, truth, start)
        if "wrong" not in expected:
            self.tally.verdict(
                "b mistake that does not show", found.verdict, expected, self.case(answers, note)
            )
            return
        self.tally.verdict("b mistake", found.verdict, expected, self.case(answers, note))
        if expected == {"wrong"} and significant >= FIRM and found.verdict == "wrong":
            self._score(injected, found, number, key, self.case(answers, note))

    def _injected(self, key: str) -> Mistaken | None:
        usable = [m for m in self.known(key, self.rng.choice((0, 0, 0, 1))) if self._shows(key, m)]
        if not usable:
            return None
        code = self.rng.choice(sorted({m.code for m in usable}))
        return self.rng.choice([m for m in usable if m.code == code])

    def known(self, key: str, reach: int) -> list[Mistaken]:
        if (key, reach) not in self._mistakes:
            self._mistakes[key, reach] = mistakes(self.program, key, reach=reach)
        return self._mistakes[key, reach]

    def _shows(self, key: str, mistake: Mistaken) -> bool:
        value, truth = abs(mistake.value), self.program.truth[key]
        start = self.program.before(key)
        moved = start is None or abs(mistake.value - real(start)) > 1e-7
        return bool(1 / MOST < value < MOST and abs(mistake.value - truth) > abs(truth) / 10**9 and moved)

    def _score(self, injected: Mistaken, found: Assessment, number: Digits, key: str, case: str) -> None:
        codes = _codes(found)
        equal = {m.code for m in self.known(key, 1) if _same(m.value, injected.value)}
        named = "nothing"
        if injected.code in codes:
            named = "itself"
        elif equal.intersection(codes):
            named = "an equal"
        elif codes:
            named = "chance"
        for code in codes:
            if code not in equal | {injected.code} and not self._explains(code, number, key):
                named = "another"
        self.tally.hint(injected.code, named=named, case=f"{case} [{named}]")

    def _explains(self, code: str, number: Digits, key: str) -> bool:
        """Whether that mistake gives the number written, by the oracle's own values."""
        if code in SLIPS:
            return _is_slip(code, number, self.exact[key])
        return any(m.code == code and is_rounding_of(number, exact(m.value)) for m in self.known(key, 99))

    def mistaken_formula(self) -> None:
        key = self.rng.choice(self.program.asked)
        usable = [m for m in self.known(key, 0) if m.formula is not None and m.where == key]
        if not usable:
            return
        code = self.rng.choice(sorted({m.code for m in usable}))
        injected = self.rng.choice([m for m in usable if m.code == code])
        tree = injected.formula
        if tree is None or not names(tree):
            return
        answers = {spelt(key): f'"{text(self.program.printable(tree))}"'}
        found = self.judging.judge(answers)[spelt(key)]
        note = f"formula with {injected.code}; hints {_codes(found)}; {found.judgement.reason}"
        moved = self._moved(key, tree)
        if moved is None or not self._holding(key, tree):
            row = "b mistaken formula that is right"
            self.tally.verdict(
                row, found.verdict, {"correct", "wrong", "undecided"}, self.case(answers, note)
            )
            return
        self.tally.verdict(
            "b mistaken formula", found.verdict, {"wrong", "undecided"}, self.case(answers, note)
        )
        if found.verdict == "wrong":
            self._score_formula(injected, found, key, moved, self.case(answers, note))

    def _moved(self, key: str, tree: Tree) -> Program | None:
        """The problem with other numbers at which the formula is not right; None if there are none."""
        for _ in range(8):
            program = self._with_other_numbers(())
            try:
                if not _same(evaluate(tree, program.truth), program.truth[key]):
                    return program
            except FAILED:
                continue
        return None

    def _with_other_numbers(self, held: tuple[str, ...]) -> Program:
        given = {
            name: value if name in held else value * Fraction(self.rng.randint(701, 1399), 1000)
            for name, value in self.program.given.items()
        }
        return replace(self.program, given=given)

    def _holding(self, key: str, tree: Tree) -> bool:
        """Whether it is wrong with the numbers that it does not name put in, too."""
        held = tuple(name for name in self.program.given if name not in names(tree))
        for _ in range(4):
            program = self._with_other_numbers(held)
            try:
                if not _same(evaluate(tree, program.truth), program.truth[key]):
                    return True
            except FAILED:
                continue
        return False

    def _score_formula(
        self, injected: Mistaken, found: Assessment, key: str, moved: Program, case: str
    ) -> None:
        assert injected.formula is not None  # noqa: S101
        codes = _codes(found)
        value = evaluate(injected.formula, moved.truth)
        equal = {m.code for m in mistakes(moved, key, reach=1) if _same(m.value, value)}
        named = "itself" if injected.code in codes else "an equal" if equal.intersection(codes) else "nothing"
        others = set(codes) - equal - {injected.code}
        if others:
            every = {m.code for m in mistakes(moved, key, reach=99) if _same(m.value, value)}
            named = "another" if others - every else named if named != "nothing" else "chance"
        self.tally.hint(injected.code, named=named, case=f"{case} [{named}]")

    # (c) the last digits

    def perturbed(self) -> None:
        key = self.rng.choice(self.program.asked)
        number = self.written(key, self.exact[key], self.rng.randint(1, 8))
        off = self.rng.choice((1, 1, 2, 3, 5)) * self.rng.choice((1, -1))
        changed = number_text(number.value + off * number.unit, number.unit)
        answers = {spelt(key): changed.text}
        found = self.judging.judge(answers)[spelt(key)].verdict
        expected = allowed(changed, self.exact[key], self.program.before(key))
        units = "one unit" if abs(off) == 1 else "more units"
        shown = "/".join(sorted(expected))
        case = self.case(answers, f"{off:+} units, truth {float(self.exact[key]):.15g}")
        self.tally.verdict(f"c {units} off, {shown} by the rule", found, expected, case)

    # (d) an early mistake carried along

    def carried(self) -> None:
        program = self.program
        share = self.rng.choice((1.0, 1.0, 0.5))
        keys = [key for key in program.asked if self.rng.random() < share]
        roots = [key for key in keys if any(program.path(key, other) for other in keys if other != key)]
        if not roots:
            return
        root = self.rng.choice(roots)
        usable = [m for m in self.known(root, 0) if self._shows(root, m)]
        if not usable:
            return
        injected = self.rng.choice(usable)
        significant = self.rng.randint(*CARRIED_DIGITS)
        first = self.written(root, exact(injected.value), significant)
        if allowed(first, self.exact[root], program.before(root)) != {"wrong"}:
            return
        from_written = self.rng.random() < 0.5
        written = self._carried_along(root, first, keys, significant, from_written=from_written)
        if written is not None:
            how = "from rounded intermediates" if from_written else "unrounded in between"
            self._judge_carried(root, written, f"{injected.code}, {how}, {significant} digits")

    def _carried_along(
        self, root: str, first: Digits, keys: list[str], significant: int, *, from_written: bool
    ) -> dict[str, Digits] | None:
        program, written = self.program, {root: first}
        follows = {key for key in program.formulas if key != root and root in program.ancestors(key)}
        values: dict[str, Value] = {**program.start, root: real(first.value)}
        for key, tree in program.formulas.items():
            if key == root:
                continue
            try:
                values[key] = evaluate(tree, values) if key in follows else program.truth[key]
            except FAILED:
                return None
            value = exact(values[key])
            if value and not Fraction(1, MOST) < abs(value) < MOST:
                return None
            if key in keys:
                written[key] = self.written(key, value, significant)
                if from_written and key in follows:
                    values[key] = real(written[key].value)
        return {key: written[key] for key in keys}

    def _judge_carried(self, root: str, written: dict[str, Digits], note: str) -> None:
        answers = {spelt(key): number.text for key, number in written.items()}
        found = self.judging.judge(answers)
        bad = []
        sound: set[str] = set()  # right by the rule, or following from what is
        for key, number in written.items():
            verdict, expected = found[spelt(key)], {"wrong"}
            right = allowed(number, self.exact[key], self.program.before(key))
            row = "d root"
            if key != root:
                follows = root in self.program.ancestors(key)
                row = "d carried" if follows else "d beside it"
                expected = {"carried"} if right == {"wrong"} else right | ({"carried"} if follows else set())
                if self._from_rounded(key, number, written, sound):
                    expected |= {"correct"}
            if expected & {"correct", "close"}:
                sound.add(key)
            self.tally.matrix[row][verdict.verdict] += 1
            sources = tuple(source.replace("∂", "d") for source in verdict.carried_from)
            if verdict.verdict not in expected or (
                verdict.verdict == "carried" and sources != (spelt(root),)
            ):
                why = " ".join((*sources, verdict.judgement.reason))
                bad.append(
                    f"{spelt(key)} is {verdict.verdict} ({why}), {'/'.join(sorted(expected))} expected"
                )
        self.tally.roots += 1
        if bad:
            self.tally.fail("root", self.case(answers, f"root {spelt(root)} ({note}): {'; '.join(bad)}"))

    def _from_rounded(self, key: str, number: Digits, written: Mapping[str, Digits], sound: set[str]) -> bool:
        """Whether the number follows from what is written rightly for one or all of its inputs."""
        program = self.program
        right = [name for name in names(program.formulas[key]) if name in sound]
        for chosen in (right, *([name] for name in right)):
            values = {**program.truth, **{name: real(written[name].value) for name in chosen}}
            if chosen and is_rounding_of(number, exact(evaluate(program.formulas[key], values))):
                return True
        return False


def _codes(found: Assessment) -> tuple[str, ...]:
    return tuple(hint.code for hint in found.hints)


def _same(one: Value, other: Value) -> bool:
    return bool(abs(one - other) <= max(abs(one), abs(other)) / 10**20)


def _is_slip(code: str, number: Digits, truth: Fraction) -> bool:
    """Whether a slip with the digits of the truth gives the number."""
    right = rounded(truth, number.unit, ties_up=True) / number.unit
    shown, meant = str(abs(number.value / number.unit)), str(abs(right))
    if code == "truncated":
        return abs(number.value) <= abs(truth) < abs(number.value) + number.unit
    if len(shown) != len(meant) or (number.value < 0) != (truth < 0):
        return False
    if code == "last-digit":
        return shown[:-1] == meant[:-1]
    return sorted(shown) == sorted(meant) and sum(a != b for a, b in zip(shown, meant, strict=True)) == 2
