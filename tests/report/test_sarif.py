"""SARIF is of the model that is generated from its schema, and points at what was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log

from hw2check.judge.verdicts import VERDICTS
from hw2check.mistakes.catalogue import MISTAKES
from hw2check.proofread.proof import FAULTS
from hw2check.report.sarif import RULES
from tests.commands.running import Done, Process
from tests.report.hostile import problem_with, write_hostile


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def valid(text: str) -> dict[str, Any]:
    """The run of a log; no key is unknown to the schema, none that it demands is absent."""
    Log.model_validate_json(text)
    log = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    (run,) = log["runs"]
    assert isinstance(run, dict)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return run


def write(name: str, text: str) -> str:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_each_verdict_is_a_rule() -> None:
    assert {*VERDICTS, *FAULTS} - {"correct"} <= set(RULES)


def test_an_answer() -> None:
    done = Done("check", write("p.json", problem_with("-9")), "-f", "sarif")
    run = valid(done.out)
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("sign", "error")
    text = "y is wrong; written -9; right is 9; a whole number is exact; looks like sign: the sign is wrong"
    assert result["message"]["text"] == text
    assert run["tool"]["driver"]["rules"][0]["shortDescription"]["text"] == MISTAKES["sign"].title
    assert run["invocations"][0]["executionSuccessful"] is True


def test_what_is_right_is_no_result() -> None:
    assert valid(Done("check", write("p.json", problem_with("9")), "-f", "sarif").out)["results"] == []


def test_a_step_has_its_region() -> None:
    text = "One.\n\nThen $1 + 1 = 30$.\n"
    (result,) = valid(Done("proofread", write("d.md", text), "-f", "sarif").out)["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 15, "endLine": 3, "endColumn": 17}
    assert text.splitlines()[2][14:16] == "30"


def test_fingerprints_stay_where_lines_move() -> None:
    prints = []
    for text in ("$1 + 1 = 3$\n", "More.\n\n$1 + 1 = 3$\n", "$1 + 1 = 4$\n"):
        run = valid(Done("proofread", write("d.md", text), "-f", "sarif").out)
        prints.append(run["results"][0]["partialFingerprints"])
    assert prints[0] == prints[1] != prints[2]


def test_a_file_that_cannot_be_judged_is_a_notification() -> None:
    run = valid(Done("check", write("broken.toml", "[given\n"), "-f", "sarif").out)
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False and run["results"] == []
    (told,) = invocation["toolExecutionNotifications"]
    assert told["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "broken.toml"}


@pytest.mark.parametrize(
    ("name", "uri"),
    [("sub/p.json", "sub/p.json"), ("a b%.json", "a%20b%25.json"), ("a:é.json", "a%3A%C3%A9.json")],
)
def test_names_of_files(name: str, uri: str) -> None:
    (result,) = valid(Done("check", write(name, problem_with("8")), "-f", "sarif").out)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_names_are_from_the_root_of_the_repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("sub/p.json", problem_with("8"))
    monkeypatch.chdir("sub")
    for name in ("p.json", str(folder / "sub" / "p.json")):
        done = Process("check", name, "-f", "sarif", "-f", "github", GITHUB_WORKSPACE=str(folder))
        assert '"uri": "sub/p.json"' in done.out
        assert "::error file=sub/p.json,line=1" in done.out
    outside = Process("check", "p.json", "-f", "github", GITHUB_WORKSPACE=str(folder / "other"))
    assert "::error file=p.json,line=1" in outside.out


def test_hostile_text(folder: Path) -> None:
    out = Done("check", *write_hostile(folder), "-f", "sarif").out
    assert valid(out)["results"]
    assert out.isascii() and "##[" not in out and "##vso[" not in out
