"""What was found out about one submission, as plain values that become a line of JSON and are read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from typing import Any, NamedTuple

EARNED_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Mark:
    """One answer."""

    column: str  # the quantity; with several problems the problem's name before it
    verdict: str
    earned: Fraction
    full: Fraction
    written: str = ""  # as the student wrote it
    reason: str = ""
    codes: tuple[str, ...] = ()  # of the mistakes that it looks like, the likeliest first
    hint: str = ""  # what the likeliest one says
    follows: tuple[str, ...] = ()  # the wrong answers that it is carried from
    place: str = ""  # file:line

    @property
    def cluster(self) -> str:
        """The same for the same answer to the same quantity, whoever wrote it."""
        text = f"{self.column}\0{self.verdict}\0{' '.join(self.written.split())}"
        return blake2b(text.encode(), digest_size=5).hexdigest()


@dataclass(frozen=True, slots=True)
class Result:
    """One submission, graded, or why it could not be."""

    id: str
    student: str
    user: str
    late: bool
    digest: str  # of the homework and the submission
    marks: tuple[Mark, ...] = ()
    trouble: str = ""
    notes: tuple[str, ...] = ()  # what was passed over, and why

    @property
    def earned(self) -> Fraction:
        """Points, before anything is lost for being late."""
        return sum((mark.earned for mark in self.marks), EARNED_NOTHING)


class Graded(NamedTuple):
    """A result after a marker's decisions, and what it earns."""

    result: Result
    lost: Fraction  # the share that is lost for being late
    total: Fraction  # points, in the end


def to_line(result: Result) -> str:
    """A line of JSON."""
    return json.dumps(result_as_json(result), ensure_ascii=False, allow_nan=False)


def result_as_json(result: Result) -> dict[str, Any]:
    """Keys in a fixed order, points as exact text."""
    return {
        "id": result.id,
        "student": result.student,
        "user": result.user,
        "late": result.late,
        "digest": result.digest,
        "trouble": result.trouble,
        "notes": list(result.notes),
        "points": str(result.earned),
        "marks": [_mark_as_json(mark) for mark in result.marks],
    }


def _mark_as_json(mark: Mark) -> dict[str, Any]:
    data: dict[str, Any] = {
        "quantity": mark.column,
        "verdict": mark.verdict,
        "points": str(mark.earned),
        "of": str(mark.full),
        "written": mark.written,
    }
    if mark.reason:
        data["reason"] = mark.reason
    if mark.codes:
        data |= {"codes": list(mark.codes), "hint": mark.hint}
    if mark.follows:
        data["follows"] = list(mark.follows)
    if mark.place:
        data["place"] = mark.place
    return data


def from_line(line: str) -> Result:
    """Raises ValueError for what `to_line` has not written, a line that is cut short included."""
    try:
        data = json.loads(line)
        return Result(
            data["id"],
            data["student"],
            data["user"],
            data["late"],
            data["digest"],
            tuple(_mark(mark) for mark in data["marks"]),
            data["trouble"],
            tuple(data["notes"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a result: {error}") from None


def _mark(data: Mapping[str, Any]) -> Mark:
    return Mark(
        data["quantity"],
        data["verdict"],
        Fraction(data["points"]),
        Fraction(data["of"]),
        data["written"],
        data.get("reason", ""),
        tuple(data.get("codes", ())),
        data.get("hint", ""),
        tuple(data.get("follows", ())),
        data.get("place", ""),
    )
