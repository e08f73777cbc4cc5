"""The text report of a proofread document."""

from __future__ import annotations

import pytest

from hw2check.proofread.proof import VERDICTS
from hw2check.report.text import COLOURS
from tests.commands.running import Process


def test_every_verdict_of_a_step_has_its_colour() -> None:
    assert COLOURS.keys() == set(VERDICTS)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_line_of_the_document_fits_the_terminal(width: int) -> None:
    document = f"${' + '.join(['1'] * 40)} = 41$ and then some more words after it, to the end of the line.\n"
    out = Process("proofread", "-", stdin=document, COLUMNS=str(width)).out
    line, carets = out.splitlines()[1:3]
    assert max(len(line), len(carets)) <= width
    assert line[carets.index("^") :].startswith("41")
