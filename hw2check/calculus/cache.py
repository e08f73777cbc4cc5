"""What SymPy has derived, kept in the user's cache folder, so that SymPy need not be imported again.

One text file for each pair of versions of hw2check and SymPy: a derivative a line, the formula, the name, and
what relu'(0) is, before the derivative, with tabs between. It is read as a whole, and a new one is put in its
place. Nothing in it is trusted: who asks checks what is found. Where the folder cannot be read or written,
nothing is kept, and all works as without it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from hw2check import __version__

FORM = 2  # of the file, and of what is derived: raised where either changes
MAX_BYTES = 1_000_000  # of the file; a longer one is not read
MAX_KEPT = 4000  # derivatives, the newest
MAX_LINE = 4000  # characters of one of them
MAX_FILES = 4  # of different versions, the newest
FOLDER = "HW2CHECK_CACHE_DIR"  # names another folder; nothing is kept where it is empty


class Key(NamedTuple):
    """What is derived: each part as text without tabs and line ends."""

    formula: str
    name: str
    at_zero: str  # relu'(0)


class Store:
    """The derivatives of one folder, read when they are first asked for."""

    def __init__(self, folder: Path | None) -> None:
        """Keeps nothing where there is no folder."""
        self.folder = folder
        self._known: dict[Key, str] | None = None
        self._fresh: dict[Key, str] = {}

    def find(self, key: Key) -> str | None:
        """What is kept as the derivative, as it was written; None where nothing is."""
        if self._known is None:
            self._known = self._read()
        return self._known.get(key)

    def keep(self, key: Key, derivative: str) -> None:
        """Remembers a derivative for `save`."""
        if self.folder is not None:
            self._fresh[key] = derivative

    def save(self) -> None:
        """Writes what is new beside what other processes have kept meanwhile."""
        fresh, self._fresh = self._fresh, {}
        if not fresh or self.folder is None:
            return
        with suppress(OSError):
            _write(_path(self.folder), {**fresh, **_without(self._read(), fresh)})

    def _read(self) -> dict[Key, str]:
        if self.folder is None:
            return {}
        try:
            lines = _content(_path(self.folder)).decode("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        parts = (line.split("\t") for line in islice(lines, MAX_KEPT))
        return {Key(*found[:3]): found[3] for found in parts if len(found) == 4}


def user_folder() -> Path | None:
    """The folder that the environment names, else that of the system for caches of programs."""
    named = os.environ.get(FOLDER)
    if named is not None:
        return Path(named) if named else None
    from platformdirs import user_cache_path

    with suppress(OSError, RuntimeError):  # no home
        return user_cache_path("hw2check", appauthor=False)
    return None


def _path(folder: Path) -> Path:
    return folder / f"derivatives-{__version__}-{_sympy_version()}-{FORM}.txt"


def _sympy_version() -> str:
    """As SymPy's own file states it: importlib.metadata would take as long as all else that is done here."""
    found = find_spec("sympy")  # imports nothing
    with suppress(OSError, UnicodeDecodeError):
        text = Path(found.origin or "").with_name("release.py").read_text("utf-8") if found else ""
        stated = re.search(r'^__version__ = "([\w.+]+)"', text, re.MULTILINE)
        return stated[1] if stated else "unknown"
    return "unknown"


def _without(known: Mapping[Key, str], others: Mapping[Key, str]) -> dict[Key, str]:
    return {key: derivative for key, derivative in known.items() if key not in others}


def _content(path: Path) -> bytes:
    """All of a regular file that is not too long; nothing of any other, which might never end."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        regular = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES
        return file.read(MAX_BYTES) if regular else b""


def _write(path: Path, kept: Mapping[Key, str]) -> None:
    """At once or not at all: another process sees the old file or the new one."""
    from tempfile import NamedTemporaryFile

    lines, size = [], 0
    for key, derivative in islice(kept.items(), MAX_KEPT):
        line = "\t".join((*key, derivative)) + "\n"
        if len(line) > MAX_LINE or len(line.splitlines()) != 1:
            continue
        size += len(line.encode())
        if size > MAX_BYTES:
            break
        lines.append(line)
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", newline="\n", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.writelines(lines)
            file.flush()
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    _remove_old(path.parent)


def _remove_old(folder: Path) -> None:
    """Files of versions that have long not been used."""
    files = sorted(folder.glob("derivatives-*.txt"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[MAX_FILES:]:
        file.unlink(missing_ok=True)
