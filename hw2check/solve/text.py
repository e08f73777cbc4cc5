"""A worked solution for a terminal: formulas in a line, matrices as blocks beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from hw2check.errors import plain
from hw2check.formula.quantity import label, shown_text
from hw2check.formula.text import to_text
from hw2check.formula.tree import Add, Expression, MatMul, Matrix, Mul, Neg
from hw2check.report.tables import folded, print_line
from hw2check.solve.solution import Side, Solution, Step

Block = list[str]  # lines of one width


def print_solution(solution: Solution, console: Console) -> None:
    """Prints every section; what does not fit beside the name stands below it."""
    print_line(console, Text(plain(solution.title), style="bold"))
    for section in solution.sections:
        print_line(console, Text(""))
        print_line(console, Text(section.title, style="bold underline"))
        if section.text:
            print_line(console, Text(section.text, style="dim"))
        for step in section.steps:
            _print_step(step, console)


def _print_step(step: Step, console: Console) -> None:
    name = label(step.name)
    shape = f"  ({' x '.join(map(str, step.shape))})" if len(step.shape) > 1 else ""
    short = len(step.sides) == 1 and not shape
    if not short:
        print_line(console, Text.assemble((name, "bold"), (shape, "dim")))
    for number, side in enumerate(step.sides):
        lead = f"{name} = " if short else "  ≈ " if side.rounded else "  = "
        _print_side(side, lead, console, last=number == len(step.sides) - 1)
    if step.undefined:
        print_line(console, Text("  has no finite value here", style="bold"))
    if step.left_out:
        print_line(console, Text("  = a matrix too large to be written out", style="dim"))


def _print_side(side: Side, lead: str, console: Console, *, last: bool) -> None:
    style = "bold" if last else "default"
    block = _block(side.formula)
    if len(block) > 1 and len(block[0]) + len(lead) <= console.width:
        middle = (len(block) - 1) // 2
        for number, line in enumerate(block):
            before = lead if number == middle else " " * len(lead)
            print_line(console, Text(before + line, style=style))
        return
    parts = folded(Text(shown_text(side.formula), style=style), console.width - len(lead) - 2)
    for number, part in enumerate(parts):
        print_line(console, Text(" " * (len(lead) + 2) if number else lead) + part)


def _block(tree: Expression) -> Block:
    """The formula as lines, matrices with their rows below each other."""
    match tree:
        case Matrix():
            return _matrix(tree)
        case Neg(operand) if len(block := _block(operand)) > 1:
            return _beside(["-"], block)
        case MatMul(left, right):
            return _beside(_block(left), [" @ "], _block(right))
        case Mul(factors) if any(len(_block(factor)) > 1 for factor in factors):
            return _joined([_block(factor) for factor in factors], " * ")
        case Add(terms):
            first, *rest = terms
            blocks = [_block(first)]
            for term in rest:
                sign, bare = (" - ", term.operand) if isinstance(term, Neg) else (" + ", term)
                blocks += [[sign], _block(bare)]
            return _beside(*blocks)
    return [shown_text(tree)]


def _joined(blocks: Sequence[Block], sign: str) -> Block:
    parts: list[Block] = [blocks[0]]
    for block in blocks[1:]:
        parts += [[sign], block]
    return _beside(*parts)


def _matrix(matrix: Matrix) -> Block:
    rows = [[to_text(entry)] for entry in matrix.rows[0]] if matrix.flat else None
    cells = rows or [[to_text(entry) for entry in row] for row in matrix.rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return [f"[{'  '.join(c.rjust(w) for c, w in zip(row, widths, strict=True))}]" for row in cells]


def _beside(*blocks: Block) -> Block:
    """Blocks side by side, their middles in one line."""
    height = max(map(len, blocks))
    lines = [""] * height
    for block in blocks:
        width = max(map(len, block))
        above = (height - len(block)) // 2
        for number in range(height):
            inside = 0 <= number - above < len(block)
            lines[number] += (block[number - above] if inside else "").ljust(width)
    return lines
