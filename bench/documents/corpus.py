"""The list of public documents, and proofreading one of them within a time limit."""

from __future__ import annotations

import signal
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from hw2check.errors import HW2CheckError
from hw2check.problem.model import Problem
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import read_document
from hw2check.proofread.proof import Proof
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source

LIST = Path(__file__).with_name("documents.toml")
LIMIT = 30.0  # seconds a document


class Entry(NamedTuple):
    """One document; its text stands at `repository/path` of the folder that is measured."""

    repository: str
    path: str
    commit: str

    @property
    def name(self) -> str:
        return f"{self.repository}/{self.path}"


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one document."""

    entry: Entry
    proof: Proof | None
    seconds: float
    failure: str = ""  # why there is no proof


class TooSlowError(BaseException):
    """The time limit: no Exception, so that nothing on the way catches it."""


def entries(file: Path = LIST) -> list[Entry]:
    """The documents of a list; a folder of one's own may have its own `documents.toml`."""
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return [
        Entry(repository["name"], path, repository["commit"])
        for repository in table["repository"]
        for path in repository["paths"]
    ]


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises TooSlowError after some seconds, in the main thread of a POSIX system."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run(folder: Path, entry: Entry, *, with_problem: bool = False, limit: float = LIMIT) -> Run:
    """Proofreads a document; a crash is a result too.

    with_problem  with the problem file of the same name and `.toml` behind it, where there is one
    """
    file = folder / entry.name
    problem = Path(f"{file}.toml")
    problems = [read_problem(read_source(str(problem)))] if with_problem and problem.exists() else []
    return timed(entry, lambda: proof_of(file, problems), limit)


def proof_of(file: Path, problems: Sequence[Problem]) -> Proof:
    return proofread(read_document(str(file)), problems)


def timed(entry: Entry, work: Callable[[], Proof], limit: float) -> Run:
    start = time.perf_counter()
    try:
        with limited(limit):
            proof = work()
    except TooSlowError:
        return Run(entry, None, limit, f"took more than {limit:.0f} s")
    except HW2CheckError as error:
        return Run(entry, None, time.perf_counter() - start, f"cannot be read: {error}")
    except Exception as error:  # noqa: BLE001 - whatever a document brings about is to be counted
        return Run(entry, None, time.perf_counter() - start, f"crashed: {type(error).__name__}: {error}")
    return Run(entry, proof, time.perf_counter() - start)
