"""Names of quantities, taken apart and put together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw2check.formula.quantity import (
    Kind,
    Quantity,
    at_step,
    before_update,
    derivative_parts,
    is_local,
    label,
    local,
    quantity,
    total,
    updated,
)

CASES = {
    "x5": Quantity(Kind.VALUE, "x5"),
    "W_out": Quantity(Kind.VALUE, "W_out"),
    "dx6/dx2": Quantity(Kind.TOTAL, "x6", "x2"),
    "∂x6/∂x2": Quantity(Kind.LOCAL, "x6", "x2"),
    "dLoss/dW1@3": Quantity(Kind.TOTAL, "Loss", "W1", 3),
    "∂z/∂w@2": Quantity(Kind.LOCAL, "z", "w", 2),
    "w_new": Quantity(Kind.UPDATED, "w"),
    "m_w_new@12": Quantity(Kind.UPDATED, "m_w", "", 12),
    "L@2": Quantity(Kind.VALUE, "L", "", 2),
    "_new": Quantity(Kind.VALUE, "_new"),
    "delta": Quantity(Kind.VALUE, "delta"),
}


@pytest.mark.parametrize("name", CASES)
def test_parsed_and_printed(name: str) -> None:
    assert quantity(name) == CASES[name]
    assert str(CASES[name]) == name


@pytest.mark.parametrize("name", ["x@", "x@0", "x@b", "@2", "x@-1"])
def test_what_is_no_step_is_part_of_the_name(name: str) -> None:
    assert quantity(name).step == 1
    assert str(quantity(name)) == name


NODES = st.from_regex(r"[a-zA-Z][a-zA-Z]{0,5}[0-9]{0,2}", fullmatch=True).filter(lambda n: n.isascii())


@given(st.sampled_from(Kind), NODES, NODES, st.integers(1, 99))
def test_printing_is_undone_by_parsing(kind: Kind, of: str, by: str, step: int) -> None:
    made = Quantity(kind, of, by if kind in {Kind.LOCAL, Kind.TOTAL} else "", step)
    assert quantity(str(made)) == made
    assert at_step(made.base, step) == str(made)


@given(NODES, NODES)
def test_makers(of: str, by: str) -> None:
    assert quantity(local(of, by)) == Quantity(Kind.LOCAL, of, by)
    assert quantity(total(of, by)) == Quantity(Kind.TOTAL, of, by)
    assert quantity(updated(of)) == Quantity(Kind.UPDATED, of)
    assert derivative_parts(total(of, by)) == derivative_parts(local(of, by)) == (of, by)
    assert is_local(local(of, by)) and not is_local(total(of, by))
    assert label(local(of, by)) == total(of, by) == label(total(of, by))


@pytest.mark.parametrize(
    ("name", "before"),
    [("w_new", "w"), ("w_new@2", "w_new"), ("w_new@3", "w_new@2"), ("m_w_new@2", "m_w_new")],
)
def test_what_an_update_starts_from(name: str, before: str) -> None:
    assert before_update(name) == before
