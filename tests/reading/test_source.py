"""Reading files: error messages whole, positions by property, hostile texts in bounded time."""

from __future__ import annotations

import datetime
import io
import json
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw2check.errors import HW2CheckError, Place
from hw2check.formula.numeral import RawNumber
from hw2check.reading.positions import Scanner
from hw2check.reading.source import MAX_BYTES, MAX_DEPTH, MAX_VALUES, MAX_WORD, Path, Source, read_source


@pytest.fixture(autouse=True)
def folder(tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> FilePath:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str | bytes, name: str = "p.toml") -> Source:
    FilePath(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_source(name)


def refusal(text: str | bytes, name: str = "p.toml") -> str:
    with pytest.raises(HW2CheckError) as caught:
        read(text, name)
    return str(caught.value)


# --- what is read

PROBLEM = """title = "N"  # a [comment]
rate = 0.10
[given]
a = 3
A_in = [[2, -1.50], # first row
        [3, 4e0],
]
when = 2024-01-01 07:32:00
"dLoss/da".value = -0.001
[[layer]]
name = "1"
[[layer]]
name = "out"
W = [{x = 1}, {x = true}]
"""


def test_toml_keeps_numbers_as_typed() -> None:
    data = read(PROBLEM).data
    assert data == {
        "title": "N",
        "rate": "0.10",
        "given": {
            "a": 3,
            "A_in": [[2, "-1.50"], [3, "4e0"]],
            "when": datetime.datetime(2024, 1, 1, 7, 32),
            "dLoss/da": {"value": "-0.001"},
        },
        "layer": [{"name": "1"}, {"name": "out", "W": [{"x": 1}, {"x": True}]}],
    }
    assert type(data["rate"]) is RawNumber
    assert type(data["title"]) is str
    assert type(data["given"]["a"]) is int


def test_json_keeps_all_numbers_as_typed() -> None:
    source = read('{"a": 3, "b": [-0.10, 1E5], "c": true, "d": null, "e": "3"}', "p.json")
    assert source.data == {"a": "3", "b": ["-0.10", "1E5"], "c": True, "d": None, "e": "3"}
    assert type(source.data["a"]) is RawNumber
    assert type(source.data["b"][0]) is RawNumber
    assert type(source.data["e"]) is str


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("p.toml", "a = 1", "toml"),
        ("p.json", '{"a": 1}', "json"),
        ("P.JSON", '{"a": 1}', "json"),
        ("p.txt", '\n {"a": 1}', "json"),
        ("p", "a = 1", "toml"),
        ("p.txt", "", "toml"),
    ],
)
def test_format(name: str, text: str, expected: str) -> None:
    assert read(text, name).format == expected


@pytest.mark.parametrize(("text", "expected"), [("a = 1", "toml"), (' {"a": 1}', "json")])
def test_standard_input(text: str, expected: str, folder: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    source = read_source("-")
    assert (source.file, source.format, source.folder) == ("-", expected, folder)


def test_folder_is_where_the_file_is(folder: FilePath) -> None:
    (folder / "sub").mkdir()
    assert read("a = 1", "sub/p.toml").folder == FilePath("sub")


# --- positions of PROBLEM, by hand


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("title",), "1:1", "1:9"),
        (("given",), "3:2", "3:2"),
        (("given", "a"), "4:1", "4:5"),
        (("given", "A_in"), "5:1", "5:8"),
        (("given", "A_in", 0), "5:9", "5:9"),
        (("given", "A_in", 0, 1), "5:13", "5:13"),
        (("given", "A_in", 1, 1), "6:13", "6:13"),
        (("given", "when"), "8:1", "8:8"),
        (("given", "dLoss/da"), "9:1", "9:1"),
        (("given", "dLoss/da", "value"), "9:12", "9:20"),
        (("layer",), "10:3", "10:3"),
        (("layer", 0), "10:3", "10:3"),
        (("layer", 1), "12:3", "12:3"),
        (("layer", 1, "name"), "13:1", "13:8"),
        (("layer", 1, "W", 1, "x"), "14:16", "14:20"),
        (("layer", 1, "b"), "12:3", "12:3"),
        (("given", "A_in", 0, 7, "x"), "5:9", "5:9"),
        (("nowhere",), "1:1", "1:1"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_place(path: Path, key: str, value: str, newline: str) -> None:
    source = read(PROBLEM.replace("\n", newline))
    assert str(source.place(path)) == f"p.toml:{key}"
    assert str(source.value_place(path)) == f"p.toml:{value}"
    assert source.place(path).text == PROBLEM.split("\n")[int(key.split(":")[0]) - 1]


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ('a = "bcd"', 0, "1:6"),
        ('a = "bcd"', 2, "1:8"),
        ('a = "bcd"', 3, "1:9"),
        ('a = "bcd"', 99, "1:9"),
        ("a = 'b\\d'", 2, "1:8"),
        ("a = 'b\\d'", 99, "1:9"),
        ('a = "b\\tc\\u0041d"', 2, "1:9"),
        ('a = "b\\tc\\u0041d"', 4, "1:16"),
        ('a = "\\U0001F600d"', 1, "1:16"),
        ('a = """\nbc\nde"""', 0, "2:1"),
        ('a = """\nbc\nde"""', 3, "3:1"),
        ('a = """b\\\n   c"""', 1, "2:4"),
        ('a = """b""""', 1, "1:9"),
        ("a = '''\nbc\nde'''", 4, "3:2"),
        ('a = ""', 0, "1:6"),
        ('a = """"""', 0, "1:8"),
        ("a = 12.5", 1, "1:6"),
        ("a = 12.5", 99, "1:8"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_place_inside_a_value(text: str, offset: int, expected: str, newline: str) -> None:
    assert str(read(text.replace("\n", newline)).place(("a",), offset)) == f"p.toml:{expected}"


@pytest.mark.parametrize(
    "string", ['"""b""""', '"""b"""""', "'''b''''", '"""""b"""', '"b\\\\"', '""', '"#"', "'[\"'"]
)
def test_place_after_a_string_with_quotes(string: str) -> None:
    assert str(read(f"a = {string}\nc = 1").place(("c",))) == "p.toml:2:1"


def test_place_inside_a_json_string() -> None:
    source = read(r'{"a": "\ud83d\ude00\/b"}', "p.json")
    assert source.data["a"] == "\N{GRINNING FACE}/b"
    assert [source.place(("a",), n).column for n in range(4)] == [8, 20, 22, 23]


def test_offset_of_an_unknown_path_is_its_parent() -> None:
    assert str(read('a = "bcd"').place(("a", "b"), 2)) == "p.toml:1:1"


# --- positions, by property

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=4) | st.sampled_from(
    "abcxyz"
)
TEXTS = st.text(
    st.sampled_from("ab\"'\\\n\t#=[]{},σ\N{GRINNING FACE} ") | st.characters(codec="utf-8"), max_size=12
)
SCALARS = TEXTS | st.integers(-99, 99) | st.booleans()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=5)


class Writer:
    """Writes random TOML or JSON and notes where each key and value begins."""

    def __init__(self, seed: int, *, toml: bool) -> None:
        self.random = random.Random(seed)
        self.toml = toml
        self.text = ""
        self.keys: dict[Path, int] = {}
        self.values: dict[Path, int] = {}
        self.characters: dict[Path, list[int]] = {}

    def blank(self, choices: str = " \t\n") -> None:
        for _ in range(self.random.randrange(3)):
            blank = self.random.choice(choices)
            comment = self.toml and blank == "\n" and self.random.random() < 0.3
            self.text += '# [x] "' * comment + blank

    def document(self, data: dict[str, Any]) -> None:
        if not self.toml:
            self.blank()
            return self.value((), data)
        tables = {key: value for key, value in data.items() if self.is_table(value)}
        self.pairs((), {key: value for key, value in data.items() if key not in tables})
        for key, value in tables.items():
            for index, table in enumerate(value) if isinstance(value, list) else [(None, value)]:
                several = index is not None
                self.text += " [[ " if several else " [ "
                path: Path = (key, index) if index is not None else (key,)
                self.keys.setdefault((key,), len(self.text))
                self.keys[path] = len(self.text)
                self.text += self.quoted(key) + (" ]]" if several else " ]") + " # [c]\n"
                self.pairs(path, table)
        return None

    def is_table(self, value: object) -> bool:
        tables = value if isinstance(value, list) else [value]
        return (
            bool(tables) and all(isinstance(table, dict) for table in tables) and self.random.random() < 0.7
        )

    def pairs(self, table: Path, data: dict[str, Any]) -> None:
        for key, value in data.items():
            self.blank()
            self.pair((*table, key), value, " \t")
            self.blank(" \t")
            self.text += "\n"

    def pair(self, path: Path, value: object, blanks: str) -> None:
        self.keys[path] = len(self.text)
        dotted = self.toml and isinstance(value, dict) and len(value) == 1 and self.random.random() < 0.5
        self.text += self.quoted(str(path[-1]))
        if dotted and isinstance(value, dict):
            self.blank(" ")
            self.text += "."
            self.blank(" ")
            [(name, inner)] = value.items()
            return self.pair((*path, name), inner, blanks)
        self.blank(blanks)
        self.text += "=" if self.toml else ":"
        self.blank(blanks)
        return self.value(path, value)

    def quoted(self, key: str) -> str:
        if not self.toml:
            return json.dumps(key, ensure_ascii=self.random.random() < 0.5)
        if key.isascii() and key.replace("-", "_").isidentifier() and self.random.random() < 0.7:
            return key
        return '"' + "".join(escaped(character) for character in key) + '"'

    def value(self, path: Path, value: object) -> None:
        self.values[path] = len(self.text)
        self.keys.setdefault(path, len(self.text))
        if isinstance(value, str):
            self.string(path, value)
        elif isinstance(value, list):
            self.items(
                "[]", [(lambda i=i, v=v: self.value((*path, i), v)) for i, v in enumerate(value)], " \t\n"
            )
        elif isinstance(value, dict):
            blanks = " \t" if self.toml else " \t\n"
            pairs = [(lambda k=k, v=v: self.pair((*path, k), v, blanks)) for k, v in value.items()]
            self.items("{}", pairs, blanks)
        else:
            self.text += json.dumps(value)

    def items(self, brackets: str, writers: list[Any], blanks: str) -> None:
        self.text += brackets[0]
        for index, write in enumerate(writers):
            self.text += "," * (index > 0)
            self.blank(blanks)
            write()
            self.blank(blanks)
        self.blank(blanks)
        self.text += brackets[1]

    def string(self, path: Path, value: str) -> None:
        quote, pieces = '"', [escaped(character) for character in value]
        if not self.toml:
            pieces = [
                json.dumps(character, ensure_ascii=self.random.random() < 0.5)[1:-1] for character in value
            ]
        elif value.isprintable() and "'" not in value and self.random.random() < 0.5:
            quote, pieces = self.random.choice(["'", "'''", "'''\n"]), list(value)
        elif self.random.random() < 0.5:
            quote = self.random.choice(['"""', '"""\n', '"""\\\n  '])
            pieces = [character if character == "\n" else escaped(character) for character in value]
            pieces = ["\\\n" + p if p == "x" else p for p in pieces]
            pieces = [
                "\n" + p if quote == '"""' and i == 0 and p == "\n" else p for i, p in enumerate(pieces)
            ]
            if quote.endswith(" ") and value[:1].isspace():
                quote = '"""\n'
        self.text += quote
        self.characters[path] = []
        for piece in pieces:
            self.characters[path].append(len(self.text) + (piece == "\n\n") + 2 * piece.startswith("\\\n"))
            self.text += piece
        self.text += quote.strip("\\\n ")


def escaped(character: str) -> str:
    if character in '"\\' or ord(character) < 32 or ord(character) == 127:
        return f"\\u{ord(character):04X}"
    return character


def position(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def spot(place: Place) -> tuple[int, int]:
    return place.line, place.column


def source_of(writer: Writer, suffix: str, newline: str) -> Source:
    return read(writer.text.replace("\n", newline), f"random.{suffix}")


def as_read(value: object, *, toml: bool) -> object:
    if isinstance(value, dict):
        return {key: as_read(inner, toml=toml) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_read(inner, toml=toml) for inner in value]
    return value if toml or isinstance(value, (str, bool)) else str(value)


@pytest.mark.parametrize("suffix", ["toml", "json"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@given(data=DOCUMENTS, seed=st.integers(0, 10**6))
def test_positions_of_random_documents(suffix: str, newline: str, data: dict[str, Any], seed: int) -> None:
    writer = Writer(seed, toml=suffix == "toml")
    writer.document(data)
    source = source_of(writer, suffix, newline)
    assert source.data == as_read(data, toml=suffix == "toml")
    for path, at in writer.keys.items():
        assert spot(source.place(path)) == position(writer.text, at), path
    for path, at in writer.values.items():
        assert spot(source.value_place(path)) == position(writer.text, at), path
    for path, characters in writer.characters.items():
        for offset, at in enumerate(characters):
            assert spot(source.place(path, offset)) == position(writer.text, at), (path, offset)


def leaves(value: object, path: Path = ()) -> Iterator[Path]:
    yield path
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from leaves(inner, (*path, key))


@given(data=DOCUMENTS, indent=st.sampled_from([None, 0, 3]))
def test_every_path_of_dumped_json_has_a_place(data: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(data, indent=indent)
    source = read(text, "random.json")
    spans = Scanner(source.text, toml=False).spans
    assert set(spans) == set(leaves(data))
    for path, span in spans.items():
        value: Any = data
        for part in path:
            value = value[part]
        assert json.loads(text[span.start : span.end]) == value
        if path and isinstance(path[-1], str):
            assert text.startswith(json.dumps(path[-1]), span.key)


# --- errors of the text, as (text, position, message, hint)

TOML_ERRORS = [
    ("a = .5", "1:5", "a: .5 is not a number in TOML", "write 0.5"),
    ("a = 5.", "1:5", "a: 5. is not a number in TOML", "write 5.0"),
    ("a = [1.e-3]", "1:6", "a: 1.e-3 is not a number in TOML", "write 1.0e-3"),
    ("a = −3", "1:5", "a: −3 has a typographic minus", "use the ASCII hyphen-minus -: write -3"),
    ("a=1e−3", "1:3", "a: 1e−3 has a typographic minus", "use the ASCII hyphen-minus -: write 1e-3"),
    ("a = “x”", "1:5", "a: “ is a typographic quote", 'use the straight quote "'),
    ('a = "x”\nb=1', "1:7", "a: ” is a typographic quote", 'use the straight quote "'),
    ("“a” = 1", "1:1", "“ is a typographic quote", 'use the straight quote "'),
    (
        "W = [[1, 2 3]]",
        "1:12",
        "W: a comma is missing between two values",
        "put a comma between entries and between rows: [[1, 2], [3, 4]]",
    ),
    (
        "W = [[1,2]\n[3,4]]",
        "2:1",
        "W: a comma is missing between two values",
        "put a comma between entries and between rows: [[1, 2], [3, 4]]",
    ),
    ("W = [[1,2],\n [3,4]\n[given]\na=1", "1:5", "W: this [ is never closed", "close it with ]"),
    ("x5 : 3", "1:4", "x5 is followed by : instead of =", "write x5 = 3"),
    ('"x5": "x", ', "1:5", "x5 is followed by : instead of =", 'write x5 = "x"'),
    (
        "x5 = sigmoid(x1)",
        "1:6",
        "x5: sigmoid(x1) stands without quotes",
        'put formulas in quotes: x5 = "sigmoid(x1)"',
    ),
    ("x=2*x1", "1:3", "x: 2*x1 stands without quotes", 'put formulas in quotes: x = "2*x1"'),
    ("x = 2 * x1 # c", "1:5", "x: 2 * x1 stands without quotes", 'put formulas in quotes: x = "2 * x1"'),
    (
        "x = a*x2 + max(b, c)",
        "1:5",
        "x: a*x2 + max(b, c) stands without quotes",
        'put formulas in quotes: x = "a*x2 + max(b, c)"',
    ),
    ("x5 = [1/2, 3]", "1:7", "x5: 1/2 stands without quotes", 'put formulas in quotes: "1/2"'),
    ("x5 = [2 * x1]", "1:7", "x5: 2 * x1 stands without quotes", 'put formulas in quotes: "2 * x1"'),
    (
        "p = {formula = x5*x6, value = 3}",
        "1:16",
        "formula: x5*x6 stands without quotes",
        'put formulas in quotes: formula = "x5*x6"',
    ),
    ("dLoss/da = 1", "1:1", "the name dLoss/da needs quotes", 'write "dLoss/da" = 1'),
    ('d(a) = "b"', "1:1", "the name d(a) needs quotes", 'write "d(a)" = "b"'),
    ('a = "abc', "1:5", "a: this string is not closed", 'close it with "'),
    ('a = "abc\nb=1', "1:5", "a: this string is not closed", 'close it with "'),
    ("a = 'abc\nb=1", "1:5", "a: this string is not closed", "close it with '"),
    ('a="""x', "1:3", "a: this string is not closed", 'close it with """'),
    ("a=1\na=2", "2:1", "a is defined twice", "keep one of them: the first is on line 1"),
    ("[a]\n[a]", "2:2", "a is defined twice", "keep one of them: the first is on line 1"),
    ("a=1\n[a]", "2:2", "a is defined twice", "keep one of them: the first is on line 1"),
    (
        "a=1\na.b=2",
        "2:1",
        "b cannot be added to a",
        "a has its value from line 1: add it there, or use another name",
    ),
    ("p={a=1,a=2}", "1:8", "a is defined twice", "keep one of them: the first is on line 1"),
    (
        "p={a=1}\np.b=2",
        "2:1",
        "b cannot be added to p",
        "p has its value from line 1: add it there, or use another name",
    ),
    (
        "p={a=1,a.b=2}",
        "1:8",
        "b cannot be added to a",
        "a has its value from line 1: add it there, or use another name",
    ),
    ("a=007", "1:3", "a: 007 is not a number in TOML", "write 7"),
    (
        'a="C:\\Users"',
        "1:6",
        "a: this backslash begins no known escape",
        "put text with backslashes (a path, LaTeX) in single quotes: '...'",
    ),
    (
        'a="C:\\dir"',
        "1:6",
        "a: this backslash begins no known escape",
        "put text with backslashes (a path, LaTeX) in single quotes: '...'",
    ),
    (
        'a="\\ud800"',
        "1:4",
        "a: this backslash begins no known escape",
        "put text with backslashes (a path, LaTeX) in single quotes: '...'",
    ),
    ("a=", "1:3", "a has no value", "write a number or text after the ="),
    ("a=\nb=1", "1:3", "a has no value", "write a number or text after the ="),
    ("a", "1:2", "a = is missing after a", "write a = 3"),
    ("=3", "1:1", "a name is missing before =", "write a name in front of each value"),
    ("a=[1,2", "1:3", "a: this [ is never closed", "close it with ]"),
    ("a=[1,2\nb=3", "1:3", "a: this [ is never closed", "close it with ]"),
    (
        "[a",
        "1:3",
        "this table header is not well-formed",
        "write [name], or [[name]] for one table of several; other characters need quotes",
    ),
    (
        "[[a]",
        "1:4",
        "this table header is not well-formed",
        "write [name], or [[name]] for one table of several; other characters need quotes",
    ),
    (
        "[]",
        "1:2",
        "this table header is not well-formed",
        "write [name], or [[name]] for one table of several; other characters need quotes",
    ),
    (
        "[a/b]",
        "1:3",
        "this table header is not well-formed",
        "write [name], or [[name]] for one table of several; other characters need quotes",
    ),
    (
        "p={a=1,\nb=2}",
        "1:8",
        "a: a table in { } ends with its line",
        "keep all of it on one line, or write it as a [table]",
    ),
    ("p={a=1,}", "1:7", "a: a comma stands before }", "leave out the last comma"),
    (
        "p={a=1\n}",
        "1:7",
        "a: a table in { } ends with its line",
        "keep all of it on one line, or write it as a [table]",
    ),
    (
        "p={a=1 b=2}",
        "1:8",
        "a: there is more after the value",
        "one value for each name; separate entries by commas, statements by line breaks",
    ),
    (
        "a=1 b=2",
        "1:5",
        "a: there is more after the value",
        "one value for each name; separate entries by commas, statements by line breaks",
    ),
    (
        "a=1, b=2",
        "1:4",
        "a: there is more after the value",
        "one value for each name; separate entries by commas, statements by line breaks",
    ),
    ('{"a":1}', "1:1", "this looks like JSON", "give the file a name that ends in .json"),
    ("a=True", "1:3", "a: True is not a value in TOML", "write true"),
    ("a=0,5", "1:4", "a: a decimal comma is not a number in TOML", "write 0.5"),
    ("α=1", "1:1", "the name α needs quotes", 'write "α" = 1'),
    ("[a] b", "1:5", "there is more after the table header", "write it on the next line"),
    ("a.=1", "1:1", "the name a. needs quotes", 'write "a." = 1'),
    ('"a=1', "1:1", "this string is not closed", 'close it with "'),
    ("p={a:1}", "1:5", "a is followed by : instead of =", "write a = 1"),
    ("[[a]]\n[a]", "2:2", "a is defined twice", "keep one of them: the first is on line 1"),
    ("[a]\n[[a]]", "2:3", "a is defined twice", "keep one of them: the first is on line 1"),
    (
        "a=2024-13-01",
        "1:3",
        "a: 2024-13-01 stands without quotes",
        'put formulas in quotes: a = "2024-13-01"',
    ),
    ("x==3", "1:3", "x: two = stand in a row", "write one ="),
    ("p={a", "1:3", "p: this { is never closed", "close it with }"),
    ("p={", "1:3", "p: this { is never closed", "close it with }"),
    ("p={a=", "1:3", "a: this { is never closed", "close it with }"),
    ("W=[1,,2]", "1:6", "W: an entry is missing here", "write a value between the commas"),
    ("a = [1 # x\n b = 2", "1:5", "a: this [ is never closed", "close it with ]"),
    ("[a.b]\nc=1\n[a]\nb=2", "4:1", "b is defined twice", "keep one of them: the first is on line 1"),
    (
        'a="x" * 2',
        "1:7",
        "a: there is more after the value",
        "one value for each name; separate entries by commas, statements by line breaks",
    ),
    (
        "a=[1]*2",
        "1:6",
        "a: there is more after the value",
        "one value for each name; separate entries by commas, statements by line breaks",
    ),
    ("a=nan1", "1:3", "a: nan1 stands without quotes", 'put formulas in quotes: a = "nan1"'),
    ("a=1__0", "1:3", "a: 1__0 stands without quotes", 'put formulas in quotes: a = "1__0"'),
    (
        "a=[1,2]]",
        "1:8",
        "a: there is more after the value",
        "one value for each name; separate entries by commas, statements by line breaks",
    ),
    ("{", "1:1", "this looks like JSON", "give the file a name that ends in .json"),
    ("a=[1}", "1:5", "a: } does not close the [ of line 1", "close it with ]"),
    ("p={a=1]", "1:7", "a: ] does not close the { of line 1", "close it with }"),
    ("p={a=1,b=max(1,2)}", "1:10", "b: max(1 stands without quotes", 'put formulas in quotes: b = "max(1"'),
    ("a b = 3", "1:1", "the name a b needs quotes", 'write "a b" = 3'),
    ("p={,}", "1:4", "a name is missing before ,", "write a name in front of each value"),
    (
        "a=1; b=2",
        "1:4",
        "a: there is more after the value",
        "one value for each name; separate entries by commas, statements by line breaks",
    ),
    ("a=-x1", "1:3", "a: -x1 stands without quotes", 'put formulas in quotes: a = "-x1"'),
    ('"x', "1:1", "this string is not closed", 'close it with "'),
    ('x.y : "a"', "1:5", "x.y is followed by : instead of =", 'write x.y = "a"'),
    (
        "a=[[1,2],[3,4]\n[5,6]",
        "2:1",
        "a: a comma is missing between two values",
        "put a comma between entries and between rows: [[1, 2], [3, 4]]",
    ),
    ("a=1 2", "1:3", "a: 1 2 stands without quotes", 'put formulas in quotes: a = "1 2"'),
    (
        'a="x" "y"',
        "1:7",
        "a: there is more after the value",
        "one value for each name; separate entries by commas, statements by line breaks",
    ),
    ("'dLoss/da: 1", "1:1", "this string is not closed", "close it with '"),
    ("W1 = [1,\n  2,\n", "1:6", "W1: this [ is never closed", "close it with ]"),
    ("x1:3", "1:3", "x1 is followed by : instead of =", "write x1 = 3"),
    (
        "x5 = exp(x6)/(a == b)",
        "1:6",
        "x5: exp(x6)/(a == b) stands without quotes",
        'put formulas in quotes: x5 = "exp(x6)/(a == b)"',
    ),
    ("a = [5. 2]", "1:6", "a: 5. is not a number in TOML", "write 5.0"),
    ("W = [−1, 2]", "1:6", "W: −1 has a typographic minus", "use the ASCII hyphen-minus -: write -1"),
    ("x = [1\n .5]", "2:2", "x: .5 is not a number in TOML", "write 0.5"),
    (
        '"C:\\temp\\d" = 1',
        "1:9",
        "this backslash begins no known escape",
        "put text with backslashes (a path, LaTeX) in single quotes: '...'",
    ),
    ("[[a]]\nb=1\n[[a]]\nb=1\nb=2", "5:1", "b is defined twice", "keep one of them: the first is on line 4"),
    ("a.b.c = 1\n\n[a.b]", "3:4", "b is defined twice", "keep one of them: the first is on line 1"),
    (
        'x5 = 1 # one\nx6 = 2\n"x5" = 3',
        "3:1",
        "x5 is defined twice",
        "keep one of them: the first is on line 1",
    ),
    (
        'b = """\n\\d"""',
        "2:1",
        "b: this backslash begins no known escape",
        "put text with backslashes (a path, LaTeX) in single quotes: '...'",
    ),
    ("[given]\nW = [[1, 2],\n     [3, 4],\n", "2:5", "W: this [ is never closed", "close it with ]"),
    ("α = β", "1:1", "the name α needs quotes", 'write "α" = β'),
]
JSON_ERRORS = [
    ("{", "1:1", "this { is never closed", "close it with }"),
    ('{"a":1,}', "1:7", "a: a comma stands before }", "leave out the last comma"),
    ('{"a":[1, ]}', "1:8", "a: a comma stands before ]", "leave out the last comma"),
    ("{'a':1}", "1:2", "JSON has no single quotes", 'use the straight quote "'),
    ("{a:1}", "1:2", "the name a needs quotes", 'write "a": 1'),
    ('{"a"=1}', "1:5", "a is followed by = instead of :", 'write "a": 1'),
    ('{"a":.5}', "1:6", "a: .5 is not a number in JSON", "write 0.5"),
    ('{"a":5.}', "1:6", "a: 5. is not a number in JSON", "write 5.0"),
    ('{"a":007}', "1:6", "a: 007 is not a number in JSON", "write 7"),
    (
        '{"a":1 "b":2}',
        "1:8",
        "a: a comma is missing between two values",
        "put a comma between entries and between rows: [[1, 2], [3, 4]]",
    ),
    (
        '{"a":[1 2]}',
        "1:9",
        "a: a comma is missing between two values",
        "put a comma between entries and between rows: [[1, 2], [3, 4]]",
    ),
    ('{"a":"x\ny"}', "1:6", "a: this string is not closed", 'close it with "'),
    ('{"a":"x', "1:6", "a: this string is not closed", 'close it with "'),
    ('{"a":"\\s"}', "1:7", "a: this backslash begins no known escape", "write each backslash twice"),
    ('{"a":"\\u12"}', "1:7", "a: this backslash begins no known escape", "write each backslash twice"),
    ('{"a":1} x', "1:9", "there is more after the end of the object", "remove it, or the bracket before it"),
    ('{"a":True}', "1:6", "a: True is not a value in JSON", "write true"),
    ('{"a":[1', "1:6", "a: this [ is never closed", "close it with ]"),
    ('{"a":1 // c\n}', "1:8", "JSON has no comments", "remove it, or write the file as TOML"),
    ('{"a":1,\n# x\n"b":2}', "2:1", "JSON has no comments", "remove it, or write the file as TOML"),
    ('{"a":+5}', "1:6", "a: +5 is not a number in JSON", "write 5"),
    ('{"a":"C:\\Users"}', "1:9", "a: this backslash begins no known escape", "write each backslash twice"),
    ('{"a"', "1:1", "this { is never closed", "close it with }"),
    ('{"a":', "1:1", "a: this { is never closed", "close it with }"),
    ('{"a" 1}', "1:6", "a : is missing after a", 'write "a": 1'),
    ('{"a":x5+1}', "1:6", "a: x5+1 stands without quotes", 'put formulas in quotes: "x5+1"'),
    ('{"a":1,  \n }', "1:7", "a: a comma stands before }", "leave out the last comma"),
    ("[1]", "1:1", "this JSON is not an object", "put everything in { }, as in a TOML file"),
    ('{"a":NaN}', "1:6", "a: NaN is not a number", "write a finite number"),
    ('{"a":[1,-Infinity]}', "1:9", "a: -Infinity is not a number", "write a finite number"),
    ('{"a":1,\n"b":{"c":1,"c":2}}', "2:12", "c is defined twice", "keep one of them: the first is on line 2"),
    (
        '{"a":"\\ud800"}',
        "1:6",
        "this string has half of a surrogate pair, which is not a character",
        "write the character itself",
    ),
    ('{"a":−5}', "1:6", "a: −5 has a typographic minus", "use the ASCII hyphen-minus -: write -5"),
    ("{“a”:1}", "1:2", "“ is a typographic quote", 'use the straight quote "'),
    (
        '{"a":[[1,2] [3,4]]}',
        "1:13",
        "a: a comma is missing between two values",
        "put a comma between entries and between rows: [[1, 2], [3, 4]]",
    ),
    ("3", "1:1", "this JSON is not an object", "put everything in { }, as in a TOML file"),
    ('{"a":1]', "1:7", "a: ] does not close the { of line 1", "close it with }"),
    ('{"a":[1}', "1:8", "a: } does not close the [ of line 1", "close it with ]"),
    ('{"a" "b"}', "1:6", "a : is missing after a", 'write "a": "b"'),
    ("{,}", "1:2", "a name is missing before ,", "write a name in front of each value"),
    ('{"a":,}', "1:6", "a has no value", "write a number or text after the :"),
    ('{"a"}', "1:5", "a : is missing after a", 'write "a": 3'),
    ("{a=1}", "1:2", "a is followed by = instead of :", 'write "a": 1'),
    (
        '{"a":{"b":1}\n"c":2}',
        "2:1",
        "b: a comma is missing between two values",
        "put a comma between entries and between rows: [[1, 2], [3, 4]]",
    ),
    ('{"a":\n[1,\n2', "2:1", "a: this [ is never closed", "close it with ]"),
]


def expected_text(name: str, text: str, at: str, message: str, hint: str) -> str:
    line, column = map(int, at.split(":"))
    return (
        f"{name}:{at}: {message}\n  {text.split(chr(10))[line - 1]}\n  {' ' * (column - 1)}^\n  hint: {hint}"
    )


@pytest.mark.parametrize(("text", "at", "message", "hint"), TOML_ERRORS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_toml_errors(text: str, at: str, message: str, hint: str, newline: str) -> None:
    assert refusal(text.replace("\n", newline)) == expected_text("p.toml", text, at, message, hint)


@pytest.mark.parametrize(("text", "at", "message", "hint"), TOML_ERRORS)
def test_toml_errors_after_other_text(text: str, at: str, message: str, hint: str) -> None:
    line, _, column = at.partition(":")
    message, hint = (
        re.sub(r"line (\d+)", lambda n: f"line {int(n[1]) + 4}", said) for said in (message, hint)
    )
    before = "# it's \"[\nz = ['''\n[''', 2]\n\n"
    shown = expected_text("p.toml", before + text, f"{int(line) + 4}:{column}", message, hint)
    assert refusal(before + text) == shown


@pytest.mark.parametrize(("text", "at", "message", "hint"), JSON_ERRORS)
def test_json_errors(text: str, at: str, message: str, hint: str) -> None:
    assert refusal(text, "p.json") == expected_text("p.json", text, at, message, hint)


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("p.json", "", "p.json:1:1: there is nothing in this file\n  hint: write a JSON object: { }"),
        (
            "p.toml",
            "\ufeffa = 1",
            (
                "p.toml:1:1: the file begins with a byte order mark\n  \ufffda = 1\n  ^\n"
                "  hint: save the file as UTF-8 without a byte order mark"
            ),
        ),
        (
            "p.toml",
            b"a = 1\r\nb = '\xcf\x83\xe9'",
            (
                "p.toml:2:7: this is not UTF-8 text: byte 0xe9\n  b = 'σ\ufffd'\n        ^\n"
                "  hint: save the file as UTF-8 text"
            ),
        ),
        (
            "p.toml",
            "a = 1".encode("utf-16"),
            (
                "p.toml:1:1: this is not UTF-8 text: byte 0xff\n"
                "  \ufffd\ufffda\ufffd \ufffd=\ufffd \ufffd1\ufffd\n  ^\n  hint: save the file as UTF-8 text"
            ),
        ),
        (
            "p.toml",
            "a = 1\nb\0",
            (
                "p.toml:2:2: this is not text: it has a NUL character\n  b\ufffd\n   ^\n"
                "  hint: save the file as UTF-8 text"
            ),
        ),
    ],
)
def test_texts_that_are_refused(name: str, text: str | bytes, shown: str) -> None:
    assert refusal(text, name) == shown


@pytest.mark.parametrize(
    ("name", "text", "column", "code", "line"),
    [
        ("p.toml", "a = 1\xa0", 6, "00A0", "a = 1\ufffd"),
        ("p.toml", "a = \r1", 5, "000D", "a = \ufffd1"),
        ("p.toml", '"a\x01" = 1', 3, "0001", '"a\ufffd" = 1'),
        ("p.toml", "# \x1b", 3, "001B", "# \ufffd"),
        ("p.json", '{"a": "x\ty"}', 9, "0009", '{"a": "x y"}'),
    ],
)
def test_characters_that_are_refused(name: str, text: str, column: int, code: str, line: str) -> None:
    message = f"the character U+{code} is not allowed here"
    hint = "remove it, or write a plain space"
    assert refusal(text, name) == expected_text(name, line, f"1:{column}", message, hint)


# --- errors of the file


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("", "the name of the file is empty\n  hint: name a file, or - for standard input"),
        ("hw1.toml", "hw1.toml: there is no such file\n  hint: did you mean hw2.toml?"),
        ("sub/hw1.toml", "sub/hw1.toml: there is no such file\n  hint: did you mean sub/hw.toml?"),
        ("zzz", "zzz: there is no such file\n  hint: its folder exists, but has no such file"),
        ("no/hw1.toml", "no/hw1.toml: there is no such file\n  hint: the folder no does not exist"),
        ("sub", "sub: this is a folder\n  hint: name a file in it"),
        ("hw2.toml/x", "hw2.toml/x: cannot be read: Not a directory"),
        ("a\0b", "a\ufffdb: not the name of a file\n  hint: it has a NUL character"),
    ],
)
def test_files_that_cannot_be_read(file: str, shown: str, folder: FilePath) -> None:
    (folder / "sub").mkdir()
    (folder / "hw2.toml").touch()
    (folder / "sub" / "hw.toml").touch()
    with pytest.raises(HW2CheckError) as caught:
        read_source(file)
    assert str(caught.value) == shown


def test_no_permission() -> None:
    FilePath("p.toml").touch(mode=0)
    FilePath("p.toml").chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(HW2CheckError) as caught:
            read_source(str(FilePath("p.toml")))
    finally:
        os.seteuid(user)
    assert str(caught.value) == "p.toml: no permission to read it\n  hint: ask its owner, or copy it"


# --- bounds

BIG = "put big matrices in .npz or .csv files beside the problem"
DEEP = f"at most {MAX_DEPTH} brackets and dots around a value"


@pytest.mark.parametrize(
    ("text", "at", "message", "hint"),
    [
        ("[" * MAX_BYTES, "1:61", "nested too deeply", DEEP),
        ("a=" + "[" * (MAX_BYTES - 2), "1:63", "nested too deeply", DEEP),
        ("{" * MAX_BYTES, "1:61", "nested too deeply", DEEP),
        ('{"a":' * (MAX_BYTES // 5), "1:301", "nested too deeply", DEEP),
        ("a." * (MAX_BYTES // 2), "1:122", "nested too deeply", DEEP),
        ("[" + "a." * (MAX_BYTES // 2 - 1), "1:121", "nested too deeply", DEEP),
        ('"a" . ' * (MAX_BYTES // 6), "1:365", "nested too deeply", DEEP),
        (
            "a=" + "9" * 5000,
            "1:3",
            f"a number or name has more than {MAX_WORD} characters",
            "put text in quotes",
        ),
        (
            "a=[1, 0." + "9" * 5000,
            "1:9",
            f"a number or name has more than {MAX_WORD} characters",
            "put text in quotes",
        ),
        ("a=[" + "1," * (MAX_BYTES // 2 - 2) + "]", "1:4", f"more than {MAX_VALUES} values or lines", BIG),
        ("[[a]]\n" * (MAX_BYTES // 6), "100001:6", f"more than {MAX_VALUES} values or lines", BIG),
    ],
    ids=range(11),
)
@pytest.mark.parametrize("name", ["p.toml", "p.json"])
def test_hostile_texts(name: str, text: str, at: str, message: str, hint: str) -> None:
    start = time.monotonic()
    shown = refusal(text, name).split("\n")
    assert time.monotonic() - start < 5
    assert shown[0] == f"{name}:{at}: {message}"
    assert shown[-1] == f"  hint: {hint}"


@pytest.mark.parametrize(
    "piece", ['"', "'", 'a="', "a '", "\\", " ", "#", '"\\', "a/", "“", "=", "a\xa0", '"""\\']
)
@pytest.mark.parametrize("start", ["", "a = ", "a = [", 'a = "', '{"a": ', '{"a": "'])
def test_long_texts_take_bounded_time(start: str, piece: str) -> None:
    text = (start + piece * (MAX_BYTES // len(piece.encode())))[: MAX_BYTES // 2]
    begin = time.monotonic()
    try:
        read(text, "p").place(("a",), 10**6)
    except HW2CheckError as error:
        assert len(str(error)) < 1000
    assert time.monotonic() - begin < 5


def test_bounds_leave_room() -> None:
    assert read("a = " + "[" * MAX_DEPTH + "]" * MAX_DEPTH).data
    assert read("a = 0." + "9" * 900).data
    assert read('a = "' + "9." * 5000 + '"').data
    assert read("a = [" + "1.5, " * 10_000 + "]").data


@pytest.mark.parametrize("size", [MAX_BYTES, MAX_BYTES + 1])
def test_size(size: int) -> None:
    text = "#" * size
    if size == MAX_BYTES:
        assert read(text).data == {}
    else:
        assert refusal(text) == f"p.toml: larger than 1 MiB\n  hint: {BIG}"


def test_size_of_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"#" * (MAX_BYTES + 1))))
    with pytest.raises(HW2CheckError) as caught:
        read_source("-")
    assert str(caught.value) == f"-: larger than 1 MiB\n  hint: {BIG}"


# --- no text raises anything else

FRAGMENTS = st.sampled_from(
    [
        *"a=:[]{},\n \"'\\#.10-−“\r\te",
        "x5",
        '"""',
        "'''",
        "[[",
        "]]",
        "\r\n",
        "a = 1\n",
        "[a]\n",
        "a.b",
        "true",
        "nan",
        "NaN",
        "\\ud800",
        "σ",
        '"a": ',
    ]
)


@given(pieces=st.lists(FRAGMENTS, max_size=25), name=st.sampled_from(["p.toml", "p.json"]))
def test_any_text_is_read_or_refused(pieces: list[str], name: str) -> None:
    text = "".join(pieces)
    try:
        source = read(text, name)
    except HW2CheckError as error:
        assert error.message
        assert error.hint
        assert error.place is not None
        lines = text.replace("\r\n", "\n").split("\n")
        assert lines[error.place.line - 1] == error.place.text
        assert 1 <= error.place.column <= len(error.place.text) + 1
    else:
        assert set(Scanner(source.text, toml=name == "p.toml").spans) >= set(leaves(source.data))


@given(cut=st.integers(0, len(PROBLEM)), length=st.integers(0, 3), put=FRAGMENTS)
def test_a_damaged_problem_is_read_or_refused(cut: int, length: int, put: str) -> None:
    try:
        source = read(PROBLEM[:cut] + put + PROBLEM[cut + length :])
    except HW2CheckError as error:
        assert error.place is not None
    else:
        assert set(Scanner(source.text, toml=True).spans) >= set(leaves(source.data))
