"""results.json is what Gradescope's specification says, and its points are those of the problem."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.commands.running import Done
from tests.report.hostile import problem_with, write_hostile

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
SPECIFICATION = {  # "Autograder Specifications", as far as hw2check uses it
    "type": "object",
    "additionalProperties": False,
    "anyOf": [
        {"required": ["score"]},
        {"properties": {"tests": {"contains": {"required": ["score"]}}}, "required": ["tests"]},
    ],
    "properties": {
        "score": NUMBER,
        "output": TEXT,
        "output_format": FORMAT,
        "visibility": VISIBILITY,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "dependencies": {"score": ["max_score"], "max_score": ["score"]},
                "properties": {
                    "score": NUMBER,
                    "max_score": NUMBER,
                    "status": {"enum": ["passed", "failed"]},
                    "name": TEXT,
                    "number": TEXT,
                    "output": TEXT,
                    "output_format": FORMAT,
                    "visibility": VISIBILITY,
                },
            },
        },
    },
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def valid(text: str) -> dict[str, Any]:
    data = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert [fault.message for fault in Draft7Validator(SPECIFICATION).iter_errors(data)] == []
    assert isinstance(data, dict)
    return data


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


@pytest.mark.parametrize(("answer", "score", "status"), [("9", 2, "passed"), ("-9", 0, "failed")])
def test_points(answer: str, score: float, status: str) -> None:
    (test,) = valid(Done("check", write("p.json", problem_with(answer)), "-f", "gradescope").out)["tests"]
    assert (test["score"], test["max_score"], test["status"]) == (score, 2, status)
    assert ("right: 9" in test["output"]) == (status == "failed")


def test_show_hides_what_is_right() -> None:
    write("p.json", problem_with("-9"))
    out = Done("check", "p.json", "-f", "gradescope", "--show", "hint").out
    assert valid(out)["tests"][0]["output"] == "wrong\nwritten: -9\nlooks like sign: the sign is wrong"


def test_without_points_each_answer_is_worth_one() -> None:
    problem = json.loads(problem_with("9"))
    problem["expected"]["dy/dx"] = 5
    del problem["points"]
    tests = valid(Done("check", write("p.json", json.dumps(problem)), "-f", "gradescope").out)["tests"]
    assert [(test["name"], test["score"], test["max_score"]) for test in tests] == [
        ("y", 1, 1),
        ("dy/dx", 0, 1),
    ]


def test_what_cannot_be_judged_has_a_score() -> None:
    data = valid(Done("check", write("broken.toml", "[given\n"), "-f", "gradescope").out)
    assert data["score"] == 0 and data["tests"][0]["status"] == "failed"


@pytest.mark.parametrize(("text", "score"), [("$1 + 1 = 2$\n", 1), ("$1 + 1 = 3$\n", 0)])
def test_documents(text: str, score: float) -> None:
    (test,) = valid(Done("proofread", write("d.md", text), "-f", "gradescope").out)["tests"]
    assert test["score"] == score
    assert test["output"] == (
        "no mistake found" if score else "line 1: wrong step: 1 + 1 = 3 (the two sides are not equal)"
    )


def test_hostile_text(folder: Path) -> None:
    out = Done("check", *write_hostile(folder), "-f", "gradescope").out
    assert valid(out)["tests"]
    assert out.isascii() and "##[" not in out
