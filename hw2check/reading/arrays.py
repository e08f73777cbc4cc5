"""Matrices that lie in files beside the problem. Nothing is unpickled, and size and type are known first."""

from __future__ import annotations

import io
import math
import pathlib
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from hw2check.errors import plain
from hw2check.formula.names import did_you_mean
from hw2check.formula.numeral import NumeralError, read_numeral
from hw2check.reading.files import remember_input

MAX_ENTRIES = 4_000_000  # of one array
MAX_BYTES = {".npy": 64 << 20, ".npz": 64 << 20, ".csv": 8 << 20}  # of one file
MAX_MEMBERS = 1000  # arrays in one .npz file
MAX_HEADER = 4096  # bytes of a .npy header
MAX_INTEGER = 2**53  # float64 holds every integer below

_MAGIC = re.compile(rb"\x93NUMPY(?:\x01\x00(..)|[\x02\x03]\x00(....))", re.DOTALL)
_TYPE = re.compile(rb"""["']descr["']\s*:\s*["']([<>|=]?(?:b1|[iu][1248]|f[248]))["']""")
_FORTRAN = re.compile(rb"""["']fortran_order["']\s*:\s*True""")
_SHAPE = re.compile(rb"""["']shape["']\s*:\s*\(([\d,\s]*)\)""")
_PLAIN = re.compile(
    r"-?\d{1,20}(?:\.\d{1,30})?(?:e[+-]?\d\d?)?", re.ASCII
)  # where float() agrees with read_numeral
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those that NumPy writes and zipfile reads piecewise
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)


class ArrayError(ValueError):
    """A file that holds no array that can be used; one line says why."""


@dataclass(frozen=True, slots=True)
class LoadedArray:
    """An array of finite real numbers, and how precisely its file states them."""

    shape: tuple[int, ...]  # up to two axes; (rows, columns) for every CSV file
    values: NDArray[np.float64]  # of that shape
    texts: tuple[str, ...] | None  # CSV: the entries as typed, row by row; None for binary files
    precision: float  # relative, of the stored type; 0 for integers and for CSV


def read_array(folder: pathlib.Path, file: str, key: str | None) -> LoadedArray:
    """The array in a .npy, .npz or .csv file of the folder; the key chooses one of several in an .npz file.

    Raises ArrayError where there is none, or it is not one of 1 to MAX_ENTRIES finite real numbers.
    """
    path = pathlib.PureWindowsPath(file)  # knows both slashes and drives
    try:
        if path.anchor or ".." in path.parts:
            raise ArrayError("the file must lie beside the problem")
        return _read(folder / file, path.suffix.lower(), key)
    except ArrayError as error:
        raise ArrayError(plain(f"{file[:100]}: {error}")) from None
    except OSError as error:
        raise ArrayError(plain(f"{file[:100]}: cannot be read: {error.strerror}")) from None
    except _DAMAGE:
        raise ArrayError(plain(f"{file[:100]}: damaged, or not what its name says")) from None


def _read(path: pathlib.Path, suffix: str, key: str | None) -> LoadedArray:
    if suffix not in MAX_BYTES:
        raise ArrayError("an array is read from a .npy, .npz or .csv file")
    if key is not None and suffix != ".npz":
        raise ArrayError("only an .npz file has keys")
    if not path.is_file():
        raise ArrayError(
            "this is not a file" if path.exists() else "there is no such file beside the problem"
        )
    remember_input(path)
    with path.open("rb") as stream:
        raw = stream.read(min(path.stat().st_size, MAX_BYTES[suffix]) + 1)
    if len(raw) > MAX_BYTES[suffix]:
        raise ArrayError(f"a {suffix} file may have {MAX_BYTES[suffix] >> 20} MiB at most")
    if suffix == ".csv":
        return _read_csv(raw.decode("utf-8-sig"))
    return _read_npy(io.BytesIO(raw)) if suffix == ".npy" else _read_npz(raw, key)


def _read_npz(raw: bytes, key: str | None) -> LoadedArray:
    if raw.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise ArrayError(f"more than {MAX_MEMBERS} arrays in one file")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        _check_size(len(members))
        if key is None and len(members) != 1:
            names = ", ".join(name[:64] for name in list(members)[:12])
            raise ArrayError(f"it holds {len(members)} arrays, choose one by its key: {names}")
        if key is not None and key not in members:
            hint = did_you_mean(key[:64], [name[:64] for name in members])
            raise ArrayError(f"it holds no array {key[:64]!r}; {hint}")
        member = members[key] if key is not None else next(iter(members.values()))
        if member.compress_type not in _METHODS or member.flag_bits & 1:
            raise ArrayError("compressed or encrypted in a way that NumPy does not use")
        with archive.open(member) as stream:
            return _read_npy(stream)


def _read_npy(stream: IO[bytes]) -> LoadedArray:
    """Reads format versions 1.0 to 3.0 of `numpy.lib.format`."""
    head = stream.read(MAX_HEADER)
    magic = _MAGIC.match(head)
    start = magic.end() + int.from_bytes(magic[1] or magic[2], "little") if magic else MAX_HEADER + 1
    header = head[:start]
    shape_text, type_text = _SHAPE.search(header), _TYPE.search(header)
    if start > len(head) or shape_text is None or b"descr" not in header:
        raise ArrayError("this is not a .npy array, or its header is damaged")
    if type_text is None:
        raise ArrayError("only real numbers and booleans of at most 64 bits can be read")
    dtype: np.dtype[np.float64] = np.dtype(type_text[1].decode())  # or another of those that _TYPE allows
    shape = tuple(int(length) for length in re.findall(rb"\d+", shape_text[1]))
    if len(shape) > 2:
        raise ArrayError(f"it has {len(shape)} axes, at most 2 can be read")
    _check_size(math.prod(shape))
    size = math.prod(shape) * dtype.itemsize
    data = head[start:] + stream.read(max(0, size + 1 - len(head) + start))
    if len(data) != size:
        raise ArrayError(f"its data are {'shorter' if len(data) < size else 'longer'} than its header says")
    stored = np.frombuffer(data, dtype).reshape(shape, order="F" if _FORTRAN.search(header) else "C")
    values = np.array(stored, dtype=np.float64, order="C")
    _check_values(values, exact=dtype.kind != "f")
    return LoadedArray(shape, values, None, float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0)


def _check_size(entries: int) -> None:
    if not 0 < entries <= MAX_ENTRIES:
        raise ArrayError(f"it has more than {MAX_ENTRIES:,} entries" if entries else "it is empty")


def _check_values(values: NDArray[np.float64], *, exact: bool) -> None:
    bad = np.argwhere(~np.isfinite(values) | (exact & (np.abs(values) >= MAX_INTEGER)))
    if len(bad):
        where = (
            f"entry ({', '.join(str(i + 1) for i in bad[0])}), counted from 1,"
            if values.ndim
            else "its value"
        )
        raise ArrayError(f"{where} is {'an integer beyond 2^53' if exact else values[tuple(bad[0])]}")


def _read_csv(text: str) -> LoadedArray:
    texts: list[str] = []
    values: list[float] = []
    width = 0
    for line, content in enumerate(io.StringIO(text, newline=None), start=1):
        if not content.strip():
            continue
        row = [entry.strip() for entry in content.split(",", MAX_ENTRIES)]
        _check_size(len(texts) + len(row))
        width = width or len(row)
        if len(row) != width:
            raise ArrayError(f"line {line} has {len(row)} entries, the first row has {width}")
        values += _row_values(row, line, first=not texts)
        texts += row
    _check_size(len(texts))
    shape = (len(texts) // width, width)
    return LoadedArray(shape, np.array(values).reshape(shape), tuple(texts), 0.0)


def _row_values(row: list[str], line: int, *, first: bool) -> list[float]:
    try:
        return [float(entry) if _PLAIN.fullmatch(entry) else _numeral(entry) for entry in row]
    except OverflowError:
        raise ArrayError(f"line {line} has a number beyond the range of float64") from None
    except NumeralError as error:
        header = first and all(re.match(r"(?!nan|inf)[^\W\d]", entry, re.IGNORECASE) for entry in row)
        raise ArrayError(f"line {line}{' is a header: leave it out' if header else f': {error}'}") from None


def _numeral(entry: str) -> float:
    """A number of a table: an underscore groups digits in TOML alone."""
    if "_" in entry:
        raise NumeralError(f"{entry[:40]!r} is not a number: write its digits without _")
    return float(read_numeral(entry))
