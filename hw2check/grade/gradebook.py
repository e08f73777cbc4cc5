"""The files of a graded class: its results, the gradebook, what platforms import, the clusters, feedback."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

from hw2check.errors import HW2CheckError
from hw2check.grade.homework import LateRule
from hw2check.grade.marks import Graded, Result, from_line, to_line
from hw2check.grade.overrides import Override, overridden
from hw2check.grade.tally import Tally

RESULTS, GRADEBOOK, CLUSTERS, FEEDBACK = "results.jsonl", "gradebook.csv", "clusters.csv", "feedback"
PLATFORMS = ("canvas", "gradescope")
MAX_LINE = 4 << 20  # bytes of one result

Feedback = Callable[[Result, Fraction, Fraction], str]  # a result, its total, and the full points
Each = Callable[[Graded], None]


@dataclass(frozen=True, slots=True)
class Rules:
    """How results become points."""

    full: Mapping[str, Fraction]  # of each column, in order
    late: LateRule = field(default_factory=LateRule)
    overrides: tuple[Override, ...] = ()
    title: str = ""
    days: int | None = None  # that all of it is late, where the platform says so

    def final(self, result: Result) -> Graded:
        """The result as decided, the share lost for being late, and the total."""
        decided, days = overridden(result, self.overrides)
        days = self.days if days is None else days
        lost = self.late.share(days) if days is not None or result.late else Fraction(0)
        return Graded(decided, lost, decided.earned * (1 - lost))


class Journal:
    """Results on disk as they are ready: what an interrupted run has done is there for the next."""

    def __init__(self, folder: Path, *, resume: bool) -> None:
        """Opens or begins the journal of a folder; raises HW2CheckError where that is not possible."""
        self.path = folder / RESULTS
        self.places: dict[str, int] = {}  # id -> where its line begins
        self.digests: dict[str, str] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.stream = self.path.open("r+b" if resume and self.path.exists() else "w+b")
        except OSError as error:
            raise HW2CheckError(f"cannot write {self.path}: {error.strerror}") from None
        end = self._read() if resume else 0
        self.stream.truncate(end)

    def _read(self) -> int:
        """Takes over the whole lines of an earlier run; returns where the last of them ends."""
        at = 0
        for line in iter(lambda: self.stream.readline(MAX_LINE), b""):
            try:
                result = from_line(line.decode()) if line.endswith(b"\n") else None
            except ValueError:
                result = None
            if result is None:
                break
            self._note(result, at)
            at += len(line)
        self.stream.seek(at)
        return at

    def _note(self, result: Result, at: int) -> None:
        self.places[result.id] = at
        self.digests[result.id] = result.digest

    def has(self, own: str, digest: str) -> bool:
        """Whether this submission was graded by this homework before."""
        return self.digests.get(own) == digest

    def add(self, results: Iterable[Result]) -> None:
        """Writes results behind the others."""
        self.stream.seek(0, io.SEEK_END)
        for result in results:
            self._note(result, self.stream.tell())
            self.stream.write(to_line(result).encode() + b"\n")
        self.stream.flush()

    def results(self, wanted: Iterable[str]) -> Iterator[Result]:
        """The results of these submissions, read again."""
        for own in wanted:
            self.stream.seek(self.places[own])
            yield from_line(self.stream.readline().decode())

    def close(self) -> None:
        """Ends writing."""
        self.stream.close()


def write_books(
    journal: Journal,
    wanted: Iterable[str],
    rules: Rules,
    folder: Path,
    platforms: Iterable[str] = (),
    feedback: Feedback | None = None,
    each: Each | None = None,
) -> Tally:
    """Writes the gradebook and its companions from a full journal, sorted by submission.

    wanted  the submissions of this run; the journal may have others, of an earlier one
    each    called for each of them, in this order
    """
    tally = Tally(dict(rules.full))
    with (
        replacing(folder / RESULTS) as lines,
        replacing(folder / GRADEBOOK) as book,
        _platform_books(folder, platforms, rules) as others,
    ):
        rows = _begun(book, rules.full)
        full = sum(rules.full.values(), Fraction(0))
        for result in journal.results(sorted(wanted)):
            graded = rules.final(result)
            decided, lost, total = graded
            tally.add(decided, total)
            lines.write(to_line(result) + "\n")
            rows.writerow(_row(decided, rules.full, lost, total))
            for platform, stream in others.items():
                stream.writerow(_platform_row(platform, decided, total, full))
            if each is not None:
                each(graded)
            if feedback is not None:
                _write_feedback(folder / FEEDBACK, decided.id, feedback(decided, total, full))
        journal.close()
    with replacing(folder / CLUSTERS) as stream:
        _write_clusters(stream, tally)
    return tally


def _begun(book: IO[str], full: Mapping[str, Fraction]) -> Any:
    """The writer of the gradebook, with its head and the row of the points."""
    rows = csv.writer(book, lineterminator="\n")
    rows.writerow(["submission", "student", *map(_cell, full), "late", "total", "reason"])
    points = sum(full.values(), Fraction(0))
    rows.writerow(["points", "", *map(show, full.values()), "", show(points), ""])
    return rows


def _row(result: Result, full: Mapping[str, Fraction], lost: Fraction, total: Fraction) -> list[str]:
    earned = {mark.column: show(mark.earned) for mark in result.marks}
    cells = ["" if result.trouble else earned.get(column, "0") for column in full]
    late = f"-{show(lost * 100)}%" if lost else ("late" if result.late else "")
    reason = result.trouble or "; ".join(result.notes)
    return [_cell(result.id), _cell(result.student), *cells, _cell(late), show(total), _cell(reason)]


def _platform_head(platform: str, title: str, full: Fraction) -> list[list[str]]:
    if platform == "canvas":
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", _cell(title) or "Homework"]
        return [head, ["    Points Possible", "", "", "", "", show(full)]]
    return [["Name", "SID", "Email", "Total Score", "Max Points", "Status"]]


def _platform_row(platform: str, result: Result, total: Fraction, full: Fraction) -> list[str]:
    student, user = _cell(result.student), _cell(result.user)
    if platform == "canvas":
        return [student, user, "", "", "", show(total)]
    return [student, user, "", show(total), show(full), "Missing" if result.trouble else "Graded"]


def _write_clusters(stream: IO[str], tally: Tally) -> None:
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(["cluster", "quantity", "verdict", "submissions", "mistake", "first submission", "written"])
    for cluster in tally.largest:
        texts = map(_cell, (cluster.column, cluster.verdict))
        rows.writerow(
            [cluster.id, *texts, cluster.number, cluster.code, _cell(cluster.first), _cell(cluster.written)]
        )


def _write_feedback(folder: Path, own: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    with replacing(folder / f"{file_name(own)}.md") as stream:
        stream.write(text)


def file_name(own: str) -> str:
    """What a file about a submission may be called, unlike that about any other."""
    name = "".join(c if c.isalnum() or c in "-_. ()" else "_" for c in own)[:100].strip(". ")
    if name == own:
        return name
    return f"{name}-{blake2b(own.encode(), digest_size=4).hexdigest()}"  # others may be alike but for these


def show(points: Fraction) -> str:
    """Points as a spreadsheet reads them: exact where four decimals are enough."""
    return f"{float(points):.4f}".rstrip("0").rstrip(".")


def _cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, in one line."""
    line = " ".join(text.split())
    return f"'{line}" if line[:1] in {"=", "+", "-", "@"} else line


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A file that takes its place when all of it is written."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        beside.replace(path)
    except OSError as error:
        raise HW2CheckError(f"cannot write {path}: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _platform_books(folder: Path, platforms: Iterable[str], rules: Rules) -> Iterator[dict[str, Any]]:
    """The writers of what platforms import, with their heads."""
    full = sum(rules.full.values(), Fraction(0))
    with ExitStack() as stack:
        books = {}
        for name in platforms:
            stream = stack.enter_context(replacing(folder / f"{name}.csv"))
            books[name] = csv.writer(stream, lineterminator="\n")
            books[name].writerows(_platform_head(name, rules.title, full))
        yield books
