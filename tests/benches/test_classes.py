"""Made-up classes: the gradebook is what is true of them, and the same bytes after a kill -9."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from bench.classes.__main__ import differences, grade, killed_and_resumed
from bench.classes.documents import write_documents
from bench.classes.made_up import MISTAKES, Student, student, write_class
from bench.classes.usual_route import seconds_a_submission


@pytest.mark.long
def test_the_gradebook_is_what_is_true_of_the_class(tmp_path: Path) -> None:
    truth = write_class(tmp_path, 120, 7, 0.6)
    grade(tmp_path, "once")
    assert differences(tmp_path, "once", truth) == []
    killed_and_resumed(tmp_path, "again")
    books = {(tmp_path / out / "gradebook.csv").read_bytes() for out in ("once", "again")}
    assert len(books) == 1


def test_what_is_not_true_is_seen(tmp_path: Path) -> None:
    truth = write_class(tmp_path, 5, 7, 0.0)
    grade(tmp_path, "out")
    truth[2].verdicts["dLoss/da"] = "wrong"
    truth[3].broken = True
    assert len(differences(tmp_path, "out", truth)) == 3


@pytest.mark.long
@pytest.mark.parametrize("make", MISTAKES)
def test_every_mistake_is_found(tmp_path: Path, make: object) -> None:
    made = [student(number, 3, 0.0) for number in range(4)]
    for one in made:
        assert callable(make)
        make(one)
    (tmp_path / "class").mkdir()
    write_class(tmp_path, 0, 0, 0.0)
    for one in made:
        (tmp_path / "class" / f"{one.name}.toml").write_text(one.text(), encoding="utf-8")
    grade(tmp_path, "out")
    assert differences(tmp_path, "out", made) == []


def test_numbers_are_in_digits_of_the_student_s_own() -> None:
    texts = {Student("s", Random(seed)).number(0.0020032447121523) for seed in range(60)}
    assert len(texts) > 8
    assert all(abs(float(text) / 0.0020032447121523 - 1) < 5e-3 for text in texts)


@pytest.mark.long
def test_documents_and_the_usual_route(tmp_path: Path) -> None:
    write_documents(tmp_path, 3, 1)
    assert len({file.read_text("utf-8") for file in (tmp_path / "class").iterdir()}) == 3
    assert seconds_a_submission([student(1, 1, 0.0)]) > 0
