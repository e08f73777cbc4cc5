"""Randomly damaged documents: no crash, none slower than a second, and nothing true that is not.

python -m bench.fuzz COUNT DOCUMENT PROBLEM...   (10,000 is the full run)
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mpmath

from bench.hostile import damaged
from hw2check.formula.notation import NotationError
from hw2check.formula.tree import (
    Add,
    Call,
    Constant,
    Div,
    Expression,
    Mul,
    Neg,
    Number,
    Pow,
    is_closed,
)
from hw2check.latex.grammar import parse_latex
from hw2check.latex.scope import Reading, Scope, UnclearError
from hw2check.problem.model import Problem
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proof import Link
from hw2check.proofread.proofreading import proofread
from hw2check.proofread.steps import Side
from hw2check.proofread.world import World
from hw2check.reading.files import KINDS
from hw2check.reading.source import read_source

SECONDS = 1.0  # processor time that one document may take
DIGITS = 60
_CALLS = {"exp": mpmath.exp, "log": mpmath.log, "sqrt": mpmath.sqrt, "abs": abs}


def exact(expression: Expression) -> Any:
    """The value of a closed scalar to DIGITS digits; None for what this small evaluator does not know."""
    match expression:
        case Number(numeral):
            return mpmath.mpf(numeral.value.numerator) / numeral.value.denominator
        case Constant():
            return +mpmath.pi
        case Neg(operand):
            inner = exact(operand)
            return None if inner is None else -inner
        case Add(parts) | Mul(parts):
            values = [exact(part) for part in parts]
            if any(value is None for value in values):
                return None
            return mpmath.fsum(values) if isinstance(expression, Add) else mpmath.fprod(values)
        case Div(left, right) | Pow(left, right):
            a, b = exact(left), exact(right)
            if a is None or b is None or abs(b) > 10**6:
                return None
            try:
                return a / b if isinstance(expression, Div) else mpmath.power(a, b)
            except ZeroDivisionError:
                return mpmath.inf
        case Call(name, (argument,)) if name in _CALLS:
            value = exact(argument)
            return None if value is None or abs(value) > 10**6 else _CALLS[name](value)
    return None


def is_false(link: Link) -> bool:
    """Whether a link between numbers is said to hold though 60 digits tell otherwise."""
    if link.verdict != "holds" or link.reason:
        return False
    values = [_closed_value(side) for side in (link.left, link.right)]
    if any(value is None for value in values):
        return False
    left, right = values
    if not (mpmath.isfinite(left) and mpmath.isfinite(right)):
        return True
    return bool(abs(left - right) > mpmath.mpf(10) ** -9 * max(abs(left), abs(right)))


def _closed_value(side: Side) -> Any:
    reading = Reading()
    try:
        tree = parse_latex(list(side.tokens), Scope(World(())), reading)
    except (NotationError, UnclearError, ValueError):
        return None
    return exact(tree) if is_closed(tree) and not reading.choices else None  # else it may mean another


def run(text: str, problems: Sequence[Problem], kind: str, count: int, seed: int = 0) -> list[str]:
    """What went wrong with `count` damaged copies, a line each."""
    faults: list[str] = []
    told: Counter[str] = Counter()
    slowest = 0.0
    mpmath.mp.dps = DIGITS
    for number in range(seed, seed + count):
        rng = random.Random(number)
        copy = damaged(text, rng)
        start = time.process_time()
        try:
            proof = proofread(scan(copy, "document", rng.choice((kind, kind, "latex"))), problems)
        except Exception:  # noqa: BLE001 - whatever it is, it is what the fuzz looks for
            faults.append(f"seed {number}: crash\n{traceback.format_exc(limit=-3)}")
            continue
        seconds = time.process_time() - start
        slowest = max(slowest, seconds)
        if seconds > SECONDS:
            faults.append(f"seed {number}: {seconds:.2f} s")
        told.update(link.verdict for link in proof.links)
        faults += [
            f"seed {number}: {link.right.place} holds: {link.left.text} = {link.right.text}"
            for link in proof.links
            if is_false(link)
        ]
    print(f"{count} damaged copies, slowest {slowest:.2f} s: {dict(told)}", flush=True)
    return faults


def main() -> int:
    """Runs the fuzz; 1 where something was found."""
    count, document, *files = sys.argv[1:]
    text = Path(document).read_text(encoding="utf-8")
    problems = [read_problem(read_source(file)) for file in files]
    faults = run(text, problems, KINDS.get(Path(document).suffix, "markdown"), int(count))
    print("\n".join(faults) or "nothing found")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
