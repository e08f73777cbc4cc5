"""Equations in plain sentences: what is right, what is wrong, and what is not certain enough to be either."""

from __future__ import annotations

import pytest

from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread


def verdicts(text: str) -> list[str]:
    return [link.verdict for link in proofread(scan(text, "hw"), []).links]


RIGHT = [
    "The hens lay 16 - 3 - 4 = 9 eggs",
    "so she earns 9 * 2 = $18 a day",
    "3 x 4 = 12 tires",
    "3x4=12",
    "8/2 = 4",
    "12% of $1,250 = $150",
    "12 percent of 1,250 is what we need: 0.12 * 1250 = 150",
    "20 minutes / 60 = 1/3 hour",
    "= 9 + 4 = 13",
    "18 books - 2 books = 16 books",
    "18 books – 2 books = 16 books",
    "18 − 2 = 16",
    "5 × 3 · 2 ÷ 6 = 5",
    "3 1/2 + 1/2 = 4",
    "9(2/3) = 6",
    "(3 + 4)(2) = 14",
    "350 000 / 2 = 175 000",
    "1/3 * 100% = 33.3%",
    "25/200 * 100 = 12.5%",
    "100 - 80 = 20%",
    "100% - 20% = 80%",
    "$50 + 10% = $55",
    "2/3 of the 9 apples = 6 apples",
    "$5/jar * 10 jars = $50",
    "$5 per jar * 10 jars = $50",
    "60 minutes/hour * 2 hours = 120 minutes",
    "2 hours + 30 minutes = 2.5 hours",
    "25 cents * 4 = $1",
    "7.5 hours = 450 minutes",
    "2 dozen * 12 = 24, and 2 dozen + 1 = 25",
    "4 million / 1000 = 4,000",
    "a 7-day week has 7*24 = 168 hours",
    "5 times 3 equals 15",
    "5 plus 3 is equal to 8",
    "**16 - 3 = 13**",
    "*16 - 3* = 13",
    "`0.3*0.5` = 0.15",
    "2 \\* 3 = 6 and 2 * 3 = 6",
    "2^3 = 8, 2**3 = 8 and 3² = 9",
    "√16 + 1 = 5",
    "sqrt(16) + 1 = 5",
    "σ(0) = 0.5",
    "exp(0) = 1",
    "10/3 = 3.33",
    "10/3 = 3.333...",
    "10/3 ≈ 3.3",
    "$5 + $6 = $11, so $2*$3=$6 and ($5+$3)*2 = $16",
    "28 / 1/5 = 28 * 5 = 140 cups",
    "5 lbs. + 3 lbs. = 8 lbs. in all",
    "4 books *200 pages/book = 800 pages",
    "3 + 4 =\n7",
    "3 + 4\n= 7",
    "- 3 + 4 = 7",
    "1. 3 + 4 = 7",
    "2) 3 + 4 = 7",
    "## 3 + 4 = 7",
    "> 3 + 4 = 7",
    "10% of the $400 + $1580 = $1980 is set aside",
    "12 * 4096 * 4096 ≈ 201 million",
    "路径长度为 2，WPL部分为 15 * 2 = 30。",
    "概率0.2 × 0.4 × 3 = 0.24",
    "Nikita = (1/2) 278 + 11 = 150 points",
    "1 girls’ team + 1 boys' team = 2 teams",
    "20 cards of the first and second month + 100 cards she had = 120 cards",
    "12 * 4096 * 4096 ≈ 0.2 billion",
]


@pytest.mark.parametrize("text", RIGHT)
def test_right(text: str) -> None:
    found = verdicts(text)
    assert found
    assert set(found) <= {"holds", "rounded"}


# A sentence with one mistake, whose verdict is the last one that is not "holds".
WRONG = [
    "The hens lay 16 - 3 - 4 = 8 eggs",
    "so she earns 9 * 2 = $19 a day",
    "3 x 4 = 13 tires",
    "3x4=13",
    "12% of $1,250 = $160",
    "20 minutes / 60 = 1/4 hour",
    "= 9 + 4 = 14",
    "18 books - 2 books = 15 books",
    "18 books – 2 books = 15 books",
    "3 1/2 + 1/2 = 5",
    "9(2/3) = 7",
    "350 000 / 2 = 176 000",
    "1/3 * 100% = 34.3%",
    "100 - 80 = 30%",
    "$50 + 10% = $56",
    "2/3 of the 9 apples = 5 apples",
    "$5/jar * 10 jars = $60",
    "2 hours + 30 minutes = 2.4 hours",
    "7.5 hours = 460 minutes",
    "5 times 3 equals 16",
    "**16 - 3 = 14**",
    "`0.3*0.5 = 0.25`",
    "2^3 = 6",
    "√16 + 1 = 6",
    "10/3 = 3.43",
    "He had 5 apples, and his 3 friends 3 * 2 = 7 apples",
    "First 2 + 3 = 5, then 5 * 4 = 21",
    "3 + 4\n= 8",
    "```\nrow1: 0.3*0.5 + 0.2*0.6 = 0.15 + 0.12 = 0.37\n```",
    "In total that is 5*3=16",
    "2/3 of the 9 eggs = 9",
    "a rate of 999/1000 = 99.9",
    "0.06 * 0.50 = 0.0400",
    "0.06 * 0.50 = 0.06800",
    "2.5 * 1.5 = 3.76",
    "路径长度为 2，WPL部分为 15 * 2 = 31。",
    "概率0.2 × 0.4 × 3 = 0.25",
    "合計は 100 * 100 = 10,005 です",
    "それは（3 + 4 = 8）",
    "x # 55 * 2 = 111",
    "2/40 = 4/20 miles per minute",
    "They are equal: 3 people + 1 person = 5 people",
    "**3 1/4 * 4 = 12**",
    "That is 12 * 100,000 = 1,300,000, they said",
]


@pytest.mark.parametrize("text", WRONG)
def test_wrong(text: str) -> None:
    found = verdicts(text)
    assert found.count("wrong") == 1
    assert set(found) <= {"wrong", "holds", "rounded"}


# Nothing here is certainly wrong: what is written is no equation, not all of one, or has another meaning.
UNCERTAIN = [
    "2L + 8 = 30",
    "3x = 300",
    "Let x = 4, so x + 2 = 7",
    "f'(x) = 2x + 3x = 6x",
    "twice 3 + 4 = 14",
    "the average of 80 + 90 = 85",
    "100 - what he lost 2*3 = 94",
    "330 / 60 = 5 hours and 30 minutes",
    "11 / 4 = 2 with 3 left over",
    "11 / 4 = 2 full boxes",
    "11 / 4 = 3 boxes, rounded up",
    "1 mile = 1760 yards",
    "2/3 is equal to $16",
    "5 apples = $3",
    "The score was 3-2, at 10:30 = 5",
    "2020-05-06 = 5",
    "1.2.3 = 4",
    "ratio 3:2 = 6",
    "in version 2 = 3",
    "the range 2-5 = 4 values",
    "600 / 50 = 12 hours * 60 = 720",
    "price * 3 = 15",
    "$x$ + 3 = 7",
    "3 * $x$ = 7",
    "12 weeks = 2.5 months",
    "40 km/hour * 30 minutes = 20 km",
    "16,0000 / 10 = 16000",
    "8 * 45 = 360 divided by 5 is 72",
    "see https://example.org/?a=1&b=2=3",
    "```python\nx = 3 + 4 == 8\n```",
    "```\nfor i in range(3):\n    y = 2 * 3 = 7\n```",
    "    assert 3 + 4 == 8",
    "<img width=3 height=4>",
    "a <= 3 + 4 >= 9",
    "Title\n=====",
    "$60 + $15 = $75 and 3$",
    "NO_COLOR=1 FORCE_COLOR=0",
    "the area is A*A=25 or A^2=25",
    "6 sets x every 2 hours = 12 hours",
    "17 pounds of apple because20-3 = 17",
    "0.06 * 0.50 = 0.02800",
    "0.01 * 0.60 + 0.00 = 0.00302",
    "memory: 224*224*3=150K weights",
    "memory: 112*112*64=800K weights",
    "10 pages a day on day 1 * 2 = 20 pages",
    "then \\sigma_2^2$=18",
    "3/21 * 100% = 14.28",
    "because 14, 400 / 80 = 180",
    "so 1 hour 20 minutes = (60+20) minutes",
    "90 minutes = (60/60) hours and 30 minutes",
    "0900-0130 = 0730 hours",
    "that is 26.\n86 - 23.13 = 3.73",
    ".8 + . 84 + .82 = 2.46",
    "x\\_{2} = 3",
    "width=300 height=200",
    "a (4x9) x (9x1) = (4x1) product",
    "7 * 8 / Total samples = 3.7",
]


@pytest.mark.parametrize("text", UNCERTAIN)
def test_uncertain(text: str) -> None:
    assert "wrong" not in verdicts(text)


def test_the_place_of_a_mistake() -> None:
    text = "First line.\n\nShe has **16 - 3 = 14** eggs."
    (link,) = proofread(scan(text, "hw"), []).links
    assert (link.left.text, link.right.text) == ("16 - 3", "14")
    assert (link.right.place.line, link.right.place.column, link.right.end_place.column) == (3, 20, 21)


# A document, and the lines of its equations that cannot be read: not words with a value, not code.
UNREAD = [
    ("Then $x$ = 7.", [1]),
    ("Total = 5.\n\n3 @@ 4 = ) 5", [3]),
    ("```python\nx = 5\n```\n`y == 3`", []),
    ("3 + 4 = 7", []),
    ("window.X = [1, 2]; A = R @ Q", []),
]


@pytest.mark.parametrize(("text", "lines"), UNREAD)
def test_equations_that_cannot_be_read_are_told(text: str, lines: list[int]) -> None:
    assert [place.line for place in proofread(scan(text, "hw"), []).unread] == lines


def test_plain_text_and_mathematics_are_read_in_their_order() -> None:
    text = "First 2 + 3 = 5, then $3 + 3 = 6$, then 3 + 4 = 7.\n\n$$4 + 4 = 8$$\n\n9 = 4 + 5"
    links = proofread(scan(text, "hw"), []).links
    assert [link.left.text for link in links] == ["2 + 3", "3 + 3", "3 + 4", "4 + 4", "9"]


def test_letters_in_sentences_say_nothing_of_formulas() -> None:
    text = "Set lr = 0.1 and x = 3.\n\n$$x + 1 = 6$$\n\nSo a = 2 * 3 = 6."
    links = proofread(scan(text, "hw"), []).links
    assert [(link.left.text, link.right.text) for link in links] == [("x + 1", "6"), ("2 * 3", "6")]
    alone = proofread(scan("Let x = 3.\n\nThen y = 2 * x = 6.", "hw"), []).links
    assert [link.verdict for link in alone] == ["definition", "definition", "holds"]
