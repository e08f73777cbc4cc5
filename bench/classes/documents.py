"""Written documents as submissions: the homework's own fixture, each with other digits."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

from bench.classes.made_up import ROOT


def write_documents(folder: Path, count: int, seed: int) -> None:
    """Writes a problem, and documents of the size of `fixtures/homework.md` with blanks of their own."""
    (folder / "class").mkdir(parents=True, exist_ok=True)
    (folder / "problem.toml").write_text(
        (ROOT / "fixtures" / "backprop-key.toml").read_text("utf-8"), "utf-8"
    )
    text = (ROOT / "fixtures" / "homework.md").read_text("utf-8")
    for number in range(count):
        rng = Random(f"{seed} {number}")
        parts = re.split(r"(?<=\d) *([=+]) *(?=[\d\\])", text)
        own = "".join(f"{' ' * rng.randint(0, 2)}{part} " if i % 2 else part for i, part in enumerate(parts))
        own = f"# Homework of student {number}\n\n{own}\n\nHanded in with {rng.randint(1, 10**9)} words.\n"
        (folder / "class" / f"student{number:05d}.md").write_text(own, "utf-8")
