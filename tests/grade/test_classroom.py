"""A class graded: what each answer earns, what is never lost, and the same bytes however it is run."""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hw2check.errors import HW2CheckError
from hw2check.grade import grading
from hw2check.grade.classroom import Order, grade_class, sorted_out
from hw2check.grade.gradebook import GRADEBOOK, RESULTS
from hw2check.grade.grading import Limits
from hw2check.grade.running import Plan
from hw2check.grade.tally import Tally
from hw2check.problem.answers import read_submission

PROBLEM = """
title = "Chain"
loss = "L"
parameters = ["w"]
learning_rate = 0.5
[given]
w = 0.8
x = 1.5
[nodes]
z = "w*x"
L = "z^2"
[points]
z = 1
L = 2
"dL/dw" = 3
w_new = 1
"""
RIGHT = '[answers]\nz = 1.2\nL = 1.44\n"dL/dw" = "2*z*x"\nw_new = -1.0\n'
CARRIED = '[answers]\nz = 2.2\nL = 4.84\n"dL/dw" = "2*z*x"\nw_new = -1.0\n'
SIGN = '[answers]\nz = 1.2\nL = 1.44\n"dL/dw" = "-2*z*x"\nw_new = -1.0\n'


def class_folder(tmp_path: Path, files: dict[str, str | bytes]) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    (tmp_path / "p.toml").write_text(PROBLEM, encoding="utf-8")
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(raw)
    return folder


def graded(tmp_path: Path, out: str = "out", **changes: Any) -> tuple[Tally, Path]:
    homework, submissions = sorted_out([str(tmp_path / "p.toml"), str(tmp_path / "class")])
    given = {"limits": Limits(), "plan": Plan(), **changes}
    return grade_class(Order(homework, submissions, tmp_path / out, **given))


def rows(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / GRADEBOOK).open(encoding="utf-8", newline="") as stream:
        return {row["submission"]: row for row in csv.DictReader(stream)}


def results(folder: Path) -> dict[str, Any]:
    lines = (folder / RESULTS).read_text("utf-8").splitlines()
    return {data["id"]: data for data in map(json.loads, lines)}


def test_a_row_a_submission_a_column_a_quantity(tmp_path: Path) -> None:
    class_folder(
        tmp_path, {"ada.toml": RIGHT, "ben.toml": CARRIED, "cy.toml": SIGN, "dee.toml": "[answers]\n"}
    )
    tally, out = graded(tmp_path)
    found = rows(out)
    assert list(found) == ["points", "ada", "ben", "cy", "dee"]
    assert found["points"] == {
        "submission": "points",
        "student": "",
        "z": "1",
        "L": "2",
        "dL/dw": "3",
        "w_new": "1",
        "late": "",
        "total": "7",
        "reason": "",
    }
    totals = {name: row["total"] for name, row in found.items()}
    assert totals == {"points": "7", "ada": "7", "ben": "6", "cy": "4", "dee": "0"}
    assert [mark["verdict"] for mark in results(out)["ben"]["marks"]] == [
        "wrong",
        "carried",
        "correct",
        "correct",
    ]
    assert tally.verdicts["dL/dw"] == {"correct": 2, "wrong": 1, "missing": 1}
    assert tally.codes == {("sign", "dL/dw"): 1}
    assert tally.totals == {Fraction(7): 1, Fraction(6): 1, Fraction(4): 1, Fraction(0): 1}


BAD: dict[str, str | bytes] = {
    "binary.toml": b"\xff\xfe\x00",
    "cut.toml": "[answers\nz = 1",
    "deep.toml": "[answers]\nz = " + "[" * 5000,
    "empty.toml": "",
    "hostile.toml": '[answers]\nz = "9^9^9^9^9"\n',
    "latin.md": "Lösung".encode("latin-1"),
    "notebook.ipynb": "{",
    "other.pdf": "x",
    "table.json": "[1, 2]",
}


def test_a_bad_submission_is_a_row_with_its_reason(tmp_path: Path) -> None:
    class_folder(tmp_path, {"ada.toml": RIGHT, **BAD})
    _, out = graded(tmp_path)
    found = rows(out)
    assert found["ada"]["total"] == "7"
    named = {name: name if name == "other.pdf" else name.partition(".")[0] for name in BAD}
    assert set(found) == {"points", "ada", *named.values()}
    for name, own in named.items():
        row = found[own]
        assert row["total"] == "0"
        assert row["reason"] or name == "hostile.toml", name


def test_a_submission_over_its_time_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class_folder(tmp_path, {"ada.toml": RIGHT, "slow.toml": RIGHT.replace("1.44", "1.45")})
    read = read_submission

    def slow(problem: Any, source: Any, known: Any) -> Any:
        while "1.45" in source.text:
            time.sleep(0.01)
        return read(problem, source, known)

    monkeypatch.setattr(grading, "read_submission", slow)
    _, out = graded(tmp_path, limits=Limits(seconds=0.2))
    assert rows(out)["slow"]["reason"] == "it takes longer than 0.2 s"
    assert rows(out)["ada"]["total"] == "7"


def test_cells_are_no_formulas(tmp_path: Path) -> None:
    class_folder(tmp_path, {"=cmd|x!A1.toml": RIGHT, "-2+3.toml": RIGHT, "@x, y.toml": RIGHT})
    _, out = graded(tmp_path, platforms=("canvas", "gradescope"))
    for book in ("gradebook.csv", "canvas.csv", "gradescope.csv"):
        with (out / book).open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell[:1] in {"=", "+", "@", "-"}], book


def many(tmp_path: Path, number: int) -> None:
    texts = (RIGHT, CARRIED, SIGN)
    files = {f"s{n:03}.toml": texts[n % 3].replace("1.44", f"1.44{'0' * (n % 5)}") for n in range(number)}
    class_folder(tmp_path, {**files, "bad.toml": "nothing ="})


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def test_the_files_are_the_same_however_it_is_run(tmp_path: Path) -> None:
    many(tmp_path, 95)
    _, one = graded(tmp_path, "one")
    _, two = graded(tmp_path, "two", plan=Plan(2))
    _, other = graded(tmp_path, "other", plan=Plan(3, partial(ThreadPoolExecutor, 3)))
    assert content(one) == content(two) == content(other)
    assert len(rows(one)) == 97


def test_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many(tmp_path, 80)
    _, whole = graded(tmp_path, "whole")
    part = tmp_path / "part"

    def stop(done: int, _: int) -> None:
        if done >= 64:
            raise KeyboardInterrupt

    homework, submissions = sorted_out([str(tmp_path / "p.toml"), str(tmp_path / "class")])
    order = Order(homework, submissions, part, Limits(), Plan(), resume=True)
    with pytest.raises(KeyboardInterrupt):
        grade_class(order, stop)
    journal = part / RESULTS
    assert len(journal.read_bytes().splitlines()) == 64
    with journal.open("ab") as stream:
        stream.write(b'{"id": "cut off')
    judged: list[str] = []
    graded_one = grading.Grader.graded

    def counted(grader: Any, submission: Any, digest: str) -> Any:
        judged.append(submission.id)
        return graded_one(grader, submission, digest)

    monkeypatch.setattr(grading.Grader, "graded", counted)
    grade_class(order)
    assert len(judged) == 81 - 64
    assert content(part) == content(whole)


def test_what_changed_is_graded_again(tmp_path: Path) -> None:
    folder = class_folder(tmp_path, {"ada.toml": SIGN, "ben.toml": RIGHT})
    graded(tmp_path)
    (folder / "ada.toml").write_text(RIGHT, encoding="utf-8")
    (folder / "ben.toml").unlink()
    _, out = graded(tmp_path, resume=True)
    assert {name: row["total"] for name, row in rows(out).items()} == {"points": "7", "ada": "7"}
    (tmp_path / "p.toml").write_text(PROBLEM.replace("z = 1\n", "z = 5\n"), encoding="utf-8")
    _, out = graded(tmp_path, resume=True)
    assert rows(out)["ada"]["total"] == "11"


def dies_at_poison(homework: Any, limits: Any, chunk: Any) -> Any:
    """As `graded_chunk`, in a process that one submission ends."""
    chunk = list(chunk)
    if any(submission.id == "poison" for submission, _ in chunk):
        os._exit(9)
    return grading.graded_chunk(homework, limits, chunk)


class Dying(ProcessPoolExecutor):
    """A pool in which one submission ends its process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(dies_at_poison if fn is grading.graded_chunk else fn, *args, **kwargs)


def one_dying() -> Executor:
    return Dying(2)


def test_a_dead_process_loses_nothing(tmp_path: Path) -> None:
    many(tmp_path, 70)
    (tmp_path / "class" / "poison.toml").write_text(RIGHT, encoding="utf-8")
    _, out = graded(tmp_path, plan=Plan(2, one_dying))
    found = rows(out)
    assert len(found) == 73
    assert found["poison"]["reason"] == "grading it ended the process: BrokenProcessPool"
    assert found["s000"]["total"] == "7"


OVERRIDES = """
[[override]]
submission = "cy"
quantity = "dL/dw"
points = 1.5
comment = "the idea is right"
[[override]]
cluster = "{cluster}"
share = 0.5
[[override]]
submission = "ada"
late_days = 2
"""


def test_a_marker_decides(tmp_path: Path) -> None:
    class_folder(tmp_path, {"ada.toml": RIGHT, "ben.toml": CARRIED, "bo.toml": CARRIED, "cy.toml": SIGN})
    tally, out = graded(tmp_path)
    (wrong,) = (cluster for cluster in tally.largest if cluster.verdict == "wrong")
    assert (wrong.number, wrong.column, wrong.written) == (2, "z", "2.2")
    (tmp_path / "o.toml").write_text(OVERRIDES.format(cluster=wrong.id), encoding="utf-8")
    _, out = graded(tmp_path, overrides=str(tmp_path / "o.toml"), resume=True)
    totals = {name: row["total"] for name, row in rows(out).items()}
    assert totals == {"points": "7", "ada": "7", "ben": "6.5", "bo": "6.5", "cy": "5.5"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[override]]\npoints = 1\n", "the override says for nothing that it counts"),
        ('[[override]]\nsubmission = "a"\n', "the override decides nothing"),
        ('[[override]]\nquantity = "q"\nshare = 1\n', "there is no column q"),
        ('[[override]]\nsubmission = "a"\npoints = -1\n', "points cannot be -1"),
        ('[[override]]\nsubmisson = "a"\npoints = 1\n', "unknown key 'submisson'"),
    ],
)
def test_decisions_that_cannot_be_meant(tmp_path: Path, text: str, message: str) -> None:
    class_folder(tmp_path, {"ada.toml": RIGHT})
    (tmp_path / "o.toml").write_text(text, encoding="utf-8")
    with pytest.raises(HW2CheckError) as caught:
        graded(tmp_path, overrides=str(tmp_path / "o.toml"))
    assert message in str(caught.value)
    assert not (tmp_path / "out" / GRADEBOOK).exists()


HOMEWORK = """
title = "Homework 2"
[[problem]]
file = "p.toml"
name = "chain"
points = 14
[[problem]]
file = "q.toml"
[late]
per_day = 0.1
flat = 0.25
most = 0.5
"""
SECOND = 'title = "Sum"\n[given]\na = 1\nb = 2\n[nodes]\ns = "a + b"\n[expected]\ns = 3\n'


@pytest.fixture
def homework(tmp_path: Path) -> Path:
    class_folder(tmp_path, {})
    (tmp_path / "q.toml").write_text(SECOND, encoding="utf-8")
    (tmp_path / "hw.toml").write_text(HOMEWORK, encoding="utf-8")
    return tmp_path


def of_homework(folder: Path, **changes: Any) -> Iterator[tuple[str, str]]:
    homework, submissions = sorted_out([str(folder / "hw.toml"), str(folder / "class")])
    given = {"limits": Limits(), "plan": Plan(), **changes}
    _, out = grade_class(Order(homework, submissions, folder / "out", **given))
    return ((name, row["total"]) for name, row in rows(out).items())


def test_several_problems(homework: Path) -> None:
    place = homework / "class" / "ada"
    place.mkdir()
    (place / "chain.toml").write_text(SIGN, encoding="utf-8")
    (place / "rest.toml").write_text("[answers]\ns = 3\n", encoding="utf-8")
    (homework / "class" / "ben.md").write_text("$s = a + b = 1 + 2 = 3$\n", encoding="utf-8")
    assert dict(of_homework(homework)) == {"points": "15", "ada": "9", "ben": "1"}
    assert list(rows(homework / "out")["ada"])[2:7] == [
        "chain: z",
        "chain: L",
        "chain: dL/dw",
        "chain: w_new",
        "q: s",
    ]


def test_being_late_costs_its_share(homework: Path) -> None:
    (homework / "class" / "ada_LATE_1_2_chain.toml").write_text(RIGHT, encoding="utf-8")
    (homework / "class" / "ben_3_4_chain.toml").write_text(RIGHT, encoding="utf-8")
    (homework / "o.toml").write_text('[[override]]\nsubmission = "ben_3"\nlate_days = 9\n', encoding="utf-8")
    totals = dict(of_homework(homework, overrides=str(homework / "o.toml")))
    assert totals == {"points": "15", "ada_1": "10.5", "ben_3": "7"}


def test_a_table_that_may_answer_either_problem(homework: Path) -> None:
    (homework / "class" / "ada.toml").write_text("[answers]\nq = 3\n", encoding="utf-8")
    dict(of_homework(homework))
    reason = rows(homework / "out")["ada"]["reason"]
    assert reason == "ada.toml: it cannot be told which problem it answers; call it chain.toml or q.toml"
