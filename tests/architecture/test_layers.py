"""Imports point down only, and no command imports what it does not use."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "hw2check"

# From the top down: a module imports from packages below its own, and from its own without going in a circle.
PACKAGES = (
    "__main__",
    "cli",
    "api",
    "solve",
    "report",
    "grade",
    "draw",
    "check",
    "proofread",
    "mistakes",
    "judge",
    "truth",
    "problem",
    "latex",
    "reading",
    "calculus",
    "formula",
    "errors",
    "__init__",
)


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def height(module: str) -> int:
    """How far up the package of a module stands."""
    return PACKAGES[::-1].index(module.partition(".")[0])


def imported(path: Path) -> set[str]:
    """The modules of hw2check that a file imports anywhere, inside functions and for type checks too."""
    found: set[str] = set()
    for statement in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, f"{path}: relative import"
            base = statement.module or ""
            found |= {f"{base}.{alias.name}" for alias in statement.names} | {base}
    inside = {name.removeprefix("hw2check.") for name in found if name.startswith("hw2check.")}
    return {name for name in inside if name in MODULES}


def test_modules_are_found() -> None:
    assert {"cli", "problem", "problem.reader", "report.json", "report.text", "__init__"} <= MODULES.keys()
    assert imported(MODULES["cli.commands"]) >= {"check.file", "errors", "cli.writing", "problem.reader"}


def test_every_module_has_its_package() -> None:
    """Place a new package in PACKAGES, and in CONTRIBUTING.md."""
    assert {module.partition(".")[0] for module in MODULES} == set(PACKAGES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    above = [name for name in imported(MODULES[module]) if height(name) > height(module)]
    assert not above, f"{module} imports {above}, which stand above it"


def reached(module: str) -> set[str]:
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        for name in imported(MODULES[waiting.pop()]) - seen:
            seen.add(name)
            waiting.append(name)
    return seen


@pytest.mark.parametrize("module", MODULES)
def test_no_module_imports_itself_in_a_circle(module: str) -> None:
    assert module not in reached(module)


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("report.")])
def test_renderers_import_values_only(module: str) -> None:
    """What a renderer needs is in the report: no renderer computes anything."""
    computing = {
        "check.file",
        "check.assess",
        "mistakes.diagnose",
        "problem.reader",
        "problem.answers",
        "truth.derived",
        "truth.forward",
        "truth.backward",
        "reading.source",
    }
    assert computing <= MODULES.keys()
    assert not imported(MODULES[module]) & computing


def test_only_the_command_line_prints_or_exits() -> None:
    for module, path in MODULES.items():
        calls = [
            node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
        ]
        named = {call.id for call in calls if isinstance(call, ast.Name)}
        assert not named & {"print", "exit", "eval", "exec", "compile", "sympify", "parse_expr"}, module


def sympy_users() -> set[str]:
    return {module for module, path in MODULES.items() if "import sympy" in path.read_text("utf-8")}


def test_one_module_knows_sympy() -> None:
    assert sympy_users() == {"calculus.symbolic"}


# --- what a process really imports


def loaded(*arguments: str) -> set[str]:
    """The top-level packages that a command has imported when it ends."""
    code = (
        "import runpy, sys, atexit\n"
        "packages = lambda: {name.split('.')[0] for name in sys.modules}\n"
        "atexit.register(lambda: print(*packages(), file=sys.stderr))\n"
        "sys.argv = ['hw2check', *sys.argv[1:]]\n"
        "runpy.run_module('hw2check', run_name='__main__')\n"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=30)
    assert done.returncode in (0, 1), done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "needed", "unused"),
    [
        (("--help",), {"click"}, {"numpy", "rich", "sympy", "json", "tomllib"}),
        (("--version",), {"click"}, {"numpy", "rich", "sympy", "json", "tomllib"}),
        (("new", "graph"), {"click"}, {"numpy", "rich", "sympy"}),
        (("schema", "problem"), {"click"}, {"numpy", "rich", "sympy"}),
        (("forward", "fixtures/forward.toml"), {"numpy", "rich"}, {"sympy"}),
        (("check", "fixtures/forward.toml", "-f", "json"), {"numpy"}, {"sympy", "rich"}),
        (("backprop", "fixtures/backprop.toml", "--no-cache"), {"numpy", "rich", "sympy"}, set()),
    ],
)
def test_commands_import_what_they_use(
    arguments: tuple[str, ...], needed: set[str], unused: set[str]
) -> None:
    packages = loaded(*arguments)
    assert needed <= packages
    assert not unused & packages


def test_a_second_run_does_not_import_sympy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HW2CHECK_CACHE_DIR", str(tmp_path))
    command = ("backprop", "fixtures/backprop.toml")
    assert {"sympy", "mpmath"} <= loaded(*command)
    assert not {"sympy", "mpmath", "platformdirs"} & loaded(*command)
    assert "sympy" in loaded(*command, "--no-cache")
