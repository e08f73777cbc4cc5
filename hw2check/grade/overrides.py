"""A marker's own decisions, kept in a file and applied in every run: by submission, quantity or cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from hw2check.errors import HW2CheckError
from hw2check.grade.marks import Mark, Result
from hw2check.reading.source import Path, Source
from hw2check.reading.written import check_keys, read_number

KEYS = ("submission", "quantity", "cluster", "points", "share", "late_days", "comment")


@dataclass(frozen=True, slots=True)
class Override:
    """What is decided, and for which answers: those that fit all that is named."""

    submission: str = ""
    quantity: str = ""
    cluster: str = ""
    points: Fraction | None = None
    share: Fraction | None = None  # of the full points
    late_days: int | None = None
    comment: str = ""

    def fits(self, result: Result, mark: Mark) -> bool:
        """Whether it is about this answer."""
        return (
            self.submission in {"", result.id}
            and self.quantity in {"", mark.column}
            and self.cluster in {"", mark.cluster}
        )


def read_overrides(source: Source, columns: Iterable[str]) -> tuple[Override, ...]:
    """The decisions in a file; raises HW2CheckError where one of them cannot be meant."""
    check_keys(source, source.data, ("override", "$schema"))
    tables = source.data.get("override", [])
    if not isinstance(tables, list):
        raise HW2CheckError("override is a list of tables", source.place(("override",)), "write [[override]]")
    known = tuple(columns)
    return tuple(_override(source, ("override", n), table, known) for n, table in enumerate(tables))


def _override(source: Source, path: Path, table: object, columns: tuple[str, ...]) -> Override:
    if not isinstance(table, dict):
        raise HW2CheckError("an override is a table", source.place(path), "write [[override]]")
    check_keys(source, table, KEYS, path)
    texts = {key: _text(source, path, table, key) for key in ("submission", "quantity", "cluster", "comment")}
    if not (texts["submission"] or texts["quantity"] or texts["cluster"]):
        raise HW2CheckError(
            "the override says for nothing that it counts",
            source.place(path),
            "name a submission or a cluster",
        )
    if texts["quantity"] and texts["quantity"] not in columns:
        raise HW2CheckError(
            f"there is no column {texts['quantity']}",
            source.value_place((*path, "quantity")),
            f"the columns are {', '.join(columns)}",
        )
    numbers = {key: read_number(source, (*path, key), table[key]).value for key in _NUMBERS if key in table}
    for key, value in numbers.items():
        if value < 0 or (key == "late_days" and value.denominator != 1):
            raise HW2CheckError(f"{key} cannot be {value}", source.value_place((*path, key)))
    days = numbers.pop("late_days", None)
    if not numbers and days is None:
        raise HW2CheckError("the override decides nothing", source.place(path), "points = 1, or share = 0.5")
    return Override(
        texts["submission"],
        texts["quantity"],
        texts["cluster"],
        numbers.get("points"),
        numbers.get("share"),
        None if days is None else int(days),
        texts["comment"],
    )


_NUMBERS = ("points", "share", "late_days")


def _text(source: Source, path: Path, table: dict[str, Any], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise HW2CheckError(f"{key} is text in quotes", source.value_place((*path, key)))
    return value


def overridden(result: Result, overrides: Iterable[Override]) -> tuple[Result, int | None]:
    """The result with what was decided, the last decision counting; and the days late, where decided."""
    marks, days = list(result.marks), None
    for override in overrides:
        if override.late_days is not None and override.submission == result.id:
            days = override.late_days
        if override.points is None and override.share is None:
            continue
        for index, mark in enumerate(marks):
            if override.fits(result, mark):
                share = override.share if override.share is not None else Fraction(0)
                earned = override.points if override.points is not None else mark.full * share
                marks[index] = replace(mark, earned=earned, reason=override.comment or "decided by a marker")
    return replace(result, marks=tuple(marks)), days
