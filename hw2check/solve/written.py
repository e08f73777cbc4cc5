"""A worked solution as a document: Markdown with LaTeX, a LaTeX file, a notebook, an HTML page."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hw2check.errors import plain
from hw2check.latex.mathml import name_in_mathml, to_mathml
from hw2check.latex.writer import name_in_latex, to_latex
from hw2check.report.html import page
from hw2check.solve.solution import Section, Side, Solution, Step

_HEAD = r"""\documentclass{article}
\usepackage{amsmath}
\usepackage{amssymb}
\usepackage[margin=2cm]{geometry}
\begin{document}
"""
_SPECIAL = str.maketrans(
    {c: f"\\{c}" for c in "#$%&_{}"} | {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}
)
_MARKDOWN = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#$|"})


def markdown(solution: Solution) -> str:
    """Markdown with LaTeX between $$, as GitHub and Jupyter show it."""
    parts = [f"# {plain(solution.title).translate(_MARKDOWN)}"]
    for section in solution.sections:
        parts += _markdown_section(section, solution)
    return "\n\n".join(parts) + "\n"


def _markdown_section(section: Section, solution: Solution) -> Iterator[str]:
    yield f"## {section.title}"
    if section.text:
        yield section.text
    for step in section.steps:
        if step.sides:
            yield f"$$\n{_aligned(step, solution)}\n$$"
        if step.undefined:
            yield f"${name_in_latex(step.name)}$ has no finite value here."
        elif not step.sides:
            yield f"${name_in_latex(step.name)}$ has {_size(step)} entries, too many to be written out."


def tex(solution: Solution) -> str:
    """A file for LaTeX, with amsmath."""
    lines = [_HEAD + rf"\section*{{{plain(solution.title).translate(_SPECIAL)}}}"]
    for section in solution.sections:
        lines.append(rf"\subsection*{{{section.title}}}")
        if section.text:
            lines.append(section.text)
        for step in section.steps:
            name = name_in_latex(step.name)
            if step.sides:
                lines.append(f"\\[\n{_aligned(step, solution)}\n\\]")
            if step.undefined:
                lines.append(f"${name}$ has no finite value here.")
            elif not step.sides:
                lines.append(f"${name}$ has {_size(step)} entries, too many to be written out.")
    return "\n\n".join([*lines, r"\end{document}"]) + "\n"


def notebook(solution: Solution) -> str:
    """A notebook (nbformat 4.5), a cell a section."""
    texts = [f"# {plain(solution.title).translate(_MARKDOWN)}"]
    texts += ["\n\n".join(_markdown_section(section, solution)) for section in solution.sections]
    cells = [
        {
            "cell_type": "markdown",
            "id": f"section-{number}",
            "metadata": {},
            "source": text.splitlines(keepends=True),
        }
        for number, text in enumerate(texts)
    ]
    data = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def html(solution: Solution) -> str:
    """A page that needs no network and no script; formulas in MathML."""
    sections = [(section.title, section.text, _rows(section, solution)) for section in solution.sections]
    return page("solution", title=plain(solution.title), sections=sections)


def _rows(section: Section, solution: Solution) -> list[tuple[object, list[tuple[str, object]], bool]]:
    return [
        (_name(step), [_side(side, solution) for side in step.sides], step.undefined)
        for step in section.steps
    ]


def _name(step: Step) -> object:
    from markupsafe import Markup

    return Markup(name_in_mathml(step.name))  # noqa: S704  # names in it are escaped


def _side(side: Side, solution: Solution) -> tuple[str, object]:
    from markupsafe import Markup

    return ("≈" if side.rounded else "="), Markup(to_mathml(side.formula, solution.shapes))  # noqa: S704


def _aligned(step: Step, solution: Solution) -> str:
    rows = []
    for number, side in enumerate(step.sides):
        relation = r"\approx" if side.rounded else "="
        head = f"{name_in_latex(step.name)} " if number == 0 else ""
        rows.append(f"{head}&{relation} {to_latex(side.formula, solution.shapes)}")
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _size(step: Step) -> str:
    return " x ".join(map(str, step.shape))
