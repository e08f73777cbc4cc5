"""Reports as JSON, in the stable form that `hw2check schema report` describes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from hw2check import __version__
from hw2check.functions import Array
from hw2check.report import Finding, Report, Row, count_verdicts

FORMAT_VERSION = 1  # grows when a key changes its meaning or goes; new keys may come at any time


def render_json(reports: Sequence[Report], errors: Sequence[dict[str, Any]] = ()) -> str:
    """One JSON document for all files, numbers finite or null."""
    document = {
        "format": "hw2check-report",
        "version": FORMAT_VERSION,
        "hw2check": __version__,
        "ok": not errors and not any(report.failed for report in reports),
        "files": [_file(report) for report in reports],
        "errors": list(errors),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _file(report: Report) -> dict[str, Any]:
    return {
        "file": report.file,
        "submission": report.submission or None,
        "title": report.title,
        "ok": not report.failed,
        "strict": report.strict,
        "counts": count_verdicts(report),
        "first_wrong": next((f.name for f in report.failed), None),
        "quantities": [_quantity(row) for row in report.rows],
        "unknown": [_finding(finding) for finding in report.stray],
        "not_judged": report.left_out,
    }


def _quantity(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "formula": row.formula or None,
        "chain_rule": row.chain or None,
        "shape": list(row.value.shape),
        "computed": _number(row.value),
        "answer": _finding(row.finding) if row.finding else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "verdict": finding.verdict,
        "reason": finding.reason or None,
        "expected": finding.text,
        "formula_verdict": finding.formula_verdict or None,
        "entry_verdicts": list(finding.entry_verdicts) or None,
        "file": finding.file or None,
        "line": finding.line or None,
        "column": finding.column or None,
    }


def _number(array: Array) -> Any:
    if array.ndim:
        return [_number(part) for part in array]
    value = float(np.asarray(array))
    return value if math.isfinite(value) else None
