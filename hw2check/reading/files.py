"""Files as the system has them: what is read, and what must not be written over."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

from hw2check.errors import HW2CheckError

STDIN = "-"
KINDS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "markdown",
    ".tex": "latex",
    ".ipynb": "notebook",
}

_DESCRIPTOR = re.compile(r"/dev/(?:stdin|stdout|stderr|fd/\d+)\Z|/proc/self/fd/\d+\Z")
_inputs: dict[str, None] = {}  # every file that this process has read, by its absolute name


def is_document(file: str) -> bool:
    """Whether the name is that of a written document, not of a problem or of a table of answers."""
    return Path(file).suffix.lower() in KINDS


def read_bytes(file: str, most: int, hint: str = "") -> bytes:
    """The content of a regular file, of standard input for "-", or of what the shell opened as /dev/fd/N.

    hint  for a file of more than `most` bytes
    Raises HW2CheckError where it cannot be read: anything else could block for ever, or never end.
    """
    if not file:
        raise HW2CheckError("the name of the file is empty", hint="name a file, or - for standard input")
    try:
        remember_input("/dev/stdin" if file == STDIN else file)
        raw = sys.stdin.buffer.read(most + 1) if file == STDIN else _content(file, most + 1)
    except FileNotFoundError:
        raise HW2CheckError(f"{file}: there is no such file", hint=_nearest(Path(file))) from None
    except IsADirectoryError:
        raise HW2CheckError(f"{file}: this is a folder", hint="name a file in it") from None
    except PermissionError:
        raise HW2CheckError(f"{file}: no permission to read it", hint="ask its owner, or copy it") from None
    except OSError as error:
        raise HW2CheckError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise HW2CheckError(f"{file}: not the name of a file", hint="it has a NUL character") from None
    if len(raw) > most:
        raise HW2CheckError(f"{file}: larger than {most >> 20} MiB", hint=hint)
    return raw


def _content(file: str, most: int) -> bytes:
    waiting = 0 if _DESCRIPTOR.match(file) else getattr(os, "O_NONBLOCK", 0)
    with open(file, "rb", opener=lambda path, flags: os.open(path, flags | waiting)) as stream:
        if waiting and not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise HW2CheckError(f"{file}: not a regular file", hint="- reads standard input")
        return stream.read(most)


def _nearest(file: Path) -> str:
    import difflib
    import itertools

    try:
        names = [entry.name for entry in itertools.islice(file.parent.iterdir(), 1000)]
    except OSError:
        return f"the folder {file.parent} does not exist"
    near = difflib.get_close_matches(file.name, sorted(names), n=1)
    return f"did you mean {file.with_name(near[0])}?" if near else "its folder exists, but has no such file"


def remember_input(file: str | Path) -> None:
    """Notes that a file is read: from then on `check_target` refuses it."""
    _inputs[os.path.abspath(file)] = None  # noqa: PTH100  a NUL character is an error when it is opened


def inputs() -> tuple[str, ...]:
    """Every file that this process has read, by its absolute name."""
    return tuple(_inputs)


def check_target(path: str) -> None:
    """Raises HW2CheckError where a report would replace a file that was read, under whatever name."""
    for file in _inputs:
        try:
            same = os.path.samefile(file, path)  # noqa: PTH121
        except (OSError, ValueError):
            continue
        if same and Path(path).is_file():
            raise HW2CheckError(f"cannot write {path}: it is an input", hint="name another file")


def write_text(path: str, text: str) -> None:
    """As `write_bytes`, text in UTF-8."""
    write_bytes(path, text.encode())


def write_bytes(path: str, raw: bytes) -> None:
    """Writes a file, such as a report: one beside the target first, so that nobody sees it half-written.

    A link is followed, an existing file keeps its mode, owner and other names, and what is no regular file
    is written to as it is. Raises HW2CheckError where that cannot be done.
    """
    check_target(path)
    try:
        if _DESCRIPTOR.match(path):
            _write_descriptor(path, raw)
            return
        target = Path(os.path.realpath(path))
        before = None if not os.path.lexists(target) else target.stat()  # an error for a link to itself
        if before is None or _is_replaceable(target, before):
            _replace(target, raw, before)
        else:
            with target.open("wb") as stream:
                stream.write(raw)
    except OSError as error:
        raise HW2CheckError(f"cannot write {path}: {error.strerror}") from None
    except ValueError:
        raise HW2CheckError(f"cannot write {path}: not the name of a file") from None


def _write_descriptor(path: str, raw: bytes) -> None:
    """What the shell has opened goes on where it stands."""
    name = path.rpartition("/")[2]
    number = ("stdin", "stdout", "stderr").index(name) if name.startswith("std") else int(name)
    sys.stdout.flush()
    with os.fdopen(os.dup(number), "wb") as stream:
        stream.write(raw)


def _is_replaceable(target: Path, before: os.stat_result) -> bool:
    """Whether another file may take its place with nobody the wiser."""
    return (
        stat.S_ISREG(before.st_mode)
        and before.st_nlink == 1
        and os.access(target, os.W_OK)
        and os.access(target.parent, os.W_OK)
        and (not hasattr(os, "geteuid") or before.st_uid == os.geteuid())
    )


def _replace(target: Path, raw: bytes, before: os.stat_result | None) -> None:
    beside = target.with_name(f".hw2check.{os.getpid()}.tmp")
    try:
        with beside.open("xb") as stream:
            stream.write(raw)
        if before is not None:
            beside.chmod(stat.S_IMODE(before.st_mode))
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
