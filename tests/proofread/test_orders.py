"""Relations such as < between numbers, and between names whose values are sure."""

import pytest

from tests.proofread.test_steps import verdicts

BEFORE = r"x = 3 \\ y = 2x = 6 \\ "
STEPS = [
    (r"w = x + 3 > 2", "definition holds"),
    (r"w = xy > y", "definition holds"),
    (r"x + 3 = 6 \le 6", "holds holds"),
    (r"x + 3 = 6 \ne 6", "holds doubtful"),
    (r"y - x = 3 = x \ge x", "holds holds holds"),
    (r"6 = y < x + 2", "holds doubtful"),
    (r"6 = y < x + t", "holds unchecked"),  # t is any number
    (r"x < 5", "unchecked"),  # a condition, or a remark
    (r"x > 5", "unchecked"),
    (r"0 < x < 1", "unchecked unchecked"),
]  # fmt: skip


@pytest.mark.parametrize(("mathematics", "expected"), STEPS, ids=[step for step, _ in STEPS])
def test_names_with_values(mathematics: str, expected: str) -> None:
    assert verdicts(BEFORE + mathematics, ()) == f"definition definition holds {expected}"


def test_what_is_more_than_a_number_is_not_rounded_to_it() -> None:
    assert verdicts(r"1/3 > 0.3 \\ 2 \cdot 0.3 = 0.667", ()) == "holds wrong"
    assert verdicts(r"1/3 = 0.3 \\ 2 \cdot 0.3 = 0.667", ()) == "rounded rounded"


def test_what_is_more_than_a_number_is_not_given_exactly_by_it() -> None:
    assert verdicts(r"0.25 + 0.0345 > 0.28 \\ 0.25 + 0.0345 = 0.28", ()) == "holds rounded"
