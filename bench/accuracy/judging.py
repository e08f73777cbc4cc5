"""hw2check at work: one problem read from a file and derived once, then many submissions judged."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path

from hw2check.check.assess import assess
from hw2check.check.assessment import Assessment
from hw2check.check.memory import Memory
from hw2check.problem.answers import read_marking, read_submission
from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth


class Crash(Exception):  # noqa: N818
    """hw2check failed to judge: the problem, the answers, and what was raised."""


def _last(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} in {Path(frame.filename).name}:{frame.lineno}"


class Judging:
    """One problem; submissions are given as the text of their values, and judged one at a time."""

    def __init__(self, toml: str, *, gradients: bool) -> None:
        self.toml = toml
        self._folder = tempfile.TemporaryDirectory(prefix="accuracy")
        self._problem = Path(self._folder.name) / "problem.toml"
        self._submission = Path(self._folder.name) / "submission.toml"
        self._problem.write_text(toml, encoding="utf-8")
        problem = read_problem(read_source(str(self._problem)))
        self.truth = Truth(problem, with_gradients=gradients, needs_loss=problem.loss is not None)
        self.marking = read_marking(problem)

    def close(self) -> None:
        self._folder.cleanup()

    def judge(self, answers: Mapping[str, str]) -> dict[str, Assessment]:
        """The assessment of each answer, by the name it was given under."""
        lines = ["[answers]", *(f'"{key}" = {value}' for key, value in answers.items())]
        self._submission.write_text("\n".join(lines) + "\n", encoding="utf-8")
        read = read_submission(self.truth.problem, read_source(str(self._submission)))
        keys = {answer.name: self.truth.key(answer.name) for answer in read}
        by_key = {key: answer for answer in read if (key := keys[answer.name])}
        try:
            assessed = assess(self.truth, by_key, self.marking, Memory())
        except Exception as error:
            raise Crash(f"{self.toml}" + "\n".join(lines) + "\n" + _last(error)) from error
        by_name = {name: assessed[key] for name, key in keys.items() if key in assessed}
        missing = [key for key in answers if key not in by_name]
        if missing:
            raise LookupError(f"no verdict on {missing}")
        return by_name
