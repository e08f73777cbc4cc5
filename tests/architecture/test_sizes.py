"""Modules, classes and functions fit in one's head; imports inside functions stand only where that pays."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "hw2check"
MODULES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}
LINES, CLASS, FUNCTION = 400, 250, 40

Functions = (ast.FunctionDef, ast.AsyncFunctionDef)


def sizes(path: Path) -> Iterator[tuple[str, int, int]]:
    """What is in a module: its name, its lines, and how many it may have."""
    text = path.read_text("utf-8")
    yield "module", text.count("\n"), LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (*Functions, ast.ClassDef)):
            most = CLASS if isinstance(node, ast.ClassDef) else FUNCTION
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1, most


@pytest.mark.parametrize("module", MODULES)
def test_everything_fits_in_ones_head(module: str) -> None:
    found = [(name, lines) for name, lines, most in sizes(MODULES[module]) if lines > most]
    assert not found


def imported(statements: list[ast.stmt]) -> set[str]:
    """The modules that are imported by these statements themselves."""
    found: set[str] = set()
    for statement in statements:
        if isinstance(statement, ast.ImportFrom):
            found.add(statement.module or "")
        elif isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
    return found


@pytest.mark.parametrize("module", MODULES)
def test_no_import_waits_for_what_is_there(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    inner = {
        name
        for function in ast.walk(tree)
        if isinstance(function, Functions)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in imported([node])
    }
    assert not inner & imported(tree.body)


def test_the_limits_are_noticed(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    file.write_text("def f():\n" + "    x = 1\n" * FUNCTION + "\n" * LINES, encoding="utf-8")
    assert [name for name, lines, most in sizes(file) if lines > most] == ["module", "f"]
