"""Tables on terminals of every width: nothing is cut, names and numbers stay whole, and what can fit does."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from hw2check.report.tables import Column, folded, print_table
from tests.commands.running import Done, Process
from tests.support import FIXTURES

COLUMNS = (
    Column("quantity"),
    Column("formula", least=16, below=True),
    Column("expected", "right"),
    Column("computed", "right"),
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(lambda x: f"{x:.10g}")
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
FORMULAS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", "*", "/", ", "]), inner).map("".join),
        inner.map(lambda text: f"exp({text})"),
    ),
    max_leaves=20,
)


def printed(width: int, *rows: tuple[str, ...], ascii_only: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None)
    cells = [[Text(cell) for cell in row] for row in rows]
    print_table(console, Text("Values"), COLUMNS, cells, ascii_only=ascii_only)
    return stream.getvalue()


@given(FORMULAS, st.integers(8, 100))
def test_a_folded_formula_is_whole_and_no_name_is_broken(formula: str, width: int) -> None:
    parts = [part.plain for part in folded(Text(formula), width)]
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", formula)
    words = re.findall(r"\w+", formula)
    assert [word for part in parts for word in re.findall(r"\w+", part)] == words
    assert all(len(part) <= width for part in parts if len(re.findall(r"\w+", part)) > 1)


@given(st.lists(st.tuples(NAMES, FORMULAS, NUMBERS, NUMBERS), min_size=1, max_size=4), st.integers(60, 200))
def test_a_table_fits_60_columns_and_has_every_cell(rows: list[tuple[str, ...]], width: int) -> None:
    out = printed(width, *rows)
    assert all(len(line) <= width for line in out.splitlines())
    flat = re.sub(r"\s", "", out)
    for name, formula, expected, computed in rows:
        assert name in flat
        assert f"{expected}  " in out and f"{computed}\n" in out
        assert all(part in out for part in re.findall(r"\w+", formula))


def test_a_formula_stands_in_a_column_where_there_is_room_and_else_below() -> None:
    row = ("x8", "exp(x6)/(exp(x5) + exp(x6) + exp(x7))", "0.000334", "0.0003339856651")
    assert printed(100, row).splitlines()[3] == (
        " x8        exp(x6)/(exp(x5) + exp(x6) + exp(x7))  0.000334  0.0003339856651"
    )
    assert printed(60, row).splitlines()[3:5] == [
        " x8        0.000334  0.0003339856651",
        "   = exp(x6)/(exp(x5) + exp(x6) + exp(x7))",
    ]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("name", ["backprop", "backprop-key", "mazur-dense", "emotions-recurrent"])
def test_the_tables_of_the_fixtures_fit(name: str, width: int) -> None:
    out = Process("backprop", str(FIXTURES / f"{name}.toml"), COLUMNS=str(width)).out
    tables = out.partition("Values")[2] if "Values" in out else out
    long = [line for line in tables.splitlines()[:-1] if len(line) > width]
    assert not long


def test_what_is_wrong_stands_first_and_the_result_last() -> None:
    shown = Done("backprop", str(FIXTURES / "backprop.toml")).out.splitlines()
    assert re.match(r"✗ wrong .*:54:1  dLoss/dd = -0\.007, computed -0\.0009975456151", shown[1])
    assert shown[2].startswith("↳ carried ")
    assert shown[3] == "expected: as written in the answer; computed: by hw2check"
    assert shown[-1] == "✗ 29 answers: 27 correct, 1 wrong, 1 carried; 17 of 19 points"


def test_a_wide_matrix_is_shown_a_few_columns_at_a_time(tmp_path: object) -> None:
    entries = ", ".join(f"{0.1 * i:.1f}" for i in range(20))
    problem = f'[given]\nA = [[{entries}]]\n[nodes]\nB = "tanh(A)"\n[expected]\nB = [[{entries}]]\n'
    out = Process("forward", "-", stdin=problem, COLUMNS="80").out
    assert "computed, columns 1 to 5" in out
    body = out.partition("B  1 x 20")[2]
    assert all(len(line) <= 80 for line in body.splitlines())
    assert all(f"{float(entry):.1f}" in body for entry in entries.split(", "))
