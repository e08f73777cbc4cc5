"""The text report of a proofread document."""

from __future__ import annotations

from hw2check.proofread.proof import VERDICTS
from hw2check.report.text import COLOURS


def test_every_verdict_of_a_step_has_its_colour() -> None:
    assert COLOURS.keys() == set(VERDICTS)
