"""Makes the pictures of the README and of the documentation, from what the program really prints.

`python docs/pictures.py` writes them; `make pictures` calls it. A test compares the text in them with what is
printed now.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 80
TERMINAL = {  # the picture's name, and the command; shortened to so many lines
    "backprop": ("hw2check backprop fixtures/backprop.toml", 18),
    "proofread": ("hw2check proofread fixtures/mazur.tex -p fixtures/mazur.toml --all", 18),
    "check": ("hw2check check fixtures/forward.toml fixtures/backprop.toml fixtures/mazur.toml", 18),
}
GRAPHS = {
    "graph": ("backprop.toml", ("--path", "d")),
    "network": ("mazur-dense.toml", ()),
}
THEME = TerminalTheme(
    (13, 17, 23),
    (230, 237, 243),
    [
        (72, 79, 88),
        (255, 123, 114),
        (124, 227, 139),
        (240, 185, 85),
        (121, 184, 255),
        (210, 168, 255),
        (126, 226, 209),
        (230, 237, 243),
    ],
)
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" width="{width}" height="{height}" \
xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Output on a terminal">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" \
height="{terminal_height}"/></clipPath>
{lines}</defs>
<rect fill="#0d1117" x="0" y="0" width="{width}" height="{height}" rx="8"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(command: str) -> str:
    """What a terminal of COLUMNS columns shows, with its colours."""
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command), "--color", "always"],
        cwd=ROOT,
        env=kept | {"COLUMNS": str(COLUMNS), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    return done.stdout


def terminal(command: str, most: int) -> str:
    """A picture of a terminal: the command, and the first lines that it prints."""
    shown = run(command).splitlines()
    lines = shown if len(shown) <= most else [*shown[: most - 1], "..."]
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), highlight=False)
    console.print(Text.assemble(("$ ", "dim"), (command, "bold")))
    console.print(Text.from_ansi("\n".join(lines)))
    return console.export_svg(title="", theme=THEME, code_format=FRAME, unique_id="hw2check")


def graph(file: str, options: tuple[str, ...]) -> str:
    """The drawn graph of a fixture."""
    arguments = ["draw", str(ROOT / "fixtures" / file), "-f", "svg", *options]
    done = subprocess.run(
        [sys.executable, "-m", "hw2check", *arguments], capture_output=True, check=True, encoding="utf-8"
    )
    return done.stdout


def pictures() -> dict[str, str]:
    """Every picture by its file's name."""
    made = {f"{name}.svg": terminal(*how) for name, how in TERMINAL.items()}
    return made | {f"{name}.svg": graph(*how) for name, how in GRAPHS.items()}


def words(picture: str) -> list[str]:
    """The text of a picture, line by line: what must be current in it."""
    return [re.sub(r"<[^>]*>", "", text) for text in re.findall(r"<text.*?</text>", picture, re.DOTALL)]


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for name, picture in pictures().items():
        (PICTURES / name).write_text(picture, encoding="utf-8")
