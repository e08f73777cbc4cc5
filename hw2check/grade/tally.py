"""What a class as a whole shows: points, verdicts and mistakes by quantity, answers that several gave."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from hw2check.grade.marks import Mark, Result

PASSING = frozenset({"correct", "close"})
MAX_TEXT = 200  # characters of an answer that a cluster shows


@dataclass(slots=True)
class Cluster:
    """One answer that several students gave to one quantity."""

    id: str
    column: str
    verdict: str
    written: str
    code: str  # of the mistake that it looks like
    first: str  # the first submission, by name, that has it
    number: int = 0


@dataclass(slots=True)
class Tally:
    """Counted over a class, one result after the other."""

    full: dict[str, Fraction]  # the points of each column
    graded: int = 0
    troubled: int = 0
    totals: Counter[Fraction] = field(default_factory=Counter)
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)  # by column
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)  # (code, column)
    clusters: dict[str, Cluster] = field(default_factory=dict)

    def add(self, result: Result, total: Fraction) -> None:
        """Counts a result; `total` is what it earns in the end."""
        if result.trouble:
            self.troubled += 1
            return
        self.graded += 1
        self.totals[total] += 1
        for mark in result.marks:
            self.verdicts.setdefault(mark.column, Counter())[mark.verdict] += 1
            if mark.verdict not in PASSING and mark.verdict != "missing":
                self._cluster(result, mark)
            if mark.codes and mark.verdict == "wrong":
                self.codes[mark.codes[0], mark.column] += 1

    def _cluster(self, result: Result, mark: Mark) -> None:
        cluster = self.clusters.get(mark.cluster)
        if cluster is None:
            code = mark.codes[0] if mark.codes else ""
            text = mark.written[:MAX_TEXT]
            cluster = Cluster(mark.cluster, mark.column, mark.verdict, text, code, result.id)
            self.clusters[mark.cluster] = cluster
        cluster.number += 1

    @property
    def largest(self) -> list[Cluster]:
        """The clusters of two answers or more, the largest first."""
        shared = (cluster for cluster in self.clusters.values() if cluster.number > 1)
        return sorted(shared, key=lambda cluster: (-cluster.number, cluster.column, cluster.id))

    def share(self, column: str, *verdicts: str) -> Fraction:
        """The part of the graded submissions in which a column has one of the verdicts."""
        counts = self.verdicts.get(column, Counter())
        return Fraction(sum(counts[verdict] for verdict in verdicts), max(self.graded, 1))
