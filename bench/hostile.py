"""Documents that are meant to harm, and random damage to good ones."""

from __future__ import annotations

import random

MEGABYTE = 1 << 20


def _repeated(part: str, size: int = MEGABYTE) -> str:
    return part * (size // len(part))


HOSTILE: dict[str, str] = {
    "unclosed brackets": _repeated("\\[ x"),
    "unclosed dollars": _repeated("$x\n\n"),
    "double dollars": _repeated("$$x\n"),
    "backticks": _repeated("`a``b"),
    "fences": _repeated("```a\n"),
    "comments": _repeated("<!--"),
    "environments": _repeated("\\begin{align}"),
    "nested sums": "$$" + "\\sum_{i=1}^{9999}" * 3 + "i = 1$$",
    "powers": "$$9^{9^{9^{9}}} = 1$$ $$2^{10^9} = 1$$ $$2^{4096} = 1$$",
    "nesting": "$$" + "(" * 5000 + "1" + ")" * 5000 + " = 1$$",
    "braces": "$$" + "{" * 50_000 + "$$",
    "fractions": "$$" + "\\frac{1}{" * 5000 + "1" + "}" * 5000 + " = 1$$",
    "long sum": "$$" + "+".join(["1"] * 9000) + " = 9000$$",
    "long word": "$$" + "a" * 100_000 + " = 1$$",
    "long number": "$$" + "1" * 100_000 + " = 1$$",
    "long block": "$$" + "x_2 + " * 200_000 + "1 = 1$$",
    "one over-long block": "$$" + "x_2 + " * 20_000 + "1 = 1$$\n\n$$x_7 = 7$$",
    "big exponents": "$$1e999999999 = 1$$ $$10^{-400} = 0$$ $$1e-400 = 1e-401$$",
    "matrix in matrix": "$$" + "\\begin{bmatrix}" * 200 + "1" + "\\end{bmatrix}" * 200 + " = 1$$",
    "wide matrix": "$$\\begin{bmatrix}" + "&".join(["1"] * 9000) + "\\end{bmatrix} = 1$$",
    "matrix powers": "$$" + "W_1^T W_1 " * 2000 + " = 1$$",
    "subscripts": "$$x" + "_{x" * 3000 + "}" * 3000 + " = 1$$",
    "equals": "$$" + "=" * 9000 + "$$",
    "many formulas": "$x_7=6$ " * 3000,
    "controls": "$$x_7 = \x1b[31m7\x07 ::error::$$",
    "prompts": _repeated("1. why?\n", MEGABYTE // 4),
    "roots": "$$" + "\\sqrt{" * 1000 + "2" + "}" * 1000 + " = 1$$",
    "bars": "$$" + "|" * 10_000 + " = 1$$",
    "signs": "$$x_7 = " + "-" * 9000 + "6$$",
    "derivatives": "$$" + "\\frac{d}{dx_2}" * 300 + "x_6 = 1$$",
}

PIECES = (
    *"{}()[]_^=+-*/&|,;$\\'!~.0123456789xabdi",
    "\\frac",
    "\\sum_{i=1}^{3}",
    "\\begin{bmatrix}",
    "\\end{bmatrix}",
    "\\\\",
    "\\left(",
    "\\partial",
    "\\text{",
    "$$",
    "1e999",
    "\\exp",
    "∂",
    "²",
    "\x00",
    "\N{REPLACEMENT CHARACTER}",
    "<!--",
    "```",
)


def damaged(text: str, rng: random.Random) -> str:
    """The text with up to eight pieces put in, taken out or doubled."""
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(text) + 1)
        length = rng.choice((0, 0, 1, 2, 10))
        new = rng.choice((*PIECES, "", text[at : at + 20]))
        text = text[:at] + new + text[at + length :]
    return text
