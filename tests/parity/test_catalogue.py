"""Each mistake of the catalogue: the same verdict and the same hint in answers and in documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.mistakes.catalogue import MISTAKES
from tests.mistakes.test_catalogue import CASES
from tests.parity.both import both


@pytest.mark.parametrize(
    ("code", "problem", "name", "written"),
    [case[:4] for case in CASES],
    ids=[f"{code}-{number}" for number, (code, *_) in enumerate(CASES)],
)
def test_a_document_gets_the_hint_of_the_answer(
    code: str, problem: str, name: str, written: str, tmp_path: Path
) -> None:
    answer, step = both(problem, name, written, tmp_path)
    assert (answer.verdict, step.verdict) == ("wrong", "wrong"), (answer, step)
    assert (answer.code, answer.hint) == (step.code, step.hint), (answer, step)


def test_none_is_missing() -> None:
    assert {code for code, *_ in CASES} == set(MISTAKES)
