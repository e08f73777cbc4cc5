"""What a class is graded by: one problem, several, or a homework file that lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path
from typing import Any

from hw2check.errors import HW2CheckError
from hw2check.reading.source import Path as Keys
from hw2check.reading.source import Source, read_source
from hw2check.reading.written import check_keys, read_number, read_table

HOMEWORK_KEYS = ("title", "description", "problem", "late", "$schema")
PROBLEM_KEYS = ("name", "file", "points")
LATE_KEYS = ("per_day", "most", "flat")


@dataclass(frozen=True, slots=True)
class Task:
    """One problem of a homework."""

    name: str  # as columns and files of submissions name it
    file: str
    text: str  # the problem file's content
    points: Fraction | None = None  # what its own points are scaled to; None: as they are


@dataclass(frozen=True, slots=True)
class LateRule:
    """What being late costs, as a share of the points earned."""

    per_day: Fraction = Fraction(0)  # for each day
    most: Fraction = Fraction(1)
    flat: Fraction | None = None  # where it is only known that something is late; None: as one day

    def share(self, days: int | None) -> Fraction:
        """The share that is lost by so many days; None where it is only known that there are some."""
        lost = self.per_day * (1 if days is None else days)
        return min(self.flat if days is None and self.flat is not None else lost, self.most)


@dataclass(frozen=True, slots=True)
class Homework:
    """The problems that each submission of a class answers."""

    title: str
    tasks: tuple[Task, ...]
    late: LateRule = LateRule()

    @property
    def digest(self) -> str:
        """The same for the same problems: what was graded by other ones is graded again."""
        parts = (f"{task.name}\0{task.points}\0{task.text}" for task in self.tasks)
        return blake2b("\1".join(parts).encode(), digest_size=12).hexdigest()


def is_homework(source: Source) -> bool:
    """Whether a file lists problems instead of being one."""
    return isinstance(source.data.get("problem"), list)


def read_homework(sources: Sequence[Source]) -> Homework:
    """The homework in one homework file, or in one or several problem files.

    Raises HW2CheckError where a homework file cannot be read, or two problems have one name.
    """
    if len(sources) == 1 and is_homework(sources[0]):
        return _listed(sources[0])
    for source in sources:
        if is_homework(source):
            raise HW2CheckError(
                "a homework file stands alone", source.place(("problem",)), "list the other problems in it"
            )
    titles = [str(source.data.get("title", "")) for source in sources]
    title = titles[0] if len(titles) == 1 else ""
    return Homework(title, _distinct([Task(Path(s.file).stem, s.file, s.text) for s in sources]))


def _distinct(tasks: list[Task], source: Source | None = None) -> tuple[Task, ...]:
    for number, task in enumerate(tasks):
        if any(task.name == other.name for other in tasks[:number]):
            place = source.place(("problem", number)) if source else None
            raise HW2CheckError(
                f"two problems are called {task.name}",
                place,
                "list them in a homework file, with a name each",
            )
    return tuple(tasks)


def _listed(source: Source) -> Homework:
    check_keys(source, source.data, HOMEWORK_KEYS)
    tables = source.data["problem"]
    if not tables:
        raise HW2CheckError(
            "the homework has no problems", source.place(("problem",)), '[[problem]] with file = "1.toml"'
        )
    tasks = [_task(source, ("problem", number), table) for number, table in enumerate(tables)]
    return Homework(str(source.data.get("title", "")), _distinct(tasks, source), _late(source))


def _task(source: Source, path: Keys, table: object) -> Task:
    if not isinstance(table, dict) or not isinstance(table.get("file"), str):
        raise HW2CheckError("a problem of a homework has a file", source.place(path), 'file = "1.toml"')
    check_keys(source, table, PROBLEM_KEYS, path)
    file = str(source.folder / table["file"])
    points = None
    if "points" in table:
        points = read_number(source, (*path, "points"), table["points"]).value
        if points < 0:
            raise HW2CheckError("points cannot be negative", source.value_place((*path, "points")))
    name = table.get("name", Path(file).stem)
    if not isinstance(name, str) or not name.strip():
        raise HW2CheckError("the name of a problem is text in quotes", source.value_place((*path, "name")))
    return Task(name, file, read_source(file).text, points)


def _late(source: Source) -> LateRule:
    table = read_table(source, source.data, "late")
    check_keys(source, table, LATE_KEYS, ("late",))
    shares = {key: _share(source, key, table) for key in ("per_day", "most", "flat") if key in table}
    return LateRule(**shares)


def _share(source: Source, key: str, table: Mapping[str, Any]) -> Fraction:
    share = read_number(source, ("late", key), table[key]).value
    if not 0 <= share <= 1:
        raise HW2CheckError(f"{key} is a share of the points, 0 to 1", source.value_place(("late", key)))
    return share
