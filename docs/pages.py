"""Writes the pages that are made from tables of the program: the catalogue of mistakes.

`python docs/pages.py` writes them; a test compares them with what stands there.
"""

from __future__ import annotations

from pathlib import Path

from hw2check.mistakes.catalogue import MISTAKES

DOCS = Path(__file__).parent


def mistakes() -> str:
    """Every mistake that a hint may name, the likeliest first."""
    lines = [
        "# The mistakes that hw2check names",
        "",
        "A wrong answer is compared with what each of these would give. Only a match at the digits written",
        'is named, and only as "looks like". `hw2check explain CODE` prints one of them.',
        "",
        "| code | what was done | for example |",
        "|---|---|---|",
    ]
    ranked = sorted(MISTAKES.values(), key=lambda mistake: (mistake.rank, mistake.code))
    lines += [f"| `{m.code}` | {_cell(m.title)} | {_cell(m.example)} |" for m in ranked]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    return {"mistakes.md": mistakes()}


if __name__ == "__main__":
    for name, page in pages().items():
        (DOCS / name).write_text(page, encoding="utf-8")
