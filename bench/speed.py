"""How fast hw2check is, as ratios within one run: this machine may be slow, the ratios stay.

Processor time is compared, the least of several interleaved runs, so that other load disturbs little.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PROBLEM = "fixtures/backprop.toml"
RUNS = 9
FORWARD = "import click, numpy, rich.console, rich.table"
BACKPROP = "import click, numpy, sympy, rich.console, rich.table"
FORMULA_MS = 0.3  # for one written formula, beyond start-up
FORMULAS = 400
DEEP_SECONDS = 1.0
FORWARD_RATIO = 1.3
BACKPROP_RATIO = 2.0
DIAGNOSIS_MS = 50  # for one wrong formula in a graph of NODES nodes
NODES = 500
WRONG = 100


class Bound(NamedTuple):
    """One process against the bare imports that it cannot do without."""

    name: str
    command: Sequence[str]
    baseline: str
    most: float


BOUNDS = (
    Bound("forward", ("forward", "fixtures/forward.toml"), FORWARD, 1.25),
    Bound("backprop, derivatives kept", ("backprop", "--exit-zero", PROBLEM), FORWARD, 1.5),
    Bound("backprop, nothing kept", ("backprop", "--exit-zero", "--no-cache", PROBLEM), BACKPROP, 1.25),
    Bound("--help", ("--help",), "import click", 2.0),
    Bound("--version", ("--version",), "import click", 2.0),
)


def processor_seconds(command: Sequence[str]) -> float:
    """User and system time of one process, its bytecode cached; what it derived is kept for the next."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["HW2CHECK_CACHE_DIR"] = str(Path(tempfile.gettempdir()) / "hw2check-bench")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *command], stdout=subprocess.DEVNULL, check=True, cwd=ROOT, env=environment
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start_up() -> bool:
    """Whole processes against bare imports."""
    print(f"{'process':26} {'bare imports':>13} {'hw2check':>9} {'ratio':>6} {'bound':>6}")
    good = True
    for bound in BOUNDS:
        own, bare = [], []
        for _ in range(RUNS):
            bare.append(processor_seconds(("-c", bound.baseline)))
            own.append(processor_seconds(("-m", "hw2check", *bound.command)))
        ratio = min(own) / min(bare)
        good &= ratio <= bound.most
        mark = "" if ratio <= bound.most else "  FAIL"
        print(f"{bound.name:26} {min(bare):11.3f} s {min(own):7.3f} s {ratio:6.2f} {bound.most:6.2f}{mark}")
    return good


def least(action: Callable[[], object], runs: int = 5) -> float:
    """The least wall-clock time of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def one_formula() -> bool:
    """Reading and judging one written formula of the homework."""
    from hw2check.formula.notation import parse
    from hw2check.judge.formulas import judge_formula
    from hw2check.problem.answers import vocabulary
    from hw2check.problem.reader import read_problem
    from hw2check.reading.source import read_source
    from hw2check.truth.derived import Truth

    problem = read_problem(read_source(str(ROOT / "fixtures/backprop.toml")))
    truth, known = Truth(problem, with_gradients=True), vocabulary(problem)
    text = "-dLoss/dx8*exp(x7+x6)/(exp(x5)+exp(x6)+exp(x7))^2"

    def judge() -> None:
        for _ in range(FORMULAS):
            judge_formula(parse(text, known), "dLoss/dx7", truth)

    milliseconds = least(judge) / FORMULAS * 1000
    good = milliseconds <= FORMULA_MS
    mark = "" if good else "  FAIL"
    print(f"\none written formula read and judged: {milliseconds:.3f} ms (bound {FORMULA_MS}){mark}")
    return good


def diagnosis() -> bool:
    """Judging and diagnosing wrong formulas of gradients in a large graph, beyond deriving the truth."""
    from hw2check.check.assess import assess
    from hw2check.check.memory import Memory
    from hw2check.problem.answers import read_expected, read_marking
    from hw2check.problem.reader import read_problem
    from hw2check.reading.source import read_source
    from hw2check.truth.derived import Truth

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.toml"
        file.write_text(_residual(NODES, WRONG), encoding="utf-8")
        problem = read_problem(read_source(str(file)))
    truth = Truth(problem, with_gradients=True)
    answers = {key: answer for answer in read_expected(problem) if (key := truth.key(answer.name))}
    begun = time.perf_counter()
    assessed = assess(truth, answers, read_marking(problem), Memory())
    milliseconds = (time.perf_counter() - begun) / WRONG * 1000
    wrong = sum(assessment.verdict == "wrong" for assessment in assessed.values())
    hints = sum(bool(assessment.hints) for assessment in assessed.values())
    good = milliseconds <= DIAGNOSIS_MS and wrong == WRONG
    mark = "" if good else "  FAIL"
    print(
        f"diagnosis of {wrong} wrong formulas in a graph of {NODES} nodes: "
        f"{milliseconds:.1f} ms each (bound {DIAGNOSIS_MS}), {hints} with a hint{mark}"
    )
    return good


def _residual(nodes: int, wrong: int) -> str:
    """A graph whose gradients neither vanish nor explode, with formulas that leave out a factor."""
    lines = [f'loss = "h{nodes}"', "[given]", "w = 0.5", "h0 = 0.3", "[nodes]"]
    lines += [f'h{i} = "h{i - 1} + sin(w*h{max(i - 3, 0)})/{nodes}"' for i in range(1, nodes + 1)]
    lines += ["[expected]"]
    for i in range(nodes - wrong, nodes):
        later = f" + dh{nodes}/dh{i + 3}*cos(w*h{i})/{nodes}" if i + 3 <= nodes else f" + 0.1*w*{i}"
        lines.append(f'"dh{nodes}/dh{i}" = "dh{nodes}/dh{i + 1}{later}"')
    return "\n".join(lines) + "\n"


def growth() -> bool:
    """Symbolic partials, values and gradients of chains and lattices: time by edge stays level."""
    from hw2check.problem.reader import read_problem
    from hw2check.reading.source import read_source
    from hw2check.truth.derived import Truth

    print(f"\n{'graph':8} {'nodes':>6} {'edges':>6} {'seconds':>8} {'us/edge':>8}")
    good = True
    for kind in ("chain", "lattice"):
        by_edge = {}
        for nodes in (10, 100, 1000, 10000):
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "graph.toml"
                file.write_text(_graph(kind, nodes), encoding="utf-8")
                problem = read_problem(read_source(str(file)))
            edges = sum(len(node.inputs) for node in problem.graph.nodes)

            def derive(given: object = problem) -> Truth:
                return Truth(given, with_gradients=True)  # type: ignore[arg-type]

            seconds = least(derive, 3 if nodes < 10000 else 1)
            by_edge[nodes] = seconds / edges
            print(f"{kind:8} {nodes:6} {edges:6} {seconds:8.3f} {1e6 * seconds / edges:8.1f}")
        good &= by_edge[10000] <= 3 * by_edge[100]
    print("linear" if good else "time by edge grows  FAIL")
    return good


def matrices() -> bool:
    """Backpropagation of a 300-128-4 network on a batch of 128 against NumPy by hand; 50 layers."""
    import numpy as np
    from numpy.typing import NDArray

    from hw2check.problem.model import Problem
    from hw2check.problem.reader import read_problem
    from hw2check.reading.source import read_source
    from hw2check.truth.derived import Truth
    from hw2check.truth.forward import given_values, run

    rng = np.random.default_rng(1)

    def drawn(rows: int, columns: int, by: float = 1.0) -> NDArray[np.float64]:
        return np.round(rng.normal(size=(rows, columns)) / by, 3)

    def dense(sizes: Sequence[int], batch: int, activation: str) -> Problem:
        lines = ["learning_rate = 0.1", "[given]", f"A_in = {drawn(sizes[0], batch).tolist()}"]
        for wide, high in pairwise(sizes):
            weights, bias = drawn(high, wide, wide**0.5), drawn(high, 1).reshape(-1)
            lines += ["[[layer]]", f"W = {weights.tolist()}", f"b = {bias.tolist()}"]
            lines.append(f'activation = "{activation}"')
        target = drawn(sizes[-1], batch).tolist()
        lines += ["[loss]", 'kind = "squared_error"', f"target = {target}"]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "dense.toml"
            file.write_text("\n".join(lines), encoding="utf-8")
            return read_problem(read_source(str(file)))

    deep = dense([4] * 51, 3, "tanh")
    seconds = least(lambda: Truth(deep, with_gradients=True), 3)
    problem = dense((300, 128, 4), 128, "sigmoid")
    truth, g = Truth(problem, with_gradients=True), problem.given

    def by_hand() -> object:
        a1 = 1 / (1 + np.exp(-(g["W1"] @ g["A_in"] + g["b1"])))
        a2 = 1 / (1 + np.exp(-(g["W2"] @ a1 + g["b2"])))
        loss = ((a2 - g["target"]) ** 2).sum()
        d2 = 2 * (a2 - g["target"]) * a2 * (1 - a2)
        d1 = (g["W2"].T @ d2) * a1 * (1 - a1)
        slopes = {
            "W2": d2 @ a1.T,
            "b2": d2.sum(axis=1, keepdims=True),
            "W1": d1 @ g["A_in"].T,
            "b1": d1.sum(axis=1, keepdims=True),
        }
        updated = {name: g[name] - 0.1 * slope for name, slope in slopes.items()}
        return loss, slopes, updated, g["W1"].T @ d1

    def derived() -> object:
        return run(truth.graph.nodes, given_values(problem))

    def forward_by_hand() -> object:
        a1 = 1 / (1 + np.exp(-(g["W1"] @ g["A_in"] + g["b1"])))
        a2 = 1 / (1 + np.exp(-(g["W2"] @ a1 + g["b2"])))
        return a1, a2, ((a2 - g["target"]) ** 2).sum()

    def forward() -> object:
        return run(problem.graph.nodes, given_values(problem))

    forwards = least(forward, 50) / least(forward_by_hand, 50)
    ratio = least(derived, 50) / least(by_hand, 50)
    good = seconds <= DEEP_SECONDS and forwards <= FORWARD_RATIO and ratio <= BACKPROP_RATIO
    mark = "" if good else "  FAIL"
    print(f"\n50 layers, gradients as formulas and values: {seconds:.3f} s (bound {DEEP_SECONDS})")
    print(
        f"300-128-4, batch 128: forward {forwards:.2f} of NumPy (bound {FORWARD_RATIO}), "
        f"backpropagation by the derived formulas {ratio:.2f} (bound {BACKPROP_RATIO}){mark}"
    )
    return good


def _graph(kind: str, nodes: int) -> str:
    lines = [f'loss = "h{nodes}"', "[given]", "w = 0.5", "h0 = 0.3", "[nodes]"]
    for i in range(1, nodes + 1):
        far = i - 1 if kind == "chain" else max(i - 10, 0)
        lines.append(
            f'h{i} = "tanh(w*h{i - 1})"' if kind == "chain" else f'h{i} = "tanh(w*h{i - 1}) + sin(h{far})/2"'
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Runs all measurements; 1 where a bound does not hold."""
    results = [start_up(), one_formula(), diagnosis(), growth(), matrices()]
    return 0 if all(results) else 1
