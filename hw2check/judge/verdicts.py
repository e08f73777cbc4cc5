"""Verdicts, and judgements: a verdict with its reason."""

from __future__ import annotations

from typing import NamedTuple

# From best to worst; the verdict on several parts is the worst of theirs.
VERDICTS = ("correct", "close", "coarse", "carried", "undecided", "missing", "unreadable", "wrong")


PASSING = ("correct", "close")  # leave exit code 0; `close` does not where judged strictly


class Judgement(NamedTuple):
    """A verdict and why."""

    verdict: str  # one of VERDICTS
    reason: str = ""


CORRECT = Judgement("correct")


def worst(judgements: list[Judgement]) -> Judgement:
    """The judgement with the worst verdict, the first of these."""
    return max(judgements, key=lambda judgement: VERDICTS.index(judgement.verdict))
