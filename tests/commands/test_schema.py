"""The JSON Schemas agree with the readers and with the JSON report."""

from __future__ import annotations

import json
import tomllib
from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator

from hw2check.check.file import check_file
from hw2check.errors import HW2CheckError
from hw2check.judge.verdicts import VERDICTS
from hw2check.problem.answers import MARKING_KEYS, SUBMISSION_KEYS
from hw2check.problem.layers.kinds import KINDS as LAYER_KINDS
from hw2check.problem.layers.kinds import LAYER_KEYS
from hw2check.problem.losses import LOSS_KEYS, LOSSES, REDUCTIONS, SCALES
from hw2check.problem.reader import PROBLEM_KEYS, read_problem
from hw2check.problem.starter import STARTERS
from hw2check.proofread.document import scan
from hw2check.proofread.proof import VERDICTS as PROOF_VERDICTS
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source
from hw2check.report.formats import View
from hw2check.report.json import FORMAT_VERSION
from hw2check.report.json import answers as render_json
from hw2check.report.json import steps as render_proof_json
from tests.commands.running import Done

ROOT = Path(__file__).parents[2]
PROBLEMS = sorted(path for path in (ROOT / "fixtures").glob("*.toml") if path.name != "rounding.toml")
KINDS = ("problem", "submission", "report", "proofread", "grades")
SCHEMAS: dict[str, Any] = {
    kind: json.loads(files("hw2check").joinpath("schema", f"{kind}.json").read_text("utf-8"))
    for kind in KINDS
}


def faults(kind: str, document: object, draft: Any = Draft7Validator) -> list[str]:
    return [error.message for error in draft(SCHEMAS[kind]).iter_errors(document)]


@pytest.mark.parametrize("draft", [Draft4Validator, Draft7Validator])
@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_one_of_both_drafts(kind: str, draft: Any) -> None:
    draft.check_schema(SCHEMAS[kind])


# Keywords that mean the same in Draft 4 and Draft 7. Others would be passed over in silence by one of them.
COMMON = {
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "definitions",
    "dependencies",
    "description",
    "enum",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "patternProperties",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
}


def schemas_in(schema: Any) -> list[dict[str, Any]]:
    if not isinstance(schema, dict):
        return []
    found = [schema]
    for key in ("properties", "patternProperties", "definitions", "dependencies"):
        for inner in schema.get(key, {}).values():
            found += schemas_in(inner)
    for key in ("items", "additionalProperties"):
        found += schemas_in(schema.get(key))
    for key in ("anyOf", "allOf"):
        for inner in schema.get(key, []):
            found += schemas_in(inner)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_keywords_are_common_to_both_drafts(kind: str) -> None:
    for schema in schemas_in(SCHEMAS[kind]):
        assert schema.keys() <= COMMON
        assert "$ref" not in schema or len(schema) == 1  # Draft 4 and 7 pass over what stands beside it


def test_only_reports_are_open() -> None:
    for kind in ("problem", "submission"):
        for schema in schemas_in(SCHEMAS[kind]):
            assert schema.get("additionalProperties") is not True
            assert "properties" not in schema or "additionalProperties" in schema or "type" not in schema


def test_keys_are_those_of_the_readers() -> None:
    problem, definitions = SCHEMAS["problem"], SCHEMAS["problem"]["definitions"]
    assert set(problem["properties"]) == set(PROBLEM_KEYS)
    assert set(SCHEMAS["submission"]["properties"]) == set(SUBMISSION_KEYS)
    assert set(definitions["marking"]["properties"]) == set(MARKING_KEYS)
    assert set(definitions["layer"]["properties"]) == set(LAYER_KEYS)
    loss = problem["properties"]["loss"]["anyOf"][1]
    assert set(loss["properties"]) == set(LOSS_KEYS)
    for key, words in (("kind", LOSSES), ("reduction", REDUCTIONS), ("from", SCALES)):
        assert set(loss["properties"][key]["enum"]) == set(words)
    assert set(definitions["layer"]["properties"]["kind"]["enum"]) == set(LAYER_KINDS)


def test_report_knows_every_verdict() -> None:
    definitions = SCHEMAS["report"]["definitions"]
    assert set(definitions["verdict"]["enum"]) == set(VERDICTS)
    assert set(definitions["file"]["properties"]["counts"]["properties"]) == set(VERDICTS)
    for kind in ("report", "proofread", "grades"):
        assert SCHEMAS[kind]["properties"]["version"]["enum"] == [FORMAT_VERSION]
    assert set(SCHEMAS["grades"]["definitions"]["verdict"]["enum"]) == set(VERDICTS)


def test_proofread_knows_every_verdict() -> None:
    definitions = SCHEMAS["proofread"]["definitions"]
    assert set(definitions["verdict"]["enum"]) == set(PROOF_VERDICTS)
    assert set(definitions["document"]["properties"]["counts"]["properties"]) == set(PROOF_VERDICTS)


PROOFS = {
    "wrong": "Here $x_7 = x_4^2 + a$, $x_6 = -2$ and $q = x_6 + 1$.\n\n## 1. What is x5?\n",
    "right": (ROOT / "fixtures" / "homework.md").read_text("utf-8"),
    "empty": "",
}


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("text", PROOFS.values(), ids=list(PROOFS))
def test_proofread_reports_validate(text: str, every: bool) -> None:
    problem = read_problem(read_source(str(ROOT / "fixtures" / "backprop.toml")))
    proof = proofread(scan(text, "homework.md"), [problem])
    document = json.loads(render_proof_json([proof], View(every=every)))
    assert faults("proofread", document) == []
    definitions = SCHEMAS["proofread"]["definitions"]
    for found in document["documents"]:
        assert found.keys() == definitions["document"]["properties"].keys()
        for finding in found["findings"]:
            assert finding.keys() == definitions["finding"]["properties"].keys()
            assert faults("proofread", _with(document, finding["verdict"])) != []


def _with(document: dict[str, Any], verdict: str) -> dict[str, Any]:
    """The report with that verdict misspelt."""
    return json.loads(json.dumps(document).replace(f'"verdict": "{verdict}"', '"verdict": "right"'))  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_printed(kind: str) -> None:
    assert json.loads(Done("schema", kind).out) == SCHEMAS[kind]


# --- what is right


def test_there_are_fixtures() -> None:
    assert len(PROBLEMS) >= 6


@pytest.mark.parametrize("draft", [Draft4Validator, Draft7Validator])
@pytest.mark.parametrize("path", PROBLEMS, ids=lambda path: str(path.stem))
def test_fixtures_validate(path: Path, draft: Any) -> None:
    assert faults("problem", tomllib.loads(path.read_text("utf-8")), draft) == []


@pytest.mark.parametrize("kind", STARTERS)
def test_starters_validate(kind: str) -> None:
    assert faults("problem", tomllib.loads(STARTERS[kind])) == []


@pytest.mark.parametrize("kind", STARTERS)
def test_starters_pass_the_check(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "starter.toml"
    file.write_text(STARTERS[kind], encoding="utf-8")
    report = check_file(str(file))
    assert len(report.findings) >= 5
    assert [finding.verdict for finding in report.findings] == ["correct"] * len(report.findings)


@pytest.mark.parametrize("kind", STARTERS)
@pytest.mark.parametrize(
    "line", ["decimals = 3", "significant = 3", "rtol = 1e-3", "atol = 1e-6", "strict = true"]
)
def test_marking_lines_of_starters_can_be_used(kind: str, line: str, tmp_path: Path) -> None:
    text = STARTERS[kind]
    assert f"\n# {line}" in text
    text = text.replace(f"\n# {line}", f"\n{line}")
    assert faults("problem", tomllib.loads(text)) == []
    file = tmp_path / "starter.toml"
    file.write_text(text, encoding="utf-8")
    assert check_file(str(file)).findings


PASSES = {"check": None, "forward": ("forward",), "backprop": ("forward", "backward")}


@pytest.mark.parametrize("passes", PASSES.values(), ids=PASSES)
@pytest.mark.parametrize("path", PROBLEMS, ids=lambda path: str(path.stem))
def test_json_reports_validate(path: Path, passes: tuple[str, ...] | None) -> None:
    try:
        document = json.loads(render_json([check_file(str(path), passes=passes)]))
    except HW2CheckError as error:
        document = json.loads(render_json([], [error]))
    assert faults("report", document) == []
    assert document["errors"] or document["files"][0]["quantities"]


ANSWERS = """
[answers]
x5 = 0.51
x6 = "-2 +"
x7 = "x4"
nonsense = 3
"dx6/da" = { formula = "x2", value = 0.9999 }
"""


def test_json_report_of_a_bad_submission_validates(tmp_path: Path) -> None:
    problem = str(ROOT / "fixtures" / "backprop-corrected.toml")
    file = tmp_path / "answers.toml"
    file.write_text(ANSWERS, encoding="utf-8")
    document = json.loads(render_json([check_file(problem, str(file))]))
    assert faults("report", document) == []
    assert document["files"][0]["counts"].keys() >= {"wrong", "unreadable", "missing"}
    assert [answer["name"] for answer in document["files"][0]["unknown"]] == ["nonsense"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 2),
        ("format", "report"),
        ("ok", "yes"),
        ("files", {}),
        ("errors", [{"message": "x"}]),
    ],
)
def test_report_schema_refuses(key: str, value: object) -> None:
    document = json.loads(render_json([check_file(str(PROBLEMS[0]))]))
    assert faults("report", document) == []
    assert faults("report", document | {key: value})


# --- what is not

GRAPH: dict[str, Any] = {"given": {"x": 1}, "nodes": {"y": "x^2"}}
DENSE: dict[str, Any] = {
    "given": {"A_in": [[1, 2]]},
    "layer": [{"name": "1", "W": [[1]], "b": [1], "activation": "relu"}],
}

# path, value: a value put there makes the document wrong
BROKEN_GRAPHS: list[tuple[tuple[str, ...], Any]] = [
    (("learningrate",), 0.1),
    (("case",), []),
    (("title",), 3),
    (("batch",), "column"),
    (("learning_rate",), True),
    (("learning_rate",), [0.1]),
    (("parameters",), "x"),
    (("parameters",), [1]),
    (("parameters",), ["x", "x"]),
    (("loss",), 3),
    (("loss",), {"kind": "squared_error"}),
    (("loss",), {"kind": "squared", "target": [1]}),
    (("loss",), {"kind": "squared_error", "target": [1], "weight": 1}),
    (("weights",), "in"),
    (("relu_derivative_at_0",), ""),
    (("functions",), {"f": "x"}),
    (("functions",), {"f()": "1"}),
    (("functions",), {"f(x)": 1}),
    (("given", "x"), True),
    (("given", "x"), None),
    (("given", "x"), []),
    (("given", "x"), [[]]),
    (("given", "x"), [[1, 2], 3]),
    (("given", "x"), [1, [2, 3]]),
    (("given", "x"), [[[1]]]),
    (("given", "x"), {}),
    (("given", "x"), {"key": "W1"}),
    (("given", "x"), {"file": 1}),
    (("given", "x"), {"file": "w.npz", "name": "W1"}),
    (("given", "5x"), 1),
    (("given", "x y"), 1),
    (("given",), [1]),
    (("nodes", "y"), 3),
    (("nodes", "y"), ""),
    (("nodes", "y-1"), "x"),
    (("nodes",), {}),
    (("upstream",), 3),
    (("upstream",), {"y": True}),
    (("expected",), ["y"]),
    (("expected",), {"y": True}),
    (("expected",), {"y": {}}),
    (("expected",), {"y": {"formula": 3}}),
    (("expected",), {"y": {"value": 3, "unit": "m"}}),
    (("expected",), {"y": {"substitution": "1^2"}}),
    (("points",), {"y": -1}),
    (("points",), {"y": [1]}),
    (("marking",), {"decimal": 3}),
    (("marking",), {"decimals": -1}),
    (("marking",), {"decimals": 2.5}),
    (("marking",), {"decimals": 31}),
    (("marking",), {"strict": "yes"}),
    (("marking",), {"rtol": -1}),
    (("marking",), {"carried": 2}),
]
BROKEN_NETWORKS: list[tuple[tuple[str, ...], Any]] = [
    (("layer",), []),
    (("layer",), {"W": [[1]]}),
    (("layer",), [{"name": "1"}]),
    (("layer",), [{"W": [1]}]),
    (("layer",), [{"W": 1}]),
    (("layer",), [{"W": [[1]], "B": [1]}]),
    (("layer",), [{"W": [[1]], "activation": 1}]),
    (("layer",), [{"W": [[1]], "name": 1.5}]),
    (("layer",), [{"W": [[1]], "name": True}]),
    (("given",), {"X": [[1]]}),
    (("loss",), {"kind": "hinge"}),
    (("loss",), {"kind": "hinge", "target": [1], "reduction": "all"}),
    (("loss",), {"kind": "hinge", "target": [1], "from": "odds"}),
    (("loss",), {"kind": "hinge", "target": [1], "l2": True}),
    (("loss",), {"formula": 3}),
    (("layer",), [{"kind": "thick", "W": [[1]]}]),
    (("layer",), [{"kind": "embedding", "E": [[1]]}]),
    (("layer",), [{"kind": "embedding", "tokens": [0]}]),
    (("layer",), [{"kind": "embedding", "E": [[1]], "tokens": [0], "reduce": "max"}]),
    (("layer",), [{"kind": "embedding", "E": [[1]], "tokens": [[]]}]),
    (("layer",), [{"kind": "embedding", "E": [[1]], "tokens": ["so"], "vocabulary": "so"}]),
    (("layer",), [{"kind": "rnn", "W": [[1]], "U": [[1]], "output": "first"}]),
    (("layer",), [{"kind": "rnn", "W": [[1]], "U": [[1]], "steps": "x1"}]),
    (("layer",), [{"kind": "lstm", "W": [[1]], "U": [[1]], "c0": {}}]),
    (("layer",), [{"kind": "residual"}]),
    (("layer",), [{"W": [[1]]}, {"kind": "residual", "over": 0}]),
    (("layer",), [{"kind": "layer_norm", "gamma": {}}]),
    (("layer",), [{"kind": "dropout", "p": 0.5}]),
    (("layer",), [{"kind": "attention", "W_Q": [[1]], "W_K": [[1]]}]),
    (("layer",), [{"kind": "max_pool1d"}]),
    (("layer",), [{"kind": "max_pool1d", "kernel": [1]}]),
    (("layer",), [{"kind": "conv2d", "W": [[1]], "stride": 0}]),
    (("layer",), [{"kind": "conv2d", "W": [[1]], "filters": 1.5}]),
]


def changed(document: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    document = deepcopy(document)
    table = document
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = value
    return document


def test_the_documents_to_break_are_whole() -> None:
    assert faults("problem", GRAPH) == faults("problem", DENSE) == []


BROKEN = [(GRAPH, *row) for row in BROKEN_GRAPHS] + [(DENSE, *row) for row in BROKEN_NETWORKS]


@pytest.mark.parametrize("draft", [Draft4Validator, Draft7Validator])
@pytest.mark.parametrize(("document", "path", "value"), BROKEN)
def test_broken_problems_do_not_validate(
    document: dict[str, Any], path: tuple[str, ...], value: Any, draft: Any
) -> None:
    assert faults("problem", changed(document, path, value), draft)


@pytest.mark.parametrize("document", [{}, {"title": "x"}, {"given": {"x": 1}}, {"layer": DENSE["layer"]}])
def test_problems_without_a_graph_do_not_validate(document: dict[str, Any]) -> None:
    assert faults("problem", document)


# An answer that cannot be read is a verdict of its own, not an error of the file.
READABLE = {"expected"}


@pytest.mark.parametrize(("document", "path", "value"), BROKEN)
def test_readers_refuse_what_the_schema_refuses(
    document: dict[str, Any], path: tuple[str, ...], value: Any, tmp_path: Path
) -> None:
    file = tmp_path / "p.json"
    file.write_text(json.dumps(changed(document, path, value)), encoding="utf-8")
    if path[0] in READABLE and isinstance(value, dict):
        verdicts = {finding.verdict for finding in check_file(str(file)).findings}
        assert verdicts == {"unreadable"}
    else:
        with pytest.raises(HW2CheckError):
            check_file(str(file))


USED: list[tuple[dict[str, Any], tuple[str, ...], Any]] = [
    (GRAPH, ("$schema",), "problem.schema.json"),
    (GRAPH, ("description",), "for readers"),
    (GRAPH, ("batch",), "rows"),
    (GRAPH, ("learning_rate",), "1/10"),
    (GRAPH, ("parameters",), ["x"]),
    (GRAPH, ("loss",), "y"),
    (GRAPH, ("relu_derivative_at_0",), 0.5),
    (GRAPH, ("functions",), {"f(x, z)": "x*z"}),
    (GRAPH, ("given", "x"), "exp(-2)/3"),
    (GRAPH, ("given", "x"), [1, "1/2"]),
    (GRAPH, ("given", "x_{5}"), 1),
    (GRAPH, ("upstream",), {"dLoss/dy": 3}),
    (GRAPH, ("expected",), {"y": {"formula": "x^2", "value": 1}, "x": 1}),
    (GRAPH, ("points",), {"y": "1/2"}),
    (GRAPH, ("marking",), {"decimals": 3, "significant": 2}),
    (GRAPH, ("marking",), {"rtol": 0.001, "atol": "1e-6", "strict": True, "per_entry": False}),
    (GRAPH, ("marking",), {"close": 1, "carried": "1/2", "coarse": 0.25}),
    (DENSE, ("layer",), [{"W": [[1]]}, {"name": 2, "W": [[1], [2]], "b": [0, 1]}]),
    (DENSE, ("layer",), [{"W": [[1]], "b": 1, "activation": "tanh"}]),
    (DENSE, ("loss",), {"kind": "squared_error", "target": [[1, 0]]}),
    (DENSE, ("loss",), {"kind": "hinge", "target": [[1, -1]], "reduction": "sum", "l1": 0.1, "l2": "1/2"}),
    (DENSE, ("loss",), {"kind": "binary_cross_entropy", "target": [[1, 0]], "from": "logits"}),
    (DENSE, ("loss",), {"formula": "sum(A1) - target", "target": 1}),
    (DENSE, ("weights",), "in_out"),
    (DENSE, ("layer",), [{"kind": "dense", "W": [[1]]}]),
    (DENSE, ("layer",), [{"kind": "embedding", "E": [[1], [2]], "tokens": [0, 1], "reduce": "mean"}]),
    (DENSE, ("layer",), [{"kind": "embedding", "E": [[1]], "tokens": [["so"]], "vocabulary": ["so"]}]),
    (DENSE, ("layer",), [{"kind": "rnn", "W": [[1]], "U": [[1]], "h0": [0], "output": "all"}]),
    (DENSE, ("layer",), [{"W": [[1]], "name": "a"}, {"kind": "residual", "from": "a"}]),
    (DENSE, ("layer",), [{"W": [[1]]}, {"kind": "residual", "over": 1, "activation": "relu"}]),
    (DENSE, ("layer",), [{"kind": "rms_norm", "gamma": 2, "eps": 1e-3}]),
    (DENSE, ("layer",), [{"kind": "layer_norm", "gamma": 2, "beta": ["1/2"], "eps": 1e-3}]),
    (DENSE, ("layer",), [{"kind": "batch_norm", "running_mean": [0], "running_var": 1}]),
    (DENSE, ("layer",), [{"kind": "dropout", "mask": [[1, 0]], "p": "1/3"}, {"kind": "flatten"}]),
    (DENSE, ("layer",), [{"kind": "attention", "W_Q": [[1]], "W_K": [[1]], "W_V": [[1]], "W_O": [[1]]}]),
    (DENSE, ("layer",), [{"kind": "conv1d", "W": [[1, 2]], "kernel": 2, "padding": 1}]),
    (DENSE, ("layer",), [{"kind": "conv2d", "W": [[1]], "channels": 1, "filters": 1, "stride": 2}]),
    (DENSE, ("layer",), [{"kind": "avg_pool2d", "kernel": 1}, {"kind": "max_pool1d", "kernel": 2}]),
    (DENSE, ("layer",), [{"kind": "gru", "W": [[1]] * 3, "U": [[1]] * 3, "b_h": [0, 1, 2]}]),
    (
        DENSE,
        ("layer",),
        [{"kind": "lstm", "W": [[1]] * 4, "U": [[1]] * 4, "c0": [[1, 2]], "steps": ["A_in"]}],
    ),
]


@pytest.mark.parametrize(("document", "path", "value"), USED)
def test_readers_accept_what_the_schema_accepts(
    document: dict[str, Any], path: tuple[str, ...], value: Any, tmp_path: Path
) -> None:
    document = changed(document, path, value)
    assert faults("problem", document) == []
    file = tmp_path / "p.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert check_file(str(file)).rows


@pytest.mark.parametrize(
    "document",
    [{}, {"answers": [1]}, {"answer": {}}, {"answers": {"y": True}}, {"answers": {}, "expected": {}}],
)
def test_broken_submissions_do_not_validate(document: dict[str, Any]) -> None:
    assert faults("submission", document)


@pytest.mark.parametrize("value", [1, 1.5, "1/2", "x + 1", [1, "2"], [[1], [2]], {"file": "a.csv"}])
def test_answers_validate(value: object) -> None:
    answers = {"y": value, "dLoss/da": {"formula": "x", "value": value}}
    assert faults("submission", {"answers": answers}) == []
    assert faults("problem", GRAPH | {"expected": answers}) == []
