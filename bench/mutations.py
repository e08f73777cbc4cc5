"""Random edits of the mathematics in a document: one slip in each copy, and rewritings that mean the same."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from hw2check.proofread.document import Document, scan
from hw2check.proofread.steps import chains


@dataclass(frozen=True, slots=True)
class Mutation:
    """One edit: text[start:end] becomes `new`."""

    kind: str
    start: int
    end: int
    new: str

    def apply(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]


def mutations(text: str, kind: str = "markdown") -> list[Mutation]:
    """Every single edit of the sides of the document's chains."""
    document = scan(text, "document", kind)
    found: dict[tuple[int, int, str], Mutation] = {}
    for start, end in _sides(document):
        for mutation in edits_of(text, start, end):
            found[mutation.start, mutation.end, mutation.new] = mutation
    return list(found.values())


def _sides(document: Document) -> list[tuple[int, int]]:
    spans = []
    for formula in document.formulas:
        for chain in chains(formula):
            spans += [
                (formula.start + side.start, formula.start + side.end) for side in chain.sides if side.tokens
            ]
    return spans


_NUMBER = re.compile(r"(?<![A-Za-z\d_])\d+(?:\.\d+)?")
_SUBSCRIPT = re.compile(r"_\{?(\d+)")
_SIGN = re.compile(r"(?<![A-Za-z{(\[&=\\*^])\s*([+-])(?=[^+-])")
_OPERATOR = re.compile(r"\*|\\cdot(?![a-z])|\\times(?![a-z])")
_PARAMETER = re.compile(r"(?<![A-Za-z\\])([abcd])(?![A-Za-z])")
_ROWS = re.compile(r"\\begin\{([bp]matrix)\}(.*?)\\end\{\1\}", re.DOTALL)


def edits_of(text: str, start: int, end: int) -> list[Mutation]:
    """Every single edit of one side, text[start:end]."""
    side = text[start:end]
    found = []
    for match in _NUMBER.finditer(side):
        for position, digit in enumerate(match[0]):
            if digit.isdigit():
                at = start + match.start() + position
                found += [Mutation("digit", at, at + 1, other) for other in "0123456789" if other != digit]
    for match in _SUBSCRIPT.finditer(side):
        at = start + match.start(1)
        found += [
            Mutation("subscript", at, at + len(match[1]), str(n)) for n in range(1, 9) if str(n) != match[1]
        ]
    for match in _SIGN.finditer(side):
        at = start + match.start(1)
        found.append(Mutation("sign", at, at + 1, "-" if match[1] == "+" else "+"))
    for match in _OPERATOR.finditer(side):
        found.append(Mutation("operator", start + match.start(), start + match.end(), "+"))
    for match in _PARAMETER.finditer(side):
        at = start + match.start(1)
        found += [Mutation("parameter", at, at + 1, other) for other in "abcd" if other != match[1]]
    for match in _ROWS.finditer(side):
        rows = match[2].split("\\\\")
        for i in range(len(rows) - 1):
            swapped = [*rows[:i], rows[i + 1], rows[i], *rows[i + 2 :]]
            if rows[i].strip() != rows[i + 1].strip():
                found.append(
                    Mutation("row", start + match.start(2), start + match.end(2), "\\\\".join(swapped))
                )
    return found


def sample(found: list[Mutation], count: int, seed: int) -> list[Mutation]:
    """Edits drawn from all of them alike, each at most once."""
    return random.Random(seed).sample(found, min(count, len(found)))


Rewriting = Callable[[str, random.Random], str]


def _math(rewrite: Callable[[str], str]) -> Rewriting:
    """A rewriting of the mathematics alone."""

    def apply(text: str, _: random.Random) -> str:
        document = scan(text, "document")
        for formula in reversed(document.formulas):
            end = formula.start + len(formula.text)
            text = text[: formula.start] + rewrite(text[formula.start : end]) + text[end:]
        return text

    return apply


def _sub(pattern: str, new: str | Callable[[re.Match[str]], str]) -> Rewriting:
    compiled = re.compile(pattern)
    return _math(lambda text: compiled.sub(new, text))


def _comment_lines(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(5):
        blank = [i for i, line in enumerate(lines) if not line.strip()]
        lines.insert(rng.choice(blank), "<!-- $1 = 2$ is no step -->")
    return "\n".join(lines)


REWRITINGS: dict[str, Rewriting] = {
    "crlf": lambda text, _: text.replace("\n", "\r\n"),
    "html comments": _comment_lines,
    "code span": lambda text, _: text + "\nSee `$1 = 2$` in the code.\n",
    "code fence": lambda text, _: text + "\n```python\nx = '$$1 = 2$$'\n```\n",
    "trailing spaces": lambda text, _: re.sub(r"(?m)([^ \n])$", r"\1  ", text),
    "brackets": lambda text, _: re.sub(r"\$\$(.*?)\$\$", r"\\[\1\\]", text, flags=re.DOTALL),
    "double brackets": lambda text, _: re.sub(r"\$\$(.*?)\$\$", r"\\\\[\1\\\\]", text, flags=re.DOTALL),
    "math fence": lambda text, _: re.sub(
        r"(?m)^\$\$\n(.*?)\n\$\$$", r"```math\n\1\n```", text, flags=re.DOTALL
    ),
    "parentheses inline": lambda text, _: re.sub(
        r"(?<![$\\])\$(?!\$)([^$\n]+)(?<!\$)\$(?!\$)", r"\\(\1\\)", text
    ),
    "tex comments": _sub(r"\\\\\n", "\\\\\\\\ % next row = 5\n"),
    "cdot": _sub(r"\*(?!\})", r" \\cdot "),
    "times": _sub(r"\*(?!\})", r"\\times "),
    "left right": _sub(r"(?<![A-Za-z])\(([^()]*)\)", r"\\left(\1\\right)"),
    "big": _sub(r"(?<![A-Za-z])\(([^()]*)\)", r"\\big(\1\\big)"),
    "pmatrix": _sub(r"bmatrix", "pmatrix"),
    "array": _math(
        lambda t: t.replace(r"\begin{bmatrix}", r"\left[\begin{array}{cccc}").replace(
            r"\end{bmatrix}", r"\end{array}\right]"
        )
    ),
    "aligned": _sub(r"\{split\}", "{aligned}"),
    "align": _sub(r"\{split\}", "{align*}"),
    "single ampersand": _sub(r"&(=|\\leftarrow)&", r"&\1"),
    "no ampersand": _sub(r"&(=|\\leftarrow)&", r" \1 "),
    "dfrac": _sub(r"\\frac(?![a-z])", r"\\dfrac"),
    "tfrac": _sub(r"\\frac(?![a-z])", r"\\tfrac"),
    "mathbf": _sub(r"(?<![A-Za-z\\{])([WAZB])_", r"\\mathbf{\1}_"),
    "boldsymbol": _sub(r"(?<![A-Za-z\\{])([WAZB])_", r"\\boldsymbol{\1}_"),
    "text loss": _sub(r"Loss", r"\\text{Loss}"),
    "mathrm loss": _sub(r"Loss", r"\\mathrm{Loss}"),
    "cal loss": _sub(r"Loss", r"\\mathcal{L}"),
    "braced subscript": _sub(r"_([a-z0-9])", r"_{\1}"),
    "text subscript": _sub(r"_\{(in|out)\}", r"_{\\text{\1}}"),
    "braced power": _sub(r"\^(\d)", r"^{\1}"),
    "spaces": _sub(r"([+=])", r"  \1  "),
    "thin spaces": _sub(r"([+=])", r"\\,\1\\;"),
    "no spaces": _sub(r"(?<=[=+*,]) +(?=\S)", ""),
    "unicode minus": _sub(r"-(?=[\d\\(])", "−"),
    "unicode partial": _sub(r"\\partial(?![a-z]) ?", "∂ "),
    "unicode eta": _sub(r"\\eta(?![a-z])", "η "),
    "unicode arrow": _sub(r"\\leftarrow(?![a-z])", "← "),
    "gets": _sub(r"\\leftarrow(?![a-z])", r"\\gets "),
    "unicode dot": _sub(r"\*(?!\})", "·"),
    "e power": _sub(r"\\exp\(([^()]*)\)", r"e^{\1}"),
    "operatorname exp": _sub(r"\\exp(?![a-z])", r"\\operatorname{exp}"),
    "limits": _sub(r"\\sum(?!\\limits|[a-z])", r"\\sum\\limits"),
    "sum braces": _sub(r"\^7\\exp", r"^{7}\\exp"),
    "round brackets": _sub(r"\[(\\exp[^\]]*)\]", r"(\1)"),
    "displaystyle": _sub(r"\\frac(?![a-z])", r"\\displaystyle\\frac"),
    "nonumber": _sub(r"\\\\\n", r"\\nonumber\\\\" + "\n"),
    "row space": _sub(r"\\\\\n", r"\\\\[4pt]" + "\n"),
    "boxed": _sub(r"= (-?\d\.\d+)", r"= \\boxed{\1}"),
    "group parameter": _sub(r"(?<![A-Za-z\\])x_(\d)", r"{x}_\1"),
}
