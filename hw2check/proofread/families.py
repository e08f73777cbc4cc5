"""Steps with an index that stands for any entry: a step for each of its values, one verdict for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hw2check.proofread.definitions import Read
from hw2check.proofread.sameness import CLOSE, DOUBTFUL, HOLDS, ROUNDED, UNKNOWN, WRONG, Outcome

MAX_FAMILY = 100  # values of the indices of one chain
_RIGHT = (HOLDS, ROUNDED, CLOSE)  # the best first


class Member(NamedTuple):
    """The chain for one value of each index."""

    bound: Mapping[str, int]
    reads: Sequence[Read]
    outcomes: Sequence[Outcome]  # one for each link


def together(members: Sequence[Member], *, is_firm: bool) -> list[Outcome]:
    """One outcome for each link.

    is_firm  whether the indices are known to run over just these values: the sizes of arrays say so. Else
             a step that holds for some of them alone may be meant for these.
    """
    links = zip(*(member.outcomes for member in members), strict=True)
    return [_together(members, outcomes, is_firm=is_firm) for outcomes in links]


def _together(members: Sequence[Member], outcomes: Sequence[Outcome], *, is_firm: bool) -> Outcome:
    wrong = [
        m for m, outcome in zip(members, outcomes, strict=True) if outcome.verdict not in {*_RIGHT, UNKNOWN}
    ]
    unknown = next((outcome for outcome in outcomes if outcome.verdict == UNKNOWN), None)
    indices = ", ".join(members[0].bound)
    if wrong and (is_firm or len(wrong) == len(members)):
        reason = next(outcome.reason for outcome in outcomes if outcome.verdict not in {*_RIGHT, UNKNOWN})
        certain = any(outcome.verdict not in {*_RIGHT, UNKNOWN, DOUBTFUL} for outcome in outcomes)
        sure = certain or is_firm
        return Outcome(
            WRONG if sure else DOUBTFUL, f"for {_spoken(wrong[0].bound)}" + (f": {reason}" if reason else "")
        )
    if wrong:
        right = [m.bound for m in members if m not in wrong]
        told = "; ".join(map(_spoken, right[:3])) + ("; ..." if len(right) > 3 else "")
        return Outcome(UNKNOWN, f"true for {told} but not for all {indices}, and no range is stated")
    if unknown is not None:
        return unknown
    return Outcome(max((o.verdict for o in outcomes), key=_RIGHT.index), f"for every {indices}")


def _spoken(bound: Mapping[str, int]) -> str:
    return ", ".join(f"{letter} = {value}" for letter, value in bound.items())
