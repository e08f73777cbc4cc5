"""A class in every format, and one submission as Gradescope hands it over."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft7Validator

from hw2check.report.formats import FORMATS
from tests.commands.running import Done, Process
from tests.report.hostile import HOSTILE
from tests.report.test_gradescope import valid as valid_results
from tests.report.test_junit import valid as valid_junit
from tests.report.test_sarif import valid as valid_sarif

PROBLEM = 'title = "One"\nloss = "y"\n[given]\nx = 3\n[nodes]\ny = "x^2"\n[points]\ny = 4\n'
HOMEWORK = 'title = "One"\n[[problem]]\nfile = "p.toml"\n[late]\nper_day = 0.25\nmost = 0.5\n'
METADATA: dict[str, Any] = {
    "id": 1,
    "created_at": "2026-03-02T10:00:00.000000-08:00",
    "assignment": {"due_date": "2026-03-01T23:00:00.000000-08:00", "title": "One", "total_points": "4.0"},
    "users": [{"email": "a@example.com", "id": 77, "name": "A Student"}],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("class").mkdir()
    write("p.toml", PROBLEM)
    write("homework.toml", HOMEWORK)
    write("class/right.json", answers("9"))
    write("class/sign.json", answers("-9"))
    write("class/broken.json", "{")
    return tmp_path


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def answers(text: str) -> str:
    return json.dumps({"answers": {"y": text}})


def graded(kind: str, *more: str) -> str:
    done = Done("grade", "p.toml", "class", "-f", f"{kind}=report", *more)
    assert done.code == 1  # one could not be judged
    assert "2 graded, 1 could not be judged" in done.out
    return Path("report").read_text(encoding="utf-8")


def test_json_and_its_lines_hold_each_submission() -> None:
    document = json.loads(graded("json"))
    schema = json.loads(Done("schema", "grades").out)
    assert [fault.message for fault in Draft7Validator(schema).iter_errors(document)] == []
    listed = document["submissions"]
    lines = [json.loads(line) for line in graded("jsonl").splitlines()]
    assert [line.pop("kind") for line in lines] == ["submission"] * 3
    assert lines == listed
    assert [(line["id"], line["total"], bool(line["trouble"])) for line in lines] == [
        ("broken", "0", True),
        ("right", "4", False),
        ("sign", "0", False),
    ]


def test_junit() -> None:
    suites = valid_junit(graded("junit"))
    found = {suite.get("name"): suite[0][0].tag if len(suite[0]) else "" for suite in suites}
    assert found == {"broken": "error", "right": "", "sign": "failure"}


def test_csv() -> None:
    graded("csv")
    with Path("report").open(encoding="utf-8", newline="") as stream:
        rows = [
            (row["file"], row["verdict"], row["points"], row["max_points"]) for row in csv.DictReader(stream)
        ]
    assert rows == [
        ("broken", "not judged", "", ""),
        ("right", "correct", "4", "4"),
        ("sign", "wrong", "0", "4"),
    ]


def test_sarif() -> None:
    run = valid_sarif(graded("sarif"))
    assert [result["ruleId"] for result in run["results"]] == ["sign"]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_markdown() -> None:
    head, line, broken, *rows = graded("markdown").splitlines()
    assert (head, line) == ("| submission | student | points | answers |", "| --- | --- | --- | --- |")
    assert broken.startswith("| broken | broken | 0 | not judged: broken.json:1:1: ")
    assert rows == ["| right | right | 4 of 4 | 1 correct |", "| sign | sign | 0 of 4 | 1 wrong |"]


def test_github_and_its_summary() -> None:
    done = Process("grade", "p.toml", "class", "-f", "github", GITHUB_STEP_SUMMARY="summary")
    assert [line.split("::")[1].split()[0] for line in done.out.splitlines()] == ["error", "error"]
    assert "| sign | sign | 0 of 4 | 1 wrong |" in Path("summary").read_text(encoding="utf-8")


def test_show_decides_what_is_told() -> None:
    assert "looks like sign" in graded("junit") and "whole number" not in graded("junit")
    assert "looks like" not in graded("junit", "--show", "none")
    assert "whole number" in graded("junit", "--show", "computed")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_several_at_once(jobs: str) -> None:
    done = Done(
        *("grade", "p.toml", "class", "--jobs", jobs, "-f", "csv"),
        *("-f", "text=tally", "-f", "junit=out.xml", "-f", "jsonl=out.jsonl"),
    )
    assert done.out.startswith("file,problem,")
    assert Path("tally").read_text(encoding="utf-8").startswith("2 graded, 1 could not be judged")
    ElementTree.parse("out.xml")
    assert len(Path("out.jsonl").read_text(encoding="utf-8").splitlines()) == 3


@pytest.mark.parametrize("kind", [name for name in FORMATS if name not in {"text", "html", "gradescope"}])
def test_hostile_text(kind: str) -> None:
    for number, text in enumerate(HOSTILE):
        write(f"class/hostile{number}.json", json.dumps({"answers": {"y": text, text: "9"}}))
    Done("grade", "p.toml", "class", "-f", f"{kind}=report")
    text = Path("report").read_text(encoding="utf-8")
    assert "\x1b" not in text and "##[" not in text and "##vso[" not in text
    assert all(line.startswith(("::error ", "::warning ")) for line in text.splitlines() if line[:2] == "::")


# --- Gradescope


def results(metadata: dict[str, Any] | None = None, problem: str = "homework.toml") -> dict[str, Any]:
    write("metadata.json", json.dumps(METADATA if metadata is None else metadata))
    done = Done(
        "grade", problem, "submission", "--metadata", "metadata.json", "-f", "gradescope=results.json"
    )
    assert done.code in {0, 1}, done.err
    return valid_results(Path("results.json").read_text(encoding="utf-8"))


def handed_in(created: str, due: str | None, *own: str | None) -> dict[str, Any]:
    users = [{"id": n, "name": str(n), "assignment": {"due_date": date}} for n, date in enumerate(own)]
    return {"created_at": created, "assignment": {"due_date": due}, "users": users}


def test_what_is_named_is_one_submission() -> None:
    Path("submission/deep").mkdir(parents=True)
    write("submission/readme.md", "Nothing here.\n")
    write("submission/deep/work.json", answers("9"))
    data = results(handed_in("2026-03-01T10:00:00Z", None))
    assert data["score"] == 4 and [test["name"] for test in data["tests"]] == ["y"]
    (line,) = Path("grades/results.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["id"] == "submission"


@pytest.mark.parametrize(
    ("created", "due", "own", "score"),
    [
        ("2026-03-01T10:00:00-08:00", "2026-03-01T10:00:00-08:00", (), 4),  # at the last moment
        ("2026-03-01T10:00:01-08:00", "2026-03-01T10:00:00-08:00", (), 3),
        ("2026-03-01T18:00:00+00:00", "2026-03-01T10:00:00-08:00", (), 4),  # the same moment
        ("2026-03-02T10:00:01-08:00", "2026-03-01T10:00:00-08:00", (), 2),
        ("2026-04-01T10:00:00-08:00", "2026-03-01T10:00:00-08:00", (), 2),  # no more than half is lost
        ("2026-04-01T10:00:00-08:00", None, (), 4),
        ("2026-03-02T10:00:00-08:00", "2026-03-01T10:00:00-08:00", ("2026-03-03T10:00:00-08:00",), 4),
        ("2026-03-02T10:00:00-08:00", "2026-03-01T10:00:00-08:00", (None,), 3),
        (
            "2026-03-02T10:00:00-08:00",
            "2026-02-01T10:00:00-08:00",
            ("2026-03-01T10:00:00-08:00", "2026-02-01T10:00:00-08:00"),
            3,
        ),
    ],
)
def test_late_rules(created: str, due: str | None, own: tuple[str | None, ...], score: float) -> None:
    Path("submission").mkdir()
    write("submission/work.json", answers("9"))
    data = results(handed_in(created, due, *own))
    assert data["score"] == score
    lost = 25 * (4 - score)
    assert data.get("output") == (f"Late: {lost:g} % of the points are lost." if lost else None)


def test_a_submission_that_cannot_be_read_has_a_result() -> None:
    Path("submission").mkdir()
    write("submission/work.json", "{")
    data = results()
    assert data["score"] == 0
    assert data["tests"][0]["name"] == "Not judged" and "work.json" in data["tests"][0]["output"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"created_at": 1}', '{"created_at": "x"}'])
def test_metadata_of_another_kind(text: str) -> None:
    Path("submission").mkdir()
    write("metadata.json", text)
    done = Done("grade", "p.toml", "submission", "--metadata", "metadata.json")
    assert done.code == 2
    assert done.err == (
        "error: metadata.json: this is not the metadata of a submission\n"
        "  hint: Gradescope writes it as submission_metadata.json\n"
    )


def test_a_class_is_no_result_of_gradescope() -> None:
    done = Done("grade", "p.toml", "class", "-f", "gradescope")
    assert done.code == 2
    assert done.err == (
        "error: -f gradescope is for one submission, and here are 3\n"
        "  hint: --for gradescope makes a table of a class\n"
    )
