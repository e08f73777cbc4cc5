"""Imports point down only, and no command imports what it does not use."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "hw2check"

# From the top down: a module imports from lower layers, and from its own one without going in a circle.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("report.*",),
    ("check", "framework"),
    ("submitted",),
    ("proofread",),
    ("families",),
    ("definitions", "hints"),
    ("latex_names", "sameness"),
    ("report",),
    ("assess",),
    ("diagnose", "variants", "conventions", "carry", "selfcheck", "literals"),
    ("judge", "answers", "latex_series", "routes"),
    ("latex",),
    ("truth", "shapes", "scripts"),
    ("backward", "forward", "world"),
    ("symbolic",),
    ("problem", "adjoint", "precise"),
    ("layers", "losses", "optimiser", "graph", "search"),
    ("embedding",),
    ("attention",),
    ("recurrent", "transforms", "convolution"),
    ("network",),
    ("values",),
    ("source",),
    ("syntax_errors",),
    ("positions", "arrays", "steps"),
    ("differentiate", "edits", "tex", "typeset", "vjp"),
    ("notation",),
    ("evaluate",),
    ("expression", "document"),
    ("names", "functions", "mistakes", "starter", "questions", "macros"),
    ("numeral", "parts", "files"),
    ("errors",),
    ("__init__",),
)


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def layer(module: str) -> int | None:
    for height, names in enumerate(reversed(LAYERS)):
        if module in names or any(name.endswith(".*") and module.startswith(name[:-1]) for name in names):
            return height
    return None


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
    assert {"cli", "problem", "report", "report.json", "report.text", "__init__"} <= MODULES.keys()
    assert imported(MODULES["cli"]) >= {"check", "errors", "report.json", "report.text", "starter"}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_its_layer(module: str) -> None:
    assert layer(module) is not None, f"place {module} in LAYERS, and in DESIGN.md where it belongs"


def test_layers_name_modules_that_exist() -> None:
    named = {name for names in LAYERS for name in names if not name.endswith(".*")}
    assert named <= MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    height = layer(module)
    above = [name for name in imported(MODULES[module]) if (layer(name) or 0) > (height or 0)]
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
    forbidden = {
        "check",
        "assess",
        "diagnose",
        "problem",
        "truth",
        "forward",
        "backward",
        "source",
        "answers",
    }
    assert not imported(MODULES[module]) & forbidden


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
    assert sympy_users() == {"symbolic"}


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
        (("backprop", "fixtures/backprop.toml"), {"numpy", "rich", "sympy"}, set()),
    ],
)
def test_commands_import_what_they_use(
    arguments: tuple[str, ...], needed: set[str], unused: set[str]
) -> None:
    packages = loaded(*arguments)
    assert needed <= packages
    assert not unused & packages
