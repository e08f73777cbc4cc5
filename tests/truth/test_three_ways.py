"""The three numbers of --self-check: the symbolic one is SymPy's, through matrices too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw2check.calculus import adjoint
from hw2check.calculus.matrix_rules import Rules
from hw2check.formula.tree import Call, MatMul
from hw2check.truth.three_ways import BY_RULES, BY_SYMPY, self_check
from tests.commands.running import Done
from tests.oracles.network_truth import truth_of
from tests.truth.test_local_partials import CASES


@pytest.mark.parametrize("case", CASES)
def test_sympy_agrees_for_each_kind_of_network(case: str, tmp_path: Path) -> None:
    rows = self_check(truth_of(CASES[case], tmp_path))
    assert rows
    assert {row.symbolic_by for row in rows} == {BY_SYMPY}
    assert [row.name for row in rows if not row.agree] == []


@pytest.mark.parametrize(("case", "kind"), [("dense", MatMul), ("softmax", Call), ("attention", MatMul)])
def test_a_wrong_rule_for_matrices_is_found(
    case: str, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = {row.name: row.symbolic for row in self_check(truth_of(CASES[case], tmp_path))}
    rule: Any = Rules._rules[kind]
    monkeypatch.setitem(
        Rules._rules,
        kind,
        lambda rules, expression, above: [(o, rules.times(s, s)) for o, s in rule(rules, expression, above)],
    )
    rows = self_check(truth_of(CASES[case], tmp_path))
    assert {row.name: row.symbolic for row in rows} == pytest.approx(right)
    assert not all(row.agree for row in rows)


def test_a_wrong_rule_for_values_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(adjoint._ALONG, "softmax", lambda *of: of[1])
    rows = self_check(truth_of(CASES["attention"], tmp_path))
    assert {row.name.partition(",")[0] for row in rows if not row.agree} >= {"dLoss/dW_Q_1", "dLoss/dW_K_1"}


LARGE = '[given]\nX = {}\nw = {}\n[nodes]\nz = "X @ w"\nL = "sum(z^2)"\n[expected]\n"dL/dz" = "2*z"\n'


def test_what_is_too_large_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    file = tmp_path / "p.toml"
    matrices = (rng.normal(size=(30, 30)).round(3).tolist(), rng.normal(size=30).round(3).tolist())
    file.write_text('loss = "L"\n' + LARGE.format(*matrices), encoding="utf-8")
    rows = self_check(truth_of(file.read_text(encoding="utf-8"), tmp_path))
    assert {row.symbolic_by for row in rows} == {BY_RULES}
    assert all(row.agree for row in rows)
    text = Done("check", str(file), "--self-check").out
    assert text.count("(rules)") == len(rows)
    (report,) = json.loads(Done("check", str(file), "--self-check", "-f", "json").out)["files"]
    assert {row["symbolic_by"] for row in report["self_check"]} == {"rules"}
