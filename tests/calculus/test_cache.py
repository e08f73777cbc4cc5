"""Derivatives kept on disk: found again, checked, and never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import pytest

from hw2check.calculus import cache, partials
from hw2check.calculus.cache import MAX_BYTES, MAX_FILES, MAX_KEPT, Key, Store, user_folder
from hw2check.calculus.partials import derivative, read_checked, without_constants
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.text import to_text
from hw2check.formula.tree import Expression, shape_of
from tests.support import FIXTURES, ROOT

ANY = Vocabulary(lambda spelt: None if spelt == "pi" else spelt)
KEY = Key("sin(v0000)", "v0000", "0")


def tree(text: str) -> Expression:
    return parse(text, ANY)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of derivatives of its own, for this process too."""
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "kept"))
    _forget()
    yield tmp_path / "kept"
    _forget()


def _forget() -> None:
    partials._store.clear()
    partials._of_shape.cache_clear()


def derived_by_sympy(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The formulas that SymPy is asked for from now on."""
    from hw2check.calculus import symbolic

    asked: list[str] = []
    derive = symbolic.derive

    def counted(formula: Expression, name: str, at_zero: Expression | None = None) -> Expression:
        asked.append(to_text(formula))
        return derive(formula, name, at_zero)

    monkeypatch.setattr(symbolic, "derive", counted)
    return asked


# --- the file


def test_what_is_saved_is_found() -> None:
    assert Store(None).find(KEY) is None


def test_another_store_finds_what_one_has_saved(tmp_path: Path) -> None:
    first = Store(tmp_path / "a" / "b")
    first.keep(KEY, "cos(v0000)")
    assert Store(first.folder).find(KEY) is None
    first.save()
    assert Store(first.folder).find(KEY) == "cos(v0000)"
    assert len(list((tmp_path / "a" / "b").iterdir())) == 1


def test_two_stores_keep_what_the_other_has_saved(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    assert first.find(KEY) is second.find(KEY) is None
    first.keep(KEY, "cos(v0000)")
    second.keep(Key("v0000^2", "v0000", "0"), "2*v0000")
    first.save()
    second.save()
    third = Store(tmp_path)
    assert third.find(KEY) == "cos(v0000)"
    assert third.find(Key("v0000^2", "v0000", "0")) == "2*v0000"


def test_the_file_is_bounded(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(MAX_KEPT + 50):
        store.keep(Key(f"v0000^{number}", "v0000", "0"), "v0000*" * 40 + "1")
    store.keep(KEY, "x" * 10_000)
    store.save()
    (file,) = tmp_path.iterdir()
    assert 100_000 < file.stat().st_size <= MAX_BYTES
    assert Store(tmp_path).find(KEY) is None


def test_a_derivative_of_two_lines_is_not_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.keep(Key("a\u2028b", "a", "0"), "1")
    store.keep(KEY, "cos(v0000)\nv0000^2\tv0000\t0\t7")
    store.save()
    assert Store(tmp_path).find(Key("v0000^2", "v0000", "0")) is None


def test_files_of_old_versions_are_removed(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 3):
        old = tmp_path / f"derivatives-0.{number}-1.0-1.txt"
        old.write_text("")
        os.utime(old, (number, number))
    (tmp_path / "notes.txt").write_text("of somebody else")
    store = Store(tmp_path)
    store.keep(KEY, "cos(v0000)")
    store.save()
    assert len(list(tmp_path.glob("derivatives-*.txt"))) == MAX_FILES
    assert Store(tmp_path).find(KEY) == "cos(v0000)"
    assert (tmp_path / "notes.txt").exists()


CONTENTS = {
    "empty": b"",
    "no text": bytes(range(256)) * 10,
    "too long": b"sin(v0000)\tv0000\t0\tcos(v0000)\n" * (MAX_BYTES // 20),
    "other lines": b"\t\t\t\t\t\n\n\tx\nsin(v0000)\n",
    "no end": b"sin(v0000)\tv0000",
    "not a formula": b"sin(v0000)\tv0000\t0\t((((\n",
    "nested": b"sin(v0000)\tv0000\t0\t" + b"(" * 3000 + b"1" + b")" * 3000 + b"\n",
    "huge power": b"sin(v0000)\tv0000\t0\t9^9^9^9^9^9\n",
    "a matrix": b"sin(v0000)\tv0000\t0\t[1, 2, 3]\n",
    "a product of matrices": b"sin(v0000)\tv0000\t0\tv0000 @ v0000.T\n",
    "another name": b"sin(v0000)\tv0000\t0\tcos(x)\n",
    "code": b"sin(v0000)\tv0000\t0\t__import__('os').abort()\n",
    "wrong sign": b"sin(v0000)\tv0000\t0\t-cos(v0000)\n",
    "wrong factor": b"sin(v0000)\tv0000\t0\t1.001*cos(v0000)\n",
    "wrong on one side": b"sin(v0000)\tv0000\t0\tcos(v0000) + relu(v0000)\n",
    "never defined": b"sin(v0000)\tv0000\t0\t0/0\n",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_nothing_in_the_file_is_trusted(
    content: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = derived_by_sympy(monkeypatch)
    folder.mkdir()
    cache._path(folder).write_bytes(content)
    assert to_text(derivative(tree("sin(x)"), "x")) == "cos(x)"
    assert asked == ["sin(v0000)"]
    partials.save()
    assert Store(folder).find(KEY) == "cos(v0000)"


def test_what_is_right_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = derived_by_sympy(monkeypatch)
    folder.mkdir()
    cache._path(folder).write_text("sin(v0000)\tv0000\t0\t0 + cos(v0000)\n")
    assert to_text(derivative(tree("sin(x)"), "x")) == "0 + cos(x)"
    assert not asked


@pytest.mark.parametrize("what", ["a folder", "a pipe", "a link to itself"])
def test_other_things_in_the_place_of_the_file(what: str, folder: Path) -> None:
    folder.mkdir()
    path = cache._path(folder)
    if what == "a folder":
        path.mkdir()
    elif what == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path)
    assert to_text(derivative(tree("sin(x)"), "x")) == "cos(x)"
    partials.save()


@pytest.mark.parametrize("named", ["/dev/null/no", "/proc/no", "file"])
def test_a_folder_that_cannot_be_made(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / named))
    _forget()
    assert to_text(derivative(tree("sin(x)"), "x")) == "cos(x)"
    partials.save()
    _forget()


def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """/dev/full is one: the temporary file is written there."""
    store = Store(folder)
    store.keep(KEY, "cos(v0000)")

    def replace(_: Path, __: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", replace)
    store.save()
    assert list(folder.iterdir()) == []


def test_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(cache.FOLDER, "")
    assert user_folder() is None
    monkeypatch.delenv(cache.FOLDER)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = user_folder()
    assert folder is not None
    assert folder.name == "hw2check"


def test_the_file_is_named_by_the_versions() -> None:
    name = cache._path(Path()).name
    assert name.startswith(f"derivatives-{metadata.version('hw2check')}-{metadata.version('sympy')}-")


# --- what is taken as a derivative


@pytest.mark.parametrize(
    ("formula", "kept", "good"),
    [
        ("x^2", "2*x", True),
        ("x^2", "2*x + 0.01", False),
        ("log(x)", "1/x", True),
        ("sqrt(-x)", "-1/(2*sqrt(-x))", True),
        ("abs(x)*y", "sign(x)*y", True),
        ("abs(x)*y", "y", False),
        ("relu(x)*y", "relu'(x)*y", True),
        ("relu(x)*y", "relu'(x, 0.5)*y", False),
        ("step(x)*y", "0", True),
        ("exp(x)/(exp(x) + exp(y))", "exp(x)*exp(y)/(exp(x) + exp(y))^2", True),
        ("exp(x)/(exp(x) + exp(y))", "exp(x)*exp(y)/(exp(x) + exp(y))", False),
        ("sqrt(-1 - x^2)", "-x/sqrt(-1 - x^2)", False),  # nowhere defined
    ],
)
def test_kept_derivatives_are_checked(formula: str, kept: str, good: bool) -> None:
    for _ in range(20):
        assert (read_checked(kept, tree(formula), "x") is not None) == good


def test_relu_at_zero_is_checked() -> None:
    half = tree("0.5")
    assert read_checked("relu'(x, 0.5)", tree("relu(x)"), "x", half) is not None
    assert read_checked("relu'(x)", tree("relu(x)"), "x", half) is None


# --- constants


def test_formulas_with_other_constants_are_derived_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = derived_by_sympy(monkeypatch)
    for i in range(200):
        formula = tree(f"tanh({i + 2}*w{i} + {i}.25)*x^2/{i + 500}")
        derivative(formula, f"w{i}")
    assert len(asked) == 1
    assert not folder.exists()


@pytest.mark.parametrize(
    ("formula", "printed"),
    [
        ("x^2/2", "x"),
        ("3*x^2", "6*x"),
        ("0.5*x^2", "x"),
        ("0.25*x^2", "0.5*x"),
        ("x^2/4", "x/2"),
        ("x^3/3", "x^2"),
        ("(x - 3)^2/2", "x - 3"),
        ("5*x*3", "15"),
        ("2^x", "2^x*log(2)"),
        ("(2 - 5)*x", "-3"),
        ("x^2*2/3", "4*x/3"),
        ("-0.1*x", "-0.1"),
        ("x*(1 - 1)", "0"),
        ("x/0.5", "2"),
        ("exp(-x/2)", "-exp(-x/2)/2"),
        ("max(3*x, 2)", "3*step(3*x - 2)"),
    ],
)
def test_constants_come_back(formula: str, printed: str) -> None:
    assert to_text(derivative(tree(formula), "x")) == printed


def test_constants_that_shape_the_derivative_stay() -> None:
    general, constants = without_constants(tree("(3*x - 1)^2 + 3*y + 0*x - (2 - 5)*x + (1 - 1)*x + pi*x"))
    assert [to_text(literal) for literal in constants.values()] == ["3", "2 - 5"]
    other = without_constants(tree("(7*x - 1)^2 + 7*y + 0*x - 6/11*x + (1 - 1)*x + pi*x"))[0]
    assert shape_of(general)[0] == shape_of(other)[0]


# --- processes


def run(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "hw2check", "backprop", str(FIXTURES / "backprop.toml"), *options]
    environment = {**os.environ, cache.FOLDER: str(folder)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert not done.stderr
    return done.stdout


def test_the_cache_changes_no_output(tmp_path: Path) -> None:
    first = run(tmp_path)
    assert list(tmp_path.iterdir())
    assert run(tmp_path) == first
    assert run(tmp_path / "other", "--no-cache") == first
    assert not (tmp_path / "other").exists()


def test_processes_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        outputs = set(pool.map(lambda _: run(tmp_path), range(4)))
    assert len(outputs) == 1
    (file,) = tmp_path.iterdir()
    assert len(file.read_text().splitlines()) >= 8
