"""python -m bench.traps [--answers N] [--seed S] [--kind NAME]"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from bench.accuracy.judging import Crash, Judging
from bench.traps.case import Case
from bench.traps.formulas import circles, domains, kinks, saturated
from bench.traps.networks import networks
from bench.traps.numbers import empty_work, laundering, many_digits, tiny, tolerances, whole_numbers
from bench.traps.optimisers import optimisers
from bench.traps.students import students

MAKERS: tuple[Callable[[random.Random], Iterator[Case]], ...] = (
    saturated,
    domains,
    kinks,
    circles,
    whole_numbers,
    many_digits,
    tiny,
    tolerances,
    empty_work,
    laundering,
    students,
    networks,
    optimisers,
)
PASSING = {"correct", "close", "carried"}
SHOWN = 5


class Count:
    """Verdicts by kind, and the cases that are judged falsely."""

    def __init__(self) -> None:
        self.answers = 0
        self.verdicts: dict[str, Counter[str]] = defaultdict(Counter)
        self.false: dict[str, list[str]] = defaultdict(list)

    def judge(self, case: Case, judging: Judging) -> None:
        try:
            found = judging.judge(case.answers)
        except Crash as crash:
            self.false["crash"].append(str(crash))
            return
        for name, right in case.right.items():
            verdict = found[name].verdict
            self.answers += 1
            self.verdicts[case.kind][verdict] += 1
            reason, due = found[name].judgement.reason, "/".join(sorted(right))
            said = f"{case.text}# {case.kind}: {name} is {verdict} ({reason}), right: {due}"
            if verdict not in right:
                self.false[_fault(verdict, right)].append(said)
            roots = case.roots.get(name)
            if roots is not None and verdict == "carried" and set(found[name].carried_from) != set(roots):
                self.false["wrong root"].append(f"{said} from {found[name].carried_from}")


def _fault(verdict: str, right: frozenset[str]) -> str:
    if verdict in PASSING and not right & PASSING:
        return "false correct"
    if verdict in {"wrong", "coarse"} and right & PASSING:
        return "false wrong"
    return "another verdict"


def run(
    answers: int, seed: int, makers: tuple[Callable[[random.Random], Iterator[Case]], ...] = MAKERS
) -> Count:
    """At least so many answers judged."""
    count, number = Count(), 0
    while count.answers < answers:
        rng = random.Random(f"{seed}/{number}")
        maker = makers[number % len(makers)]
        number += 1
        known: dict[str, Judging] = {}
        for case in maker(rng):
            if case.toml not in known:
                known[case.toml] = Judging(case.toml, gradients=True)
            count.judge(case, known[case.toml])
        for judging in known.values():
            judging.close()
    return count


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.traps", description="verdicts where they are easily false"
    )
    parser.add_argument("--answers", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=None, help="another one each time, if left out")
    parser.add_argument("--kind", default="", help="only the makers whose name contains this")
    chosen = parser.parse_args()
    seed = secrets.randbelow(10**9) if chosen.seed is None else chosen.seed
    print(f"seed {seed}", flush=True)
    makers = tuple(maker for maker in MAKERS if chosen.kind in maker.__name__)
    begun = time.perf_counter()
    count = run(chosen.answers, seed, makers)
    print(f"{count.answers} answers, {time.perf_counter() - begun:.0f} s\n")
    for kind, verdicts in sorted(count.verdicts.items()):
        print(f"{kind:22}" + "".join(f"{verdict} {number}  " for verdict, number in sorted(verdicts.items())))
    for fault, cases in count.false.items():
        print(f"\n{fault}: {len(cases)}, the first {min(SHOWN, len(cases))}")
        print("\n---\n".join(cases[:SHOWN]))
    return 1 if count.false else 0


if __name__ == "__main__":
    sys.exit(main())
