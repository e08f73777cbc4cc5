"""The run: random problems, answers of every kind to each, until enough are judged."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from bench.accuracy.dense import random_dense
from bench.accuracy.judging import Crash, Judging
from bench.accuracy.network import Network
from bench.accuracy.problems import random_program
from bench.accuracy.scalar import Scalar
from bench.accuracy.tally import Tally

HOMEWORK = Path(__file__).resolve().parents[2] / "fixtures" / "backprop.toml"
NETWORKS = 0.35  # share of problems that are dense networks


def measure(answers: int, seed: int) -> Tally:
    """At least so many answers judged."""
    tally, number = Tally(), 0
    while tally.answers < answers:
        rng = random.Random(f"{seed}/{number}")
        if rng.random() < NETWORKS:
            _network(rng, tally)
        else:
            _scalar(rng, tally)
        number += 1
    return tally


def _scalar(rng: random.Random, tally: Tally) -> None:
    made = Scalar(random_program(rng), rng, tally)
    kinds = [made.right_numbers] * 2 + [made.right_formulas] + [made.mistaken_number] * 45
    kinds += [made.mistaken_formula] * 10 + [made.perturbed] * 40 + [made.carried] * 4
    _each(kinds, made.judging, tally)


def _network(rng: random.Random, tally: Tally) -> None:
    made = Network(random_dense(rng), rng, tally)
    kinds = [made.right] * 3 + [made.mistaken] * 25 + [made.perturbed] * 15 + [made.carried] * 5
    _each(kinds, made.judging, tally)


def _each(kinds: list[Callable[[], None]], judging: Judging, tally: Tally) -> None:
    for kind in kinds:
        try:
            kind()
        except Crash as crash:
            tally.fail("crash", str(crash))
    judging.close()


def speed(times: int = 20) -> tuple[float, float]:
    """Seconds to judge the homework's answers, all right but what the fixture has, and to diagnose one."""
    from hw2check.check.assess import assess
    from hw2check.check.memory import Memory
    from hw2check.mistakes.diagnose import diagnose_value
    from hw2check.mistakes.search import Search
    from hw2check.problem.answers import read_expected, read_marking
    from hw2check.problem.reader import read_problem
    from hw2check.reading.source import read_source
    from hw2check.truth.derived import Truth

    problem = read_problem(read_source(str(HOMEWORK)))
    truth = Truth(problem, with_gradients=True)
    answers = {key: answer for answer in read_expected(problem) if (key := truth.key(answer.name))}
    wrong = answers["dLoss/dd"].value
    if wrong is None:
        raise LookupError("dLoss/dd")
    judging, diagnosing = [], []
    for _ in range(times + 1):
        begun = time.perf_counter()
        assess(truth, answers, read_marking(problem), Memory())
        between = time.perf_counter()
        diagnose_value(wrong, "dLoss/dd", truth, {}, Search())
        judging.append(between - begun)
        diagnosing.append(time.perf_counter() - between)
    return min(judging[1:]), min(diagnosing[1:])  # the least disturbed by what else runs
