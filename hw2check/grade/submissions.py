"""Where the submissions of a class stand: folders, files and zip archives, as course platforms hand them out.

A file or a folder in a class folder is one submission; files that Canvas has renamed belong to whom their
names say. An archive that the user names is a class folder; one within a class folder is what a student
handed in.
Nothing outside of what the user named is read, and of each file no more than MAX_FILE bytes.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from hw2check.errors import HW2CheckError
from hw2check.reading.files import KINDS, read_bytes

MAX_FILE = 8 << 20  # bytes of one file that are read
MAX_FILES = 200  # of one submission
MAX_TOTAL = 32 << 20  # bytes of one submission
READ = frozenset({".toml", ".json", *KINDS})
ARCHIVE = ".zip"
METADATA = "submission_metadata.yml"  # of Gradescope, beside the submissions

_CANVAS = re.compile(
    r"(?P<name>[^_/]+)(?P<late>_LATE)?_(?P<user>\d+)_(?P<number>\d+)_(?P<file>[^/]+)\Z", re.IGNORECASE
)
_IGNORED = frozenset({"__MACOSX", "__pycache__", "Thumbs.db", METADATA})
_BROKEN = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError)


class File(NamedTuple):
    """One file of a submission."""

    name: str  # below the submission, with slashes
    content: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """What one student handed in; `trouble` says why it cannot be judged."""

    id: str  # the same in every run over the same files
    student: str
    files: tuple[File, ...] = field(default=(), repr=False)
    trouble: str = ""
    user: str = ""  # the platform's number of the student
    late: bool = False  # as the platform marks it


class _Leaf(NamedTuple):
    """A file in a class folder."""

    name: str  # below the class folder, with slashes
    read: Callable[[], bytes]  # raises HW2CheckError


Leaves = Callable[[], Iterator[_Leaf]]


def find_submissions(named: Iterable[str]) -> Iterator[Submission]:
    """The submissions in files, folders and archives, in the order in which they are named, sorted within.

    Raises HW2CheckError where something named does not exist, or an archive cannot be opened.
    """
    taken: set[str] = set()
    for name in named:
        for submission in _found(name):
            own, number = submission.id, 2
            while own in taken:
                own, number = f"{submission.id} ({number})", number + 1
            taken.add(own)
            yield submission if own == submission.id else replace(submission, id=own)


def one_submission(name: str) -> Submission:
    """A file or a folder as one submission; raises HW2CheckError where it does not exist."""
    path = Path(name)
    if not path.exists():
        raise HW2CheckError(f"{name}: there is no such file")
    root = path.resolve()
    return _submission(root.name, {root.name: partial(_below, root, root, root.name)})


def _found(name: str) -> Iterator[Submission]:
    path = Path(name)
    if not path.exists():
        raise HW2CheckError(f"{name}: there is no such file")
    if path.is_dir():
        yield from _of_class(_in_folder(path.resolve()))
    elif path.suffix.lower() == ARCHIVE:
        try:
            with zipfile.ZipFile(path) as archive:
                yield from _of_class(_in_archive(archive))
        except _BROKEN as error:
            raise HW2CheckError(f"{name}: no zip archive that can be read: {error}") from None
    else:
        yield _submission(path.name, {path.name: partial(_one, path)})


def _one(path: Path) -> Iterator[_Leaf]:
    yield _Leaf(path.name, partial(read_bytes, str(path), MAX_FILE))


def _of_class(tops: Mapping[str, Leaves]) -> Iterator[Submission]:
    """The submissions of a class folder; its entries by name."""
    grouped: dict[str, dict[str, Leaves]] = {}
    for name in sorted(tops):
        match = _CANVAS.match(name)
        grouped.setdefault(f"{match['name']}_{match['user']}" if match else name, {})[name] = tops[name]
    for owner in sorted(grouped):
        yield _submission(owner, grouped[owner])


def _submission(owner: str, entries: Mapping[str, Leaves]) -> Submission:
    """What belongs together: one entry of a class folder, or all that Canvas has from one student."""
    match = _CANVAS.match(next(iter(entries)))
    suffix = PurePosixPath(owner).suffix.lower()
    plain = owner[: -len(suffix)] if suffix in READ or suffix == ARCHIVE else owner
    described = Submission(
        plain,
        match["name"] if match else plain,
        user=match["user"] if match else "",
        late=any((found := _CANVAS.match(name)) and found["late"] for name in entries),
    )
    files: list[File] = []
    other = ""
    try:
        for file in (file for name, leaves in entries.items() for file in _files(name, leaves)):
            if PurePosixPath(file.name).suffix.lower() not in READ:
                other = other or file.name
                continue
            files.append(file)
            if len(files) > MAX_FILES or sum(len(file.content) for file in files) > MAX_TOTAL:
                raise HW2CheckError(f"it has more than {MAX_FILES} files or {MAX_TOTAL >> 20} MiB")
    except HW2CheckError as error:
        return replace(described, trouble=error.message)
    if files:
        return replace(described, files=tuple(files))
    reason = f"{other} is none of the kinds that are read: {', '.join(sorted(READ))}"
    return replace(described, trouble=reason if other else "it has no files")


def _files(entry: str, leaves: Leaves) -> Iterator[File]:
    """The files of an entry, unpacked; those of other kinds without content."""
    for leaf in leaves():
        shown = _own_name(leaf.name, entry)
        kind = PurePosixPath(shown).suffix.lower()
        if kind == ARCHIVE:
            yield from _members(leaf.read(), shown)
        else:
            yield File(shown, leaf.read() if kind in READ else b"")


def _own_name(name: str, entry: str) -> str:
    """What the student called a file, without the folder of the submission."""
    match = _CANVAS.match(name)
    return match["file"] if match else name.removeprefix(f"{entry}/")


def _counts(name: str) -> bool:
    return not name.startswith(".") and name not in _IGNORED


# --- folders


def _in_folder(root: Path) -> dict[str, Leaves]:
    entries = [entry for entry in root.iterdir() if _counts(entry.name)]
    if len(entries) == 1 and (entries[0] / METADATA).is_file():  # what Gradescope exports
        entries = [entry for entry in entries[0].iterdir() if _counts(entry.name)]
    return {entry.name: partial(_below, root, entry, entry.name) for entry in entries}


def _below(root: Path, path: Path, shown: str) -> Iterator[_Leaf]:
    """The files in a file or folder; raises HW2CheckError where a link leads out of the class folder."""
    try:
        place = path.resolve(strict=True)
        if not place.is_relative_to(root) or (path.is_symlink() and path.absolute().is_relative_to(place)):
            raise HW2CheckError(f"{shown} is a link that leads out of the folder")
        if not path.is_dir():
            yield _Leaf(shown, partial(read_bytes, str(path), MAX_FILE))
            return
        entries = sorted(entry for entry in path.iterdir() if _counts(entry.name))
    except (OSError, RuntimeError) as error:
        raise HW2CheckError(f"{shown} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    for entry in entries:
        yield from _below(root, entry, f"{shown}/{entry.name}")


# --- archives


def _in_archive(archive: zipfile.ZipFile) -> dict[str, Leaves]:
    infos = [(PurePosixPath(name).parts, info) for info in archive.infolist() if (name := _inner(info))]
    if len({parts[0] for parts, _ in infos}) == 1 and all(len(parts) > 1 for parts, _ in infos):
        infos = [(parts[1:], info) for parts, info in infos]
    grouped: dict[str, list[tuple[str, zipfile.ZipInfo]]] = {}
    for parts, info in sorted(infos, key=lambda pair: pair[0]):
        grouped.setdefault(parts[0], []).append(("/".join(parts), info))
    return {name: partial(_packed, archive, members) for name, members in grouped.items()}


def _inner(info: zipfile.ZipInfo) -> str:
    """The member's name; empty for folders, and for what stands outside of the archive or does not count."""
    name = info.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    is_inner = bool(parts) and not name.startswith("/") and ".." not in parts and all(map(_counts, parts))
    return name if is_inner and not info.is_dir() else ""


def _packed(archive: zipfile.ZipFile, members: list[tuple[str, zipfile.ZipInfo]]) -> Iterator[_Leaf]:
    for name, info in members:
        yield _Leaf(name, partial(_unpacked, archive, info, name))


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str) -> bytes:
    try:
        with archive.open(info) as stream:
            content = stream.read(MAX_FILE + 1)
    except _BROKEN as error:
        raise HW2CheckError(f"{shown} cannot be unpacked: {error}") from None
    if len(content) > MAX_FILE:
        raise HW2CheckError(f"{shown} is larger than {MAX_FILE >> 20} MiB")
    return content


def _members(raw: bytes, shown: str) -> Iterator[File]:
    """The files in a student's own archive; archives within it are left alone."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            for info in sorted(archive.infolist(), key=lambda info: info.filename):
                name = _inner(info)
                if name and PurePosixPath(name).suffix.lower() in READ:
                    yield File(f"{shown}/{name}", _unpacked(archive, info, f"{shown}/{name}"))
    except _BROKEN as error:
        raise HW2CheckError(f"{shown} is no zip archive that can be read: {error}") from None
