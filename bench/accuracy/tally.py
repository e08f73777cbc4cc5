"""What is counted: verdicts by kind of answer, hints by injected mistake, and the failures, to be shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

VERDICTS = ("correct", "close", "coarse", "carried", "undecided", "unreadable", "wrong")
SHOWN = 10  # failures of one kind

# Shares that must be reached.
ROOT_NAMED, CODE_NAMED, WRONG_CODE = 0.99, 0.95, 0.01


@dataclass
class Tally:
    """Counts of one run."""

    matrix: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    failed: Counter[str] = field(default_factory=Counter)
    codes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    roots: int = 0
    hinted: int = 0

    @property
    def answers(self) -> int:
        return sum(sum(row.values()) for row in self.matrix.values())

    def verdict(self, row: str, verdict: str, expected: set[str], case: str) -> bool:
        """Counts an answer; a verdict that is not expected is a failure."""
        self.matrix[row][verdict] += 1
        if verdict in expected:
            return True
        kind = "other verdict"
        if verdict == "wrong":
            kind = "false wrong"
        elif verdict in {"correct", "close", "coarse"}:
            kind = "false correct"
        self.fail(kind, f"{row}: {verdict}, not {' or '.join(sorted(expected))}\n{case}")
        return False

    def fail(self, kind: str, case: str) -> None:
        self.failed[kind] += 1
        if len(self.failures[kind]) < SHOWN:
            self.failures[kind].append(case)

    def hint(self, code: str, *, named: str, case: str) -> None:
        """named: "itself", "an equal", "another", "nothing" or "chance" (gives the same digits)."""
        self.hinted += 1
        self.codes[code][named] += 1
        if named == "another":
            self.fail("wrong code named", case)
        elif named not in {"itself", "an equal"}:
            self.fail("code not named", case)

    def figures(self) -> list[tuple[str, str, bool]]:
        """What was measured, and whether it is enough."""
        total = sum((row for row in self.codes.values()), Counter())
        hinted = max(self.hinted, 1)
        named = (total["itself"] + total["an equal"]) / hinted
        roots = 1 - self.failed["root"] / max(self.roots, 1)
        return [
            ("false wrong", str(self.failed["false wrong"]), not self.failed["false wrong"]),
            ("false correct or close", str(self.failed["false correct"]), not self.failed["false correct"]),
            ("crashes", str(self.failed["crash"]), not self.failed["crash"]),
            (
                "other verdicts not expected",
                str(self.failed["other verdict"]),
                not self.failed["other verdict"],
            ),
            (f"root named, all carried ({self.roots} submissions)", f"{roots:.2%}", roots >= ROOT_NAMED),
            (
                f"mistake named ({self.hinted} injected, {total['itself'] / hinted:.2%} by its own code)",
                f"{named:.2%}",
                named >= CODE_NAMED,
            ),
            (
                "wrong mistake named",
                f"{total['another'] / hinted:.2%}",
                total["another"] / hinted <= WRONG_CODE,
            ),
            ("codes injected", str(len(self.codes)), len(self.codes) >= min(25, self.hinted)),
        ]

    def table(self) -> str:
        """The confusion matrix."""
        used = [verdict for verdict in VERDICTS if any(row[verdict] for row in self.matrix.values())]
        width = max(map(len, self.matrix), default=0)
        lines = [f"{'':{width}}" + "".join(f"{verdict:>11}" for verdict in used)]
        for row, counts in sorted(self.matrix.items()):
            lines.append(f"{row:{width}}" + "".join(f"{counts[verdict]:>11}" for verdict in used))
        return "\n".join(lines)

    def by_code(self) -> str:
        """How often each injected mistake was named."""
        kinds = ("itself", "an equal", "chance", "nothing", "another")
        width = max(map(len, self.codes), default=0)
        lines = [f"{'':{width}}" + "".join(f"{kind:>10}" for kind in kinds)]
        for code, counts in sorted(self.codes.items()):
            lines.append(f"{code:{width}}" + "".join(f"{counts[kind]:>10}" for kind in kinds))
        return "\n".join(lines)
