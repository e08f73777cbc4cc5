"""A class graded on this process, on several, or on any executor: chunks within a window, and nothing lost.

What is handed out is bounded, so that a class of any size takes the memory of a small one. Where a process
dies, the chunks that it had are graded again one submission at a time; the one that ends it gets a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple

from hw2check.grade.grading import Limits, graded_chunk
from hw2check.grade.homework import Homework
from hw2check.grade.marks import Result
from hw2check.grade.submissions import Submission

CHUNK = 32  # submissions that a process is given at once
WINDOW = 4  # chunks handed out for each process
MAX_POOLS = 100  # times that a pool is made anew after one broke

Work = tuple[Submission, str]  # and its digest
Pool = Callable[[], Executor]


class Plan(NamedTuple):
    """On what a class is graded."""

    jobs: int = 1
    pool: Pool | None = None  # None: this process for one job, else processes of this machine


def processes(jobs: int) -> Executor:
    """A pool of processes that share nothing with this one."""
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def grade_all(work: Iterable[Work], homework: Homework, limits: Limits, plan: Plan) -> Iterator[list[Result]]:
    """The results in the order in which they are ready, some at a time."""
    chunks = _chunks(work)
    if plan.pool is None and plan.jobs == 1:
        for chunk in chunks:
            yield graded_chunk(homework, limits, chunk)
        return
    yield from _Run(homework, limits, plan).results(chunks)


def _chunks(work: Iterable[Work]) -> Iterator[list[Work]]:
    source = iter(work)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


class _Run:
    """The chunks that are out, and the pool that has them."""

    def __init__(self, homework: Homework, limits: Limits, plan: Plan) -> None:
        self.homework = homework
        self.limits = limits
        self.make: Pool = plan.pool or partial(processes, plan.jobs)
        self.window = max(2, WINDOW * plan.jobs)
        self.pool = self.make()
        self.pools = 1
        self.out: dict[Future[list[Result]], list[Work]] = {}

    def results(self, chunks: Iterator[list[Work]]) -> Iterator[list[Result]]:
        try:
            while True:
                for chunk in islice(chunks, self.window - len(self.out)):
                    self.hand_out(chunk)
                if not self.out:
                    return
                done, _ = wait(self.out, return_when=FIRST_COMPLETED)
                lost: list[Work] = []
                for future in done:
                    chunk = self.out.pop(future)
                    if future.cancelled() or future.exception() is not None:
                        lost += chunk
                    else:
                        yield future.result()
                if lost:
                    yield from self.one_by_one(lost)
        finally:
            self.end()

    def end(self) -> None:
        """Lets go of the pool; not every executor can cancel by itself."""
        for future in self.out:
            future.cancel()
        self.pool.shutdown(wait=False)

    def hand_out(self, chunk: list[Work]) -> None:
        try:
            future = self.pool.submit(graded_chunk, self.homework, self.limits, chunk)
        except RuntimeError:  # the pool is broken, though nothing of ours was in it
            self.renew()
            future = self.pool.submit(graded_chunk, self.homework, self.limits, chunk)
        self.out[future] = chunk

    def renew(self) -> None:
        self.pools += 1
        if self.pools > MAX_POOLS:
            raise RuntimeError(f"{MAX_POOLS} pools of processes broke")
        self.end()
        self.pool = self.make()

    def one_by_one(self, lost: list[Work]) -> Iterator[list[Result]]:
        """Grades again what a pool has lost, nothing beside it."""
        lost += [item for chunk in self.out.values() for item in chunk]
        self.renew()
        self.out.clear()
        for submission, digest in lost:
            try:
                yield self.pool.submit(
                    graded_chunk, self.homework, self.limits, [(submission, digest)]
                ).result()
            except Exception as error:  # noqa: BLE001  whatever an executor raises for a process that died
                self.renew()
                yield [_fatal(submission, digest, error)]


def _fatal(submission: Submission, digest: str, error: Exception) -> Result:
    reason = f"grading it ended the process: {type(error).__name__}"
    return Result(submission.id, submission.student, submission.user, submission.late, digest, trouble=reason)
