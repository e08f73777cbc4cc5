"""JSON lines hold what JSON does, and every line is of the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.commands.running import Done
from tests.report.hostile import problem_with, write_hostile

SCHEMAS = Path(__file__).parents[2] / "hw2check" / "schema"
PARTS = {"file": "report", "error": "report", "document": "proofread"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(text: str) -> list[tuple[str, Any]]:
    """Each line's kind and data, which are of the schema of JSON reports."""
    found = []
    for line in text.splitlines():
        data = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        kind = data.pop("kind")
        schema = json.loads((SCHEMAS / f"{PARTS[kind]}.json").read_text("utf-8"))
        part = {"$ref": f"#/definitions/{kind}", "definitions": schema["definitions"]}
        assert [fault.message for fault in Draft7Validator(part).iter_errors(data)] == []
        found.append((kind, data))
    return found


def test_files_and_errors() -> None:
    Path("p.json").write_text(problem_with("8"), encoding="utf-8")
    Path("broken.toml").write_text("[given\n", encoding="utf-8")
    arguments = ("check", "p.json", "broken.toml", "p.json")
    whole = json.loads(Done(*arguments, "-f", "json").out)
    found = lines(Done(*arguments, "-f", "jsonl").out)
    assert [data for kind, data in found if kind == "file"] == [*whole["files"]]
    assert [data for kind, data in found if kind == "error"] == whole["errors"] != []


def test_documents() -> None:
    Path("d.md").write_text("$1 + 1 = 3$\n", encoding="utf-8")
    whole = json.loads(Done("proofread", "d.md", "d.md", "-f", "json").out)
    found = lines(Done("proofread", "d.md", "d.md", "-f", "jsonl").out)
    assert found == [("document", document) for document in whole["documents"]]


def test_hostile_text(folder: Path) -> None:
    names = write_hostile(folder)
    out = Done("check", *names, "-f", "jsonl").out
    assert len(lines(out)) == len(names)
    assert out.isascii() and "\x1b" not in out and "##[" not in out and "##vso[" not in out
