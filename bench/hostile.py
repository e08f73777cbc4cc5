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
    "lone dollars": _repeated("$x"),
    "dollars with spaces": _repeated("$ x $ y"),
    "double dollars in a line": _repeated("$$x"),
    "unclosed parentheses": _repeated("\\( x"),
    "double brackets": _repeated("\\\\[ x"),
    "dollar ticks": _repeated("$`x"),
    "empty formulas": _repeated("$=$"),
    "relations": "$$" + "x_7 = " * 6000 + "$$",
    "unclosed matrices": "$$" + "\\begin{bmatrix}" * 60_000 + "$$",
    "unclosed matrices with relations": "$$" + "\\begin{array}{c} = " * 4000 + "$$",
    "unclosed verbatim": _repeated("\\begin{verbatim}"),
    "other environments": _repeated("\\begin{x}"),
    "brace megabyte": "$$" + _repeated("{") + " = 1$$",
    "brackets megabyte": "$$" + _repeated("(") + " = 1$$",
    "sub and superscripts": "$$x" + "_^" * 9000 + " = 1$$",
    "primes": "$$x" + "'" * 9000 + " = 1$$",
    "accents": "$$" + "\\hat" * 9000 + " = 1$$",
    "accents in groups": "$$" + "\\hat{" * 9000 + "}" * 9000 + " = 1$$",
    "fonts": "$$" + "\\mathbf{" * 9000 + "}" * 9000 + " = 1$$",
    "boxes": "$$" + "\\boxed{" * 6000 + "x = 1" + "}" * 6000 + "$$",
    "underbraces": "$$" + "\\underbrace{" * 6000 + "}_x" * 6000 + " = 1$$",
    "half fractions": "$$" + "\\frac" * 9000 + " = 1$$",
    "half fractions with braces": "$$" + "\\frac{" * 9000 + " = 1$$",
    "sums without ranges": "$$" + "\\sum_i " * 6000 + "x_i = 1$$",
    "quotes": _repeated("> $x_7\n"),
    "headings": _repeated("# 1.\n"),
    "items": _repeated("\\item why?\n"),
    "prompts of blanks": "1. why?\n" + _repeated("_ * - \n"),
    "answers of nothing": "1. why?\n" + _repeated("todo "),
    "percents": _repeated("%"),
    "tildes": _repeated("~~~\n"),
    "rows": "$$" + "\\\\ = 1" * 6000 + "$$",
    "separators": "$$" + "x = 1, " * 4000 + "$$",
    "ampersands": "$$" + "&" * 19_000 + "= 1$$",
    "one long line": "x " * 400_000 + "$x_7 = 7$ " * 300,
    "long lists": "$$x_7 = [" + ", ".join(["1"] * 9000) + "]$$",
    "factorials": "$$" + "9!" * 3000 + " = 1$$",
    "comments in formulas": "$$" + "<!--" * 100_000 + "x = 1$$",
    "wide spaces": "$$x_7" + " " * 900_000 + "= 6$$",
    "thin spaces": "$$x_7" + "\\," * 400_000 + "= 6$$",
    "groups of text": "$$" + "\\text{a b} " * 6000 + "= 1$$",
    "arrows": "$$" + "\\leftarrow" * 9000 + "$$",
    "nested derivatives": "$$" + "\\frac{d}{dx_2}(" * 50 + "x_6" + ")" * 50 + " = 1$$",
    "powers of e": "$$" + "e^{" * 50 + "x_2" + "}" * 50 + " = 1$$",
    "products of sums": "$$" + "(x_2+x_3)" * 4000 + " = 1$$",
}

TRUE = frozenset(  # documents with steps that do hold
    ["long sum", "many formulas", "rows", "separators", "wide spaces", "thin spaces"]
)

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
