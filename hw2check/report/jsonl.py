"""JSON lines: each file, document or submission an object on a line, as `json` has them in its lists.

Source: https://jsonlines.org
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hw2check.check.findings import Report
from hw2check.errors import HW2CheckError
from hw2check.report.formats import PLAIN, View
from hw2check.report.json import defused, document_as_json, file_as_json, grade_as_json

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded
    from hw2check.proofread.proof import Proof


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), _: View = PLAIN) -> str:
    """A line for each file, and for each that could not be judged."""
    lines = [_line("file", file_as_json(report)) for report in reports]
    return "".join([*lines, *(_line("error", error.as_json()) for error in errors)])


def steps(proofs: Sequence[Proof], view: View = PLAIN) -> str:
    """A line for each document; every step in it where asked, else the findings alone."""
    return "".join(_line("document", document_as_json(proof, every=view.every)) for proof in proofs)


def grades(graded: Iterable[Graded], _: View = PLAIN) -> str:
    """A line for each submission."""
    return "".join(_line("submission", grade_as_json(one)) for one in graded)


def _line(kind: str, data: dict[str, Any]) -> str:
    return defused(json.dumps({"kind": kind} | data, ensure_ascii=True, allow_nan=False)) + "\n"
