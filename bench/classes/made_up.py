"""A made-up class for the homework of `fixtures/backprop.toml`: 29 answers a submission and their verdicts.

The right values are computed here in plain Python, from the formulas of the homework and their derivatives by
hand. Every number is written in digits of the student's own, so that few texts repeat.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
RATE = 0.1
PARTIALS = {
    "dx5/dx1": ("exp(-x1)/(1 + exp(-x1))^2", "sigmoid(x1)*(1 - sigmoid(x1))", "x5*(1 - x5)"),
    "dx6/dx2": ("a + c*x3", "c*x3 + a"),
    "dx6/dx3": ("b + c*x2", "x2*c + b"),
    "dx7/dx4": ("2*x4", "x4*2", "x4 + x4"),
    "dx8/dx5": ("-exp(x5 + x6)/(exp(x5) + exp(x6) + exp(x7))^2", "-x8*exp(x5)/(exp(x5) + exp(x6) + exp(x7))"),
    "dx8/dx6": ("exp(x6)*(exp(x5) + exp(x7))/(exp(x5) + exp(x6) + exp(x7))^2", "x8*(1 - x8)", "x8 - x8^2"),
    "dx8/dx7": ("-exp(x7 + x6)/(exp(x5) + exp(x6) + exp(x7))^2", "-x8*exp(x7)/(exp(x7) + exp(x6) + exp(x5))"),
    "dx6/da": ("x2",),
    "dx6/db": ("x3",),
    "dx6/dc": ("x2*x3", "x3*x2"),
    "dx7/dd": ("1",),
}
GRADIENTS = {
    "dLoss/dx7": ("dLoss/dx8 * dx8/dx7", "-3*x8*exp(x7)/(exp(x5) + exp(x6) + exp(x7))"),
    "dLoss/dx6": ("dLoss/dx8 * dx8/dx6", "3*x8*(1 - x8)"),
    "dLoss/dx5": ("dLoss/dx8 * dx8/dx5", "-3*x8*exp(x5)/(exp(x5) + exp(x6) + exp(x7))"),
    "dLoss/dx4": ("dLoss/dx8 * dx8/dx7 * (2*x4)", "dLoss/dx7 * 2*x4"),
    "dLoss/dx3": ("dLoss/dx8 * dx8/dx6 * (b + c*x2)", "dLoss/dx6 * (b + c*x2)"),
    "dLoss/dx2": ("dLoss/dx8 * dx8/dx6 * (a + c*x3)", "dLoss/dx6 * (a + c*x3)"),
    "dLoss/dx1": ("dLoss/dx8 * dx8/dx5 * x5*(1 - x5)", "dLoss/dx5 * x5*(1 - x5)"),
}
VALUES = ("x5", "x6", "x7")
PARAMETERS = {"a": 3.0, "b": 4.0, "c": 2.0, "d": 2.0}
POINTS = {
    **dict.fromkeys((*VALUES, *PARTIALS), 1),
    **dict.fromkeys(GRADIENTS, 1),
    **{f"dLoss/d{name}": 2 for name in PARAMETERS},
    **{f"{name}_new": 1 for name in PARAMETERS},
}


def problem_text() -> str:
    """The problem, with points for each of the 29 answers."""
    head = (ROOT / "fixtures" / "backprop.toml").read_text("utf-8").partition("[expected]")[0]
    return f"{head}[points]\n" + "".join(f'"{name}" = {points}\n' for name, points in POINTS.items())


def gradients(x6: float = -2.0) -> dict[str, float]:
    """dLoss/da to dLoss/dd, of a writer who has this value for x6."""
    e5, e6, e7 = math.exp(0.5), math.exp(x6), math.exp(6.0)
    total = e5 + e6 + e7
    by_x6 = 3 * e6 * (e5 + e7) / total**2
    by_x7 = -3 * e6 * e7 / total**2
    return {"a": by_x6 * 2.0, "b": by_x6 * -1.0, "c": by_x6 * -2.0, "d": by_x7}


@dataclass
class Student:
    """What one student writes, and what is true of it."""

    name: str
    rng: Random
    answers: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    broken: bool = False  # cannot be read at all

    def number(self, value: float, least: int = 3, most: int = 12) -> str:
        """The value in digits of the student's own, rounded."""
        digits = self.rng.randint(least, most)
        text = f"{value:.{digits}g}"
        if "e" in text or self.rng.random() < 0.2:
            mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
            text = f"{mantissa}e{int(power)}"
        return text

    def updated(self, name: str, gradient: float) -> str:
        """A parameter after its update, in digits that show the change."""
        return f"{PARAMETERS[name] - RATE * gradient:.{self.rng.randint(6, 13)}f}"

    def write(self, values: dict[str, float], verdict: str = "correct") -> None:
        """The gradients and what follows from them."""
        for name, value in values.items():
            self.state(f"dLoss/d{name}", self.number(value), verdict)
            self.state(f"{name}_new", self.updated(name, value), verdict)

    def state(self, name: str, text: str, verdict: str) -> None:
        self.answers[name], self.verdicts[name] = text, verdict

    def text(self) -> str:
        """The submission."""
        if self.broken:
            return "[answers]\nx5 = 0.5\nx5 0.5\n"
        return "[answers]\n" + "".join(f'"{name}" = {text}\n' for name, text in self.answers.items())

    @property
    def earned(self) -> dict[str, Fraction]:
        """Points by quantity: what follows from the own mistake earns its points."""
        if self.broken:
            return {}
        good = {"correct", "carried"}
        return {name: Fraction(POINTS[name] if self.verdicts[name] in good else 0) for name in POINTS}


def _sign(student: Student) -> None:
    """A gradient with the wrong sign; the update goes on from it."""
    name = student.rng.choice(list(PARAMETERS))
    wrong = -gradients()[name]
    student.state(f"dLoss/d{name}", student.number(wrong), "wrong")
    student.state(f"{name}_new", student.updated(name, wrong), "carried")


def _power(student: Student) -> None:
    """A power of ten in a gradient; the update is right all the same."""
    name = student.rng.choice(list(PARAMETERS))
    student.state(f"dLoss/d{name}", student.number(gradients()[name] * 10), "wrong")


def _exp_of_sum(student: Student) -> None:
    e5, e6, e7 = math.exp(0.5), math.exp(-2.0), math.exp(6.0)
    wrong = -3 * (e6 + e7) / (e5 + e6 + e7) ** 2
    student.state("dLoss/dd", student.number(wrong), "wrong")
    student.state("d_new", student.updated("d", wrong), "carried")


def _forward(student: Student) -> None:
    """A wrong x6, and all gradients from it."""
    wrong = student.rng.choice((-1.0, 2.0, 0.0, -3.0, -6.0))
    student.write(gradients(wrong), "carried")
    student.state("x6", f"{wrong:.0f}", "wrong")


def _ascent(student: Student) -> None:
    """An update in the wrong direction."""
    name = student.rng.choice(list(PARAMETERS))
    student.state(f"{name}_new", student.updated(name, -gradients()[name]), "wrong")


def _formula(student: Student) -> None:
    """A sign, a factor or a term of a formula."""
    name, wrong = student.rng.choice(
        [
            ("dx8/dx7", "exp(x7 + x6)/(exp(x5) + exp(x6) + exp(x7))^2"),
            ("dx8/dx6", "x8*(1 + x8)"),
            ("dx6/dx2", "a + c*x2"),
            ("dx7/dx4", "x4"),
            ("dLoss/dx4", "dLoss/dx8 * dx8/dx7 * x4"),
            ("dLoss/dx3", "dLoss/dx6 * (b - c*x2)"),
            ("dx5/dx1", "sigmoid(x1)*(1 + sigmoid(x1))"),
        ]
    )
    student.state(name, f'"{wrong}"', "wrong")


def _missing(student: Student) -> None:
    name = student.rng.choice([name for name in POINTS if name not in VALUES])
    del student.answers[name]
    student.verdicts[name] = "missing"


def _unreadable(student: Student) -> None:
    name = student.rng.choice(list(GRADIENTS))
    student.state(name, '"dLoss/dx8 * ((("', "unreadable")


def _broken(student: Student) -> None:
    student.broken = True


MISTAKES: tuple[Callable[[Student], None], ...] = (
    _sign,
    _power,
    _exp_of_sum,
    _forward,
    _ascent,
    _formula,
    _missing,
    _unreadable,
    _broken,
)


def student(number: int, seed: int, mistaken: float) -> Student:
    """The student of a number; `mistaken` of all make one mistake or more."""
    rng = Random(f"{seed} {number}")
    made = Student(f"student{number:06d}", rng)
    made.state("x5", student_half(rng), "correct")
    made.state("x6", "-2", "correct")
    made.state("x7", "6", "correct")
    for name, forms in (*PARTIALS.items(), *GRADIENTS.items()):
        made.state(name, f'"{spaced(rng, rng.choice(forms))}"', "correct")
    made.write(gradients())
    if rng.random() < mistaken:
        rng.choice(MISTAKES)(made)
    return made


def student_half(rng: Random) -> str:
    """x5 in one of its spellings."""
    return rng.choice(("0.5", "0.50", '"1/2"', "0.500", "5e-1"))


def spaced(rng: Random, formula: str) -> str:
    """A formula with blanks where the student likes them."""
    return "".join(letter + " " * (letter in "*/(" and rng.random() < 0.3) for letter in formula)


def write_class(folder: Path, count: int, seed: int, mistaken: float) -> list[Student]:
    """Writes problem and submissions into a folder; returns what is true of them."""
    (folder / "class").mkdir(parents=True, exist_ok=True)
    (folder / "problem.toml").write_text(problem_text(), encoding="utf-8")
    made = []
    for number in range(count):
        one = student(number, seed, mistaken)
        (folder / "class" / f"{one.name}.toml").write_text(one.text(), encoding="utf-8")
        made.append(one)
    return made
