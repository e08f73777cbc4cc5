"""Arrays in files: what NumPy writes is read exactly, what could harm is refused before it is read."""

from __future__ import annotations

import io
import os
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw2check.formula.numeral import read_numeral
from hw2check.reading.arrays import MAX_BYTES, MAX_ENTRIES, ArrayError, LoadedArray, read_array


def npy(header: str, data: bytes = b"", version: int = 1) -> bytes:
    text = header.encode() + b"\n"
    return (
        b"\x93NUMPY"
        + bytes([version, 0])
        + struct.pack("<H" if version == 1 else "<I", len(text))
        + text
        + data
    )


def header(shape: str = "(2, 2)", descr: str = "'<f8'") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


def saved(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def load(folder: Path, name: str, content: bytes | str, key: str | None = None) -> LoadedArray:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_array(folder, name, key)


def refusal(folder: Path, name: str, content: bytes | str, key: str | None = None) -> str:
    with pytest.raises(ArrayError) as caught:
        load(folder, name, content, key)
    assert "\n" not in str(caught.value)
    return str(caught.value)


DTYPES = ["?", "i1", "<i2", ">i4", "<i8", "u1", ">u2", "<u4", "<u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_is_read_as_numpy_reads_it(tmp_path: Path, dtype: str, order: Any) -> None:
    array = np.array([[1, 0, 2], [3, 1, 0.5]]).astype(dtype, order=order)
    loaded = load(tmp_path, "w.npy", saved(array))
    assert loaded.shape == (2, 3)
    assert loaded.texts is None
    assert loaded.values.dtype == np.float64
    np.testing.assert_array_equal(loaded.values, array.astype(np.float64))


@pytest.mark.parametrize(
    ("dtype", "precision"), [("i4", 0.0), ("?", 0.0), ("f2", 2**-10), ("f4", 2**-23), ("f8", 2**-52)]
)
def test_precision_is_that_of_the_stored_type(tmp_path: Path, dtype: str, precision: float) -> None:
    assert load(tmp_path, "w.npy", saved(np.ones(3, dtype))).precision == precision


@pytest.mark.parametrize("shape", [(), (1,), (5,), (1, 1), (3, 1), (1, 4)])
def test_shapes_are_kept(tmp_path: Path, shape: tuple[int, ...]) -> None:
    loaded = load(tmp_path, "w.npy", saved(np.full(shape, 2.5)))
    assert loaded.shape == loaded.values.shape == shape
    assert (loaded.values == 2.5).all()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_of_the_format(tmp_path: Path, version: int) -> None:
    content = npy(header(), np.arange(4.0).tobytes(), version)
    assert load(tmp_path, "w.npy", content).values.tolist() == [[0, 1], [2, 3]]


def test_npz_with_one_array_needs_no_key(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", W=np.eye(2))
    np.savez_compressed(tmp_path / "two.npz", W1=np.eye(2), b1=np.ones(2))
    assert read_array(tmp_path, "one.npz", None).values.tolist() == [[1, 0], [0, 1]]
    assert read_array(tmp_path, "two.npz", "b1").values.tolist() == [1, 1]


def test_npz_offers_its_keys(tmp_path: Path) -> None:
    content = zipped({"W_out.npy": saved(np.eye(2)), "b_out.npy": saved(np.ones(2))})
    assert (
        refusal(tmp_path, "w.npz", content) == "w.npz: it holds 2 arrays, choose one by its key: W_out, b_out"
    )
    assert (
        refusal(tmp_path, "w.npz", content, "Wout") == "w.npz: it holds no array 'Wout'; did you mean W_out?"
    )
    assert refusal(tmp_path, "w.npz", zipped({})) == "w.npz: it is empty"
    assert refusal(tmp_path, "w.npy", saved(np.eye(2)), "W") == "w.npy: only an .npz file has keys"


def test_csv_keeps_the_digits(tmp_path: Path) -> None:
    loaded = load(tmp_path, "w.csv", "0.50, -1\n\n1/3,2e-3\r\n−2,+7\n")
    assert loaded.shape == (3, 2)
    assert loaded.texts == ("0.50", "-1", "1/3", "2e-3", "−2", "+7")
    assert loaded.values.tolist() == [[0.5, -1], [1 / 3, 0.002], [-2, 7]]
    assert loaded.precision == 0


def test_csv_of_one_line_is_a_row_and_a_mark_of_excel_is_skipped(tmp_path: Path) -> None:
    assert load(tmp_path, "w.CSV", "\ufeff1,2,3").shape == (1, 3)


def test_csv_values_are_those_of_the_numerals(tmp_path: Path) -> None:
    draw = np.random.default_rng(4705)
    texts = [f"{draw.uniform(-1e3, 1e3):.{draw.integers(1, 18)}f}" for _ in range(500)]
    texts += [f"{draw.normal():.18e}" for _ in range(500)]
    loaded = load(tmp_path, "w.csv", "\n".join(texts))
    assert loaded.values.ravel().tolist() == [float(read_numeral(text)) for text in texts]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it is empty"),
        ("\n \n", "it is empty"),
        ("h1,h2\n1,2\n", "line 1 is a header: leave it out"),
        ("1,2\n\n3\n", "line 3 has 1 entries, the first row has 2"),
        ("1,2,\n", "line 1: '' is not a number: write it like 3, -0.25, 1e-3 or 1/2"),
        ("1,2\n3,x\n", "line 2: 'x' is not a number: write it like 3, -0.25, 1e-3 or 1/2"),
        ("1;2\n", "line 1: '1;2' is not a number: write it like 3, -0.25, 1e-3 or 1/2"),
        ("nan\n", "line 1: 'nan' is not a number: write it like 3, -0.25, 1e-3 or 1/2"),
        ("1,nan\n", "line 1: 'nan' is not a number: write it like 3, -0.25, 1e-3 or 1/2"),
        ("1,1/0\n", "line 1: '1/0' divides by zero"),
        ("1_0,2\n", "line 1: '1_0' is not a number: write its digits without _"),
        ("1,1_0/2\n", "line 1: '1_0/2' is not a number: write its digits without _"),
        ("1,1e399\n", "line 1 has a number beyond the range of float64"),
        (b"1,\xff\n", "damaged, or not what its name says"),
        (b"\xff\xfe1\x00", "damaged, or not what its name says"),
    ],
)
def test_bad_csv(tmp_path: Path, content: bytes | str, message: str) -> None:
    assert refusal(tmp_path, "w.csv", content) == f"w.csv: {message}"


ONLY_REAL = "only real numbers and booleans of at most 64 bits can be read"
NOT_NPY = "this is not a .npy array, or its header is damaged"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([1j]), ONLY_REAL),
        (np.array(["a"]), ONLY_REAL),
        (np.array([b"a"]), ONLY_REAL),
        (np.array([{}], dtype=object), ONLY_REAL),
        (np.array(["2026-01-01"], dtype="M8[D]"), ONLY_REAL),
        (np.zeros(2, dtype=[("a", "f8")]), ONLY_REAL),
        (np.zeros((2, 2, 2)), "it has 3 axes, at most 2 can be read"),
        (np.zeros((0, 3)), "it is empty"),
        (np.array([[1, 2], [np.nan, 0]]), "entry (2, 1), counted from 1, is nan"),
        (np.array([0, -np.inf]), "entry (2), counted from 1, is -inf"),
        (np.array(np.inf, dtype="f2"), "its value is inf"),
        (np.array([1, 2**53 + 1]), "entry (2), counted from 1, is an integer beyond 2^53"),
        (np.array(-(2**63)), "its value is an integer beyond 2^53"),
    ],
)
def test_arrays_that_cannot_be_used(tmp_path: Path, array: Any, message: str) -> None:
    assert refusal(tmp_path, "w.npy", saved(array)) == f"w.npy: {message}"
    assert refusal(tmp_path, "w.npz", zipped({"W.npy": saved(array)})) == f"w.npz: {message}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", NOT_NPY),
        (b"\x93NUMPY", NOT_NPY),
        (b"\x80\x04]\x94.", NOT_NPY),
        (b"\x93NUMPY\x09\x00\x10\x00" + b" " * 16, NOT_NPY),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b" " * 9000, NOT_NPY),
        (npy("(" * 3000), NOT_NPY),
        (npy("-" * 3000 + "1"), NOT_NPY),
        (npy(header("(2, -2)")), NOT_NPY),
        (npy(header("'x'")), NOT_NPY),
        (npy(header(descr="'<f16'")), ONLY_REAL),
        (npy(header(), b"\0" * 31), "its data are shorter than its header says"),
        (npy(header(), b"\0" * 33), "its data are longer than its header says"),
        (npy(header("(4000001,)")), "it has more than 4,000,000 entries"),
        (npy(header("(99999999999999999999, 99999999999999999999)")), "it has more than 4,000,000 entries"),
        (npy(header(f"({'9' * 3000},)")), "it has more than 4,000,000 entries"),
        (npy(header("(4000000,)")), "its data are shorter than its header says"),
    ],
)
def test_lying_headers(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal(tmp_path, "w.npy", content) == f"w.npy: {message}"


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "sprung",)

    refusal(tmp_path, "w.npy", saved(np.array([Trap()], dtype=object)))
    assert not (tmp_path / "sprung").exists()


def test_bombs_take_neither_time_nor_memory(tmp_path: Path) -> None:
    zeros = b"\0" * (64 << 20)
    bombs = {
        "header.npz": zipped({"W.npy": b"\x93NUMPY\x02\x00\xff\xff\xff\x03" + zeros}),
        "data.npz": zipped({"W.npy": npy(header(), zeros)}),
        "shape.npz": zipped({"W.npy": npy(header("(100000, 100000)"), zeros)}),
        "bzip.npz": zipped({"W.npy": zeros}, zipfile.ZIP_BZIP2),
        "members.npz": zipped({f"{n}.npy": b"" for n in range(1001)}, zipfile.ZIP_STORED),
        "commas.csv": b"," * (8 << 20),
        "blanks.csv": b"\n" * (8 << 20),
        "lines.csv": b"1\n" * (MAX_ENTRIES // 100) + b"1,\n",
        "one.csv": b"1" * (8 << 20),
    }
    del zeros
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
    for name in bombs:
        tracemalloc.start()
        begin = time.perf_counter()
        with pytest.raises(ArrayError):
            read_array(tmp_path, name, None)
        assert time.perf_counter() - begin < 20, name
        assert tracemalloc.get_traced_memory()[1] < 200 << 20, name
        tracemalloc.stop()


@pytest.mark.parametrize("suffix", MAX_BYTES)
def test_a_file_that_is_too_big(tmp_path: Path, suffix: str) -> None:
    with (tmp_path / f"w{suffix}").open("wb") as stream:
        stream.truncate(MAX_BYTES[suffix] + 1)
    with pytest.raises(ArrayError, match=rf"^w\{suffix}: a \{suffix} file may have \d+ MiB at most$"):
        read_array(tmp_path, f"w{suffix}", None)


BESIDE = "the file must lie beside the problem"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("/etc/w.npy", BESIDE),
        ("../w.npy", BESIDE),
        ("data/../../w.npy", BESIDE),
        ("..\\w.npy", BESIDE),
        ("C:\\w.npy", BESIDE),
        ("C:w.npy", BESIDE),
        ("gone.npy", "there is no such file beside the problem"),
        ("a\0b.npy", "there is no such file beside the problem"),
        ("folder.npy", "this is not a file"),
        ("w.txt", "an array is read from a .npy, .npz or .csv file"),
        ("", "an array is read from a .npy, .npz or .csv file"),
        ("loop.npy", "there is no such file beside the problem"),
    ],
)
def test_paths_that_are_refused(tmp_path: Path, file: str, message: str) -> None:
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "loop.npy").symlink_to("loop.npy")
    with pytest.raises(ArrayError) as caught:
        read_array(tmp_path, file, None)
    assert str(caught.value) == f"{file[:100]}: {message}".replace("\0", "\N{REPLACEMENT CHARACTER}")


def test_links_and_subfolders_are_fine(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "data" / "w.npy", np.eye(2))
    (tmp_path / "link.npy").symlink_to(tmp_path / "data" / "w.npy")
    assert (
        read_array(tmp_path, "data/w.npy", None).shape
        == read_array(tmp_path, "link.npy", None).shape
        == (2, 2)
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "w.npy")
    with pytest.raises(ArrayError, match="this is not a file"):
        read_array(tmp_path, "w.npy", None)


@pytest.mark.parametrize("name", ["w.npy", "w.npz", "w.csv"])
def test_damaged_files_are_read_or_refused(tmp_path: Path, name: str) -> None:
    whole = {
        "w.npy": saved(np.eye(3)),
        "w.npz": zipped({"W.npy": saved(np.eye(3))}),
        "w.csv": b"1,0.5,1/3\n-2,3e-3,4\n",
    }[name]
    draw = np.random.default_rng(4705)
    for _ in range(400):
        damaged = bytearray(whole[: draw.integers(len(whole) + 1)] if draw.random() < 0.3 else whole)
        for place in draw.integers(len(damaged), size=draw.integers(4)) if damaged else ():
            damaged[place] = draw.integers(256)
        try:
            loaded = load(tmp_path, name, bytes(damaged))
        except ArrayError as error:
            assert "\n" not in str(error)
        else:
            assert np.isfinite(loaded.values).all()
