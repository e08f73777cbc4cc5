"""python -m bench.accuracy [--answers N] [--seed S] [--verbose]"""

from __future__ import annotations

import argparse
import sys
import time

from bench.accuracy.measure import measure, speed

JUDGING, DIAGNOSING = 0.010, 0.050  # seconds allowed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description="how true the verdicts are")
    parser.add_argument("--answers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="show which mistakes are named, one by one")
    chosen = parser.parse_args()
    begun = time.perf_counter()
    tally = measure(chosen.answers, chosen.seed)
    taken = time.perf_counter() - begun
    print(f"{tally.answers} answers, seed {chosen.seed}, {taken:.0f} s\n\n{tally.table()}\n")
    if chosen.verbose:
        print(f"{tally.by_code()}\n")
    figures = tally.figures()
    judging, diagnosing = speed()
    figures.append(("judging the homework", f"{judging * 1000:.1f} ms", judging <= JUDGING))
    figures.append(("diagnosing one answer", f"{diagnosing * 1000:.1f} ms", diagnosing <= DIAGNOSING))
    for what, measured, enough in figures:
        print(f"{'pass' if enough else 'FAIL'}  {measured:>8}  {what}")
    for kind, cases in tally.failures.items():
        print(f"\n{kind}: {tally.failed[kind]}, the first {len(cases)}")
        for case in cases:
            print(f"---\n{case}")
    return 0 if all(enough for _, _, enough in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
