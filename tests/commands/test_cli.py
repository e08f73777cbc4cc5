"""The command line as a user meets it: exit codes and every word of their errors."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hw2check import __version__
from hw2check.report.digits import show_number
from hw2check.report.formats import FORMATS
from tests.commands.running import SECONDS, Done, Process, environment

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str | bytes, name: str = "p.toml") -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def fixture(name: str) -> str:
    """A fixture, copied to where the test runs, so that no output depends on where the project lies."""
    return write((FIXTURES / f"{name}.toml").read_bytes(), f"{name}.toml")


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def shown(place: str, message: str, line: str, hint: str = "", file: str = "p.toml") -> str:
    """The whole of an error: message, source line, caret and hint."""
    column = int(place.split(":")[1])
    caret = f"  {line}\n  {' ' * (column - 1)}^\n" if line else ""
    return f"error: {file}:{place}: {message}\n{caret}" + (f"  hint: {hint}\n" if hint else "")


# --- exit codes

RIGHT = 'loss = "y"\n[given]\nx = 3\n[nodes]\ny = "x^2"\n[expected]\ny = 9\n"dy/dx" = "2*x"\n'
WRONG = RIGHT.replace("y = 9", "y = 8")
CLOSE = RIGHT.replace("x = 3", "x = 0.77").replace("y = 9", "y = 0.592")  # 0.5929: truncated
BROKEN = RIGHT.replace("[given]", "[given")
COMMANDS = ("forward", "backprop", "check")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        (RIGHT, (), 0),
        (WRONG, (), 1),
        (WRONG, ("-f", "json"), 1),
        (WRONG, ("-q",), 1),
        (WRONG, ("--exit-zero",), 0),
        (WRONG, ("--only", "y"), 1),
        (WRONG, ("--only", "y", "--atol", "1"), 0),
        (WRONG, ("--rtol", "0.2"), 0),
        (CLOSE, (), 0),
        (CLOSE, ("--strict",), 1),
        (CLOSE + "[marking]\nstrict = true\n", (), 1),
        (RIGHT, ("--strict",), 0),
        (BROKEN, (), 2),
        (BROKEN, ("--exit-zero",), 2),
        (BROKEN, ("-f", "json"), 2),
        (b"\x00\xff\xfe", (), 2),
    ],
)
def test_exit_codes(command: str, text: str | bytes, options: tuple[str, ...], code: int) -> None:
    assert Done(command, write(text), *options).code == code


@pytest.mark.parametrize("command", COMMANDS)
def test_standard_input(command: str) -> None:
    assert [Done(command, "-", stdin=text).code for text in (RIGHT, WRONG, BROKEN)] == [0, 1, 2]


@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_cannot_be_read(command: str, folder: Path) -> None:
    write(RIGHT, "homework.toml")
    (folder / "sub").mkdir()
    missing = Done(command, "homwork.toml")
    assert (missing.code, missing.out if command != "check" else "") == (2, "")
    assert missing.err == (
        "error: homwork.toml: there is no such file\n  hint: did you mean homework.toml?\n"
    )
    assert Done(command, "sub").err == "error: sub: this is a folder\n  hint: name a file in it\n"


def test_check_judges_the_files_that_it_can_read() -> None:
    done = Done("check", write(RIGHT, "a.toml"), "none.toml", write(WRONG, "b.toml"))
    assert done.code == 2
    assert [line.split(":")[0] for line in lines(done.out) if not line.startswith(" ")] == [
        "a.toml",
        "b.toml",
    ]
    assert "none.toml: there is no such file" in done.err


def test_json_of_check_names_the_files_that_it_cannot_read() -> None:
    done = Done("check", write(RIGHT, "a.toml"), write(BROKEN, "b.toml"), "-f", "json")
    document = json.loads(done.out)
    assert (done.code, document["ok"], len(document["files"])) == (2, False, 1)
    assert [(error["file"], error["line"]) for error in document["errors"]] == [("b.toml", 2)]


@pytest.mark.parametrize("command", COMMANDS)
def test_interrupt(command: str) -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "hw2check", command, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    with started:
        assert started.stdin
        os.write(started.stdin.fileno(), b" " * (1 << 18))  # more than a pipe holds: hw2check reads
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=SECONDS)
    assert (started.returncode, out, err.strip()) == (130, b"", b"interrupted")


@pytest.mark.parametrize("module", ["click", "hw2check.errors", "hw2check.cli.run", "numpy", "rich.console"])
def test_interrupt_while_modules_are_imported(module: str) -> None:
    """The signal comes when the import of the module begins."""
    code = (
        "import os, signal, sys, time\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            sys.meta_path.remove(self)\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "            time.sleep(5)\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "from hw2check.cli import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, "forward", write(RIGHT)]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, env=environment())
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, b"", b"interrupted")


@pytest.mark.parametrize(("text", "code"), [(RIGHT, 0), (WRONG, 1)], ids=["right", "wrong"])
@pytest.mark.parametrize("options", [(), ("-f", "json")])
def test_a_reader_that_goes_away_changes_nothing(text: str, code: int, options: tuple[str, ...]) -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "hw2check", "backprop", write(text), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert started.stdout and started.stderr
    started.stdout.close()
    err = started.stderr.read()
    started.stderr.close()
    assert (started.wait(SECONDS), err) == (code, b"")


def test_head() -> None:
    command = f"{sys.executable} -m hw2check backprop {fixture('backprop')} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, timeout=SECONDS, env=environment())  # noqa: S602
    assert done.stdout == b"Backpropagation through a network with a softmax output\n"
    assert done.stderr == b""


# --- submissions


@pytest.mark.parametrize(
    ("answers", "code", "err"),
    [
        ('[answers]\ny = 9\n"dy/dx" = 6\n', 0, ""),
        ("[answers]\ny = 9\n", 1, ""),
        ('[answers]\ny = 8\n"dy/dx" = 6\n', 1, ""),
        ('[answers]\ny = 9\n"dy/dx" = 6\nzz = 1\n', 1, ""),
        (
            "[expected]\ny = 9\n",
            2,
            shown(
                "1:2",
                "unknown key 'expected'",
                "[expected]",
                "known names: title, description, answers, $schema",
                "s.toml",
            ),
        ),
        (
            'title = "x"\n',
            2,
            shown(
                "1:1",
                "the submission has no [answers]",
                'title = "x"',
                "write [answers] and below it the same keys as in [expected]",
                "s.toml",
            ),
        ),
    ],
)
def test_submission(answers: str, code: int, err: str) -> None:
    done = Done("backprop", write(RIGHT), write(answers, "s.toml"))
    assert (done.code, done.err) == (code, err)


def test_a_wrong_answer_key_is_an_error_of_the_problem() -> None:
    done = Done("backprop", write(WRONG), write('[answers]\ny = 9\n"dy/dx" = 6\n', "s.toml"))
    assert done.code == 2
    assert done.err == (
        "error: p.toml:7:1: the answer key of the problem is not right: y\n  y = 8\n  ^\n"
        "  hint: y is wrong: correct the [expected] of p.toml first\n"
    )


# --- options


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(option: str) -> None:
    done = Done(option)
    assert (done.code, done.err) == (0, "")
    assert "\n  Exit codes: 0 all correct, 1 something is not, 2 could not judge,\n" in done.out
    assert "\b" not in done.out and "\\b" not in done.out
    for command in (*COMMANDS, "new", "schema"):
        assert re.search(rf"^  {command}  ", done.out, re.MULTILINE)


@pytest.mark.parametrize("command", [*COMMANDS, "new", "schema"])
def test_help_of_commands(command: str) -> None:
    done = Done(command, "-h")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: hw2check {command} [OPTIONS]")


def test_version() -> None:
    done = Done("--version")
    assert (done.code, done.out, done.err) == (0, f"hw2check {__version__}\n", "")


def test_the_installed_command_is_the_module() -> None:
    command = Path(sys.executable).with_name("hw2check")
    done = subprocess.run([command, "--version"], capture_output=True, timeout=SECONDS, env=environment())
    assert done.stdout.decode() == Done("--version").out


@pytest.mark.parametrize(
    ("files", "judged"),
    [
        (("hw.toml",), ["one/p.toml", "q.toml"]),
        (("hw.toml", "one/p.toml"), ["q.toml", "one/p.toml"]),
        (("one/p.toml", "hw.toml", "q.toml"), ["one/p.toml", "q.toml"]),
    ],
)
def test_a_homework_file_stands_for_its_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: tuple[str, ...], judged: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one").mkdir()
    for name in ("one/p.toml", "q.toml"):
        Path(name).write_text("[given]\nx = 3\n[nodes]\ny = 'x^2'\n[expected]\ny = 9\n", encoding="utf-8")
    listed = '[[problem]]\nfile = "one/p.toml"\n[[problem]]\nfile = "q.toml"\n'
    Path("hw.toml").write_text(listed, encoding="utf-8")
    done = Done("check", *files)
    assert (done.code, done.err) == (0, "")
    assert [line.partition(":")[0] for line in done.out.splitlines()] == judged
    Path("hw.toml").write_text('[[problem]]\nfile = "none.toml"\n', encoding="utf-8")
    assert Done("check", *files).err.startswith("error: none.toml: there is no such file\n")


HELP = "Usage: hw2check forward [OPTIONS] FILE [SUBMISSION]\nTry 'hw2check forward --help' for help.\n\n"


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (
            ("bogus",),
            HELP.replace(" forward", "").replace("FILE [SUBMISSION]", "COMMAND [ARGS]...")
            + "Error: No such command 'bogus'.\n",
        ),
        (("forward",), f"{HELP}Error: Missing argument 'FILE'.\n"),
        (("forward", "p.toml", "s.toml", "t.toml"), f"{HELP}Error: Got unexpected extra argument (t.toml)\n"),
        (
            ("forward", "p.toml", "-f", "xml"),
            f"{HELP}Error: Invalid value for '-f' / '--format': 'xml' is not one of {', '.join(FORMATS)}\n",
        ),
        (
            ("forward", "p.toml", "--rtol", "-1"),
            f"{HELP}Error: Invalid value for '--rtol': -1.0 is not in the range x>=0.\n",
        ),
        (
            ("forward", "p.toml", "--only", "yy"),
            "error: --only yy: there is no such quantity\n  hint: did you mean y?\n",
        ),
        (
            ("forward", "p.toml", "-f", "json=no/out.json"),
            "error: cannot write no/out.json: No such file or directory\n",
        ),
        (("forward", "p.toml", "-f", "json=."), "error: cannot write .: Is a directory\n"),
        (
            ("forward", "p.toml", "-f", "json=x", "-f", "text=./x"),
            "error: two reports into one file: ./x\n  hint: name another file for one\n",
        ),
        (
            ("forward", ""),
            "error: the name of the file is empty\n  hint: name a file, or - for standard input\n",
        ),
    ],
)
def test_usage_errors(arguments: tuple[str, ...], err: str) -> None:
    write(RIGHT)
    done = Done(*arguments)
    assert (done.code, done.out, done.err) == (2, "", err)


@pytest.mark.parametrize("value", ["nan", "inf", "one"])
@pytest.mark.parametrize("option", ["--rtol", "--atol"])
def test_tolerances_are_finite(option: str, value: str) -> None:
    assert Done("forward", write(WRONG), option, value).code == 2


def test_unknown_option() -> None:
    done = Done("forward", "--bogus", "p.toml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"{HELP}Error: No such option")  # Click's versions go on differently


def test_json_into_a_file_and_text_on_the_terminal(folder: Path) -> None:
    text = Done("backprop", fixture("backprop"))
    both = Done("backprop", "backprop.toml", "-f", "json=out.json", "-f", "text")
    alone = Done("backprop", "backprop.toml", "-f", "json")
    assert (both.code, both.out, both.err) == (1, text.out, "")
    assert (folder / "out.json").read_text("utf-8") == alone.out
    assert json.loads(alone.out)["files"][0]["first_wrong"] == "dLoss/dd"
    assert sorted(path.name for path in folder.iterdir()) == ["backprop.toml", "out.json"]


def test_text_into_a_file(folder: Path) -> None:
    done = Process("forward", fixture("forward"), "-f", "text=out.txt", COLUMNS="100")
    assert (done.code, done.out) == (0, "")
    assert lines((folder / "out.txt").read_text("utf-8")) == lines(
        Process("forward", "forward.toml", COLUMNS="100").out
    )


@pytest.mark.parametrize("name", ["x5", "x_5", "x_{5}"])
def test_only(name: str) -> None:
    done = Done("backprop", fixture("backprop"), "--only", name)
    assert done.code == 0
    assert lines(done.out)[-1] == "✓ 1 answer correct"
    assert "x6" not in done.out


def test_quiet_tells_what_is_not_right_and_the_result() -> None:
    done = Done("backprop", fixture("backprop"), "-q")
    shown = lines(done.out)
    assert shown[0] == "✗ wrong backprop.toml:54:1  dLoss/dd = -0.007, computed -0.0009975456151"
    assert shown[-1].startswith("✗ 29 answers: 27 correct, 1 wrong, 1 carried")
    assert "Values" not in done.out
    assert lines(Done("backprop", fixture("backprop-corrected"), "-q").out)[0].startswith(
        "✓ 29 answers correct"
    )


@pytest.mark.parametrize("kind", ["dense", "graph"])
def test_new(kind: str) -> None:
    done = Done("new", kind)
    assert (done.code, done.err) == (0, "")
    checked = Done("check", write(done.out, "new.toml"))
    assert (checked.code, checked.err) == (0, "")
    assert lines(checked.out)[0].startswith("new.toml: ✓ ")


# --- bad input

ONE = "[given]\nx = 1\n[nodes]\n"
GRAPH = ONE + 'y = "x^2"\n'
INPUT = "[given]\nA_in = [[1, 2], [3, 4]]\n[[layer]]\n"
DENSE = INPUT + 'name = "1"\nW = [[1, 2]]\nb = [1]\n'
ROW = f"[given]\nx = [[{'1, ' * 4999}1]]\n[nodes]\n"
NUMBER = 'write a number like 3, -0.25 or 1e-3, or in quotes "1/2" or "exp(-2)/3"'
DOUBLING = "".join(f'"f{i}(x)" = "f{i - 1}(x) + f{i - 1}(x)"\n' for i in range(1, 60))


def node(formula: str) -> str:
    return f'{ONE}y = "{formula}"\n'


def value(written: str) -> str:
    return f'[given]\nx = {written}\n[nodes]\ny = "x"\n'


BAD: dict[str, tuple[str | bytes, str]] = {
    # TOML
    ".5": (value(".5"), shown("2:5", "x: .5 is not a number in TOML", "x = .5", "write 0.5")),
    "5.": (value("5."), shown("2:5", "x: 5. is not a number in TOML", "x = 5.", "write 5.0")),
    "1.e-3": (
        value("1.e-3"),
        shown("2:5", "x: 1.e-3 is not a number in TOML", "x = 1.e-3", "write 1.0e-3"),
    ),
    "decimal comma": (
        value("0,5"),
        shown("2:6", "x: a decimal comma is not a number in TOML", "x = 0,5", "write 0.5"),
    ),
    "byte order mark": (
        "\ufeff" + GRAPH,
        shown(
            "1:1",
            "the file begins with a byte order mark",
            "\ufffd[given]",
            "save the file as UTF-8 without a byte order mark",
        ),
    ),
    "minus": (
        value("−1"),
        shown("2:5", "x: −1 has a typographic minus", "x = −1", "use the ASCII hyphen-minus -: write -1"),
    ),
    "missing comma between rows": (
        value("[[1, 2] [3, 4]]"),
        shown(
            "2:13",
            "x: a comma is missing between two values",
            "x = [[1, 2] [3, 4]]",
            "put a comma between entries and between rows: [[1, 2], [3, 4]]",
        ),
    ),
    "missing comma between entries": (
        value("[[1 2], [3, 4]]"),
        shown(
            "2:9",
            "x: a comma is missing between two values",
            "x = [[1 2], [3, 4]]",
            "put a comma between entries and between rows: [[1, 2], [3, 4]]",
        ),
    ),
    "no quotes": (
        f"{ONE}y = x^2\n",
        shown("4:5", "y: x^2 stands without quotes", "y = x^2", 'put formulas in quotes: y = "x^2"'),
    ),
    "typographic quotes": (
        f"{ONE}y = “x”\n",
        shown("4:5", "y: “ is a typographic quote", "y = “x”", 'use the straight quote "'),
    ),
    "open string": (
        f'{ONE}y = "x\n',
        shown("4:5", "y: this string is not closed", 'y = "x', 'close it with "'),
    ),
    "open bracket": (
        value("[[1, 2], [3, 4]"),
        shown("2:5", "x: this [ is never closed", "x = [[1, 2], [3, 4]", "close it with ]"),
    ),
    "key without quotes": (
        f"{GRAPH}[expected]\ndy/dx = 1\n",
        shown("6:1", "the name dy/dx needs quotes", "dy/dx = 1", 'write "dy/dx" = 1'),
    ),
    "key twice": (
        "[given]\nx = 1\nx = 2\n",
        shown("3:1", "x is defined twice", "x = 2", "keep one of them: the first is on line 2"),
    ),
    "table twice": (
        f"{GRAPH}[given]\nz = 1\n",
        shown("5:2", "given is defined twice", "[given]", "keep one of them: the first is on line 1"),
    ),
    # not text
    "NUL": (
        f"{GRAPH}# \0\n",
        shown("5:3", "this is not text: it has a NUL character", "# \ufffd", "save the file as UTF-8 text"),
    ),
    "Latin-1": (
        f"{GRAPH}# größe\n".encode("latin-1"),
        shown("5:5", "this is not UTF-8 text: byte 0xf6", "# gr\ufffd\ufffde", "save the file as UTF-8 text"),
    ),
    "a picture": (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        shown("1:1", "this is not UTF-8 text: byte 0x89", "\ufffdPNG", "save the file as UTF-8 text"),
    ),
    # keys
    "unknown key": (
        "learningrate = 0.1\n" + GRAPH,
        shown("1:1", "unknown key 'learningrate'", "learningrate = 0.1", "did you mean learning_rate?"),
    ),
    "misspelt table": (
        "[givens]\nx = 1\n",
        shown("1:2", "unknown key 'givens'", "[givens]", "did you mean given?"),
    ),
    "misspelt marking": (
        f"{GRAPH}[marking]\ndecimal = 3\n",
        shown("6:1", "unknown key 'decimal' in [marking]", "decimal = 3", "did you mean decimals?"),
    ),
    "unknown key of a file": (
        value('{ file = "a.npz", name = "W" }'),
        shown(
            "2:23",
            "unknown key 'name' in [given.x]",
            'x = { file = "a.npz", name = "W" }',
            "known names: file, key",
        ),
    ),
    "no nodes": (
        "[given]\nx = 1\n",
        shown(
            "1:1",
            "the file has no [nodes] and no [[layer]]",
            "[given]",
            "state a computation graph in [nodes] or a dense network in [[layer]] tables",
        ),
    ),
    "empty file": (
        "",
        shown(
            "1:1",
            "the file has no [nodes] and no [[layer]]",
            "",
            "state a computation graph in [nodes] or a dense network in [[layer]] tables",
        ),
    ),
    # matrices
    "ragged": (
        value("[[1, 2], [3]]"),
        shown(
            "2:14",
            "row 2 has 1 entry, row 1 has 2",
            "x = [[1, 2], [3]]",
            "every row of a matrix has the same number of entries",
        ),
    ),
    "row and number": (
        value("[[1, 2], 3]"),
        shown(
            "2:14",
            "row 2 is a single number",
            "x = [[1, 2], 3]",
            "write every row in brackets: [[1, 2], [3, 4]]",
        ),
    ),
    "empty matrix": (
        value("[]"),
        shown("2:5", "the matrix is empty", "x = []", "write its rows: [[1, 2], [3, 4]]"),
    ),
    "empty row": (value("[[]]"), shown("2:6", "row 1 is empty", "x = [[]]")),
    "three axes": (
        value("[[[1]]]"),
        shown("2:7", "a number must stand here, not a list", "x = [[[1]]]", NUMBER),
    ),
    "missing file": (
        value('{ file = "w.npz" }'),
        shown("2:5", "w.npz: there is no such file beside the problem", 'x = { file = "w.npz" }'),
    ),
    "NUL in a file's name": (
        value('{ file = "w\\u0000.npz" }'),
        shown(
            "2:5", "w\ufffd.npz: there is no such file beside the problem", 'x = { file = "w\\u0000.npz" }'
        ),
    ),
    "escape in a file's name": (
        value('{ file = "\\u001b[31m.npz" }'),
        shown(
            "2:5",
            "\ufffd[31m.npz: there is no such file beside the problem",
            'x = { file = "\\u001b[31m.npz" }',
        ),
    ),
    "file elsewhere": (
        value('{ file = "../w.npz" }'),
        shown("2:5", "../w.npz: the file must lie beside the problem", 'x = { file = "../w.npz" }'),
    ),
    # shapes
    "weights": (
        f"{INPUT}W = [[1, 2, 3]]\n",
        shown(
            "4:1",
            "W1 is 1 x 3, but A_in has 2 entries per input: W1 needs 2 columns",
            "W = [[1, 2, 3]]",
            "W has one row per output and one column per input",
        ),
    ),
    "transposed weights": (
        f"{INPUT}W = [[1, 2, 3], [4, 5, 6]]\n",
        shown(
            "4:1",
            "W1 is 2 x 3, but A_in has 2 entries per input: W1 needs 2 columns (transposed?)",
            "W = [[1, 2, 3], [4, 5, 6]]",
            "W has one row per output and one column per input",
        ),
    ),
    "bias": (
        f"{INPUT}W = [[1, 2], [3, 4]]\nb = [1, 2, 3]\n",
        shown(
            "5:1",
            "b1 is a vector of 3, but W1 has 2 rows",
            "b = [1, 2, 3]",
            "b1 needs 2 entries, one per output",
        ),
    ),
    "bias of one output": (
        DENSE.replace("[1]", "[1, 2]"),
        shown(
            "6:1", "b1 is a vector of 2, but W1 has 1 row", "b = [1, 2]", "b1 needs 1 entry, one per output"
        ),
    ),
    "sum": (
        '[given]\nA = [[1, 2], [3, 4]]\nB = [[1, 2, 3]]\n[nodes]\ny = "A + B"\n',
        shown("5:6", "y: the shapes of A (2 x 2) and B (1 x 3) do not go together", 'y = "A + B"'),
    ),
    "difference": (
        '[given]\nA = [[1, 2], [3, 4]]\nB = [[1, 2, 3]]\n[nodes]\ny = "A - B"\n',
        shown("5:6", "y: the shapes of A (2 x 2) and B (1 x 3) do not go together", 'y = "A - B"'),
    ),
    "product": (
        '[given]\nA = [[1, 2], [3, 4]]\nB = [[1, 2, 3]]\n[nodes]\ny = "A @ B"\n',
        shown("5:6", "y: the shapes of A (2 x 2) and B (1 x 3) do not go together", 'y = "A @ B"'),
    ),
    "product with a scalar": (
        '[given]\nA = [[1, 2], [3, 4]]\n[nodes]\ny = "A @ 2"\n',
        shown("4:6", "y: @ is the matrix product, but 2 is a scalar: use *", 'y = "A @ 2"'),
    ),
    # layers
    "no input": (
        "[[layer]]\nW = [[1]]\n",
        shown(
            "1:3", "the network has no input", "[[layer]]", "state A_in in [given]: A_in = [[2, 1], [3, 4]]"
        ),
    ),
    "no weights": (
        f'{INPUT}name = "1"\n',
        shown("3:3", "layer 1 has no W", "[[layer]]", "W = [[...], ...], one row per output"),
    ),
    "activation": (
        f'{DENSE}activation = "rely"\n',
        shown("7:14", "there is no activation 'rely'", 'activation = "rely"', "did you mean relu?"),
    ),
    "batch": (
        f'batch = "column"\n{DENSE}',
        shown("1:1", "batch cannot be 'column'", 'batch = "column"', 'batch = "columns" or batch = "rows"'),
    ),
    # names
    "circle": (
        f'{ONE}a = "b + x"\nb = "c*2"\nc = "a"\n',
        shown("4:1", "the nodes depend on each other in a circle: a -> b -> c -> a", 'a = "b + x"'),
    ),
    "circle of one": (
        f'{ONE}a = "a + x"\n',
        shown("4:1", "the nodes depend on each other in a circle: a -> a", 'a = "a + x"'),
    ),
    "misspelt name": (
        '[given]\nalpha = 1\n[nodes]\ny = "2*alhpa"\n',
        shown("4:8", "'alhpa' is not defined", 'y = "2*alhpa"', "did you mean alpha?"),
    ),
    "undefined name": (node("qqq"), shown("4:6", "'qqq' is not defined", 'y = "qqq"', "known names: x, y")),
    "misspelt function": (
        node("sigmod(x)"),
        shown("4:6", "there is no function 'sigmod'", 'y = "sigmod(x)"', "did you mean sigmoid?"),
    ),
    "x5 and x_5": (
        '[given]\nx5 = 1\n[nodes]\nx_5 = "2"\n',
        shown(
            "4:1",
            "x5 is defined twice (x5 and x_5 are one name)",
            'x_5 = "2"',
            "its first definition is in line 2",
        ),
    ),
    "given and node": (
        '[given]\ny = 1\n[nodes]\ny = "2"\n',
        shown("4:1", "y is defined twice", 'y = "2"', "its first definition is in line 2"),
    ),
    "layer twice": (
        f'{DENSE}[[layer]]\nname = "1"\nW = [[1]]\n',
        shown("9:1", "W1 is defined twice", "W = [[1]]", "every layer needs a name of its own"),
    ),
    "answered twice": (
        '[given]\nx = 1\n[nodes]\ny5 = "x"\n[expected]\ny5 = 1\ny_5 = 1\n',
        shown("7:1", "y5 is answered twice", "y_5 = 1", "its first answer is in line 6"),
    ),
    "bad name": (
        '[given]\n"5x" = 1\n',
        shown(
            "2:1",
            "'5x' cannot name a quantity",
            '"5x" = 1',
            "a name is a letter, then letters, digits and underscores",
        ),
    ),
    "unknown parameter": (
        f'parameters = ["w"]\n{GRAPH}',
        shown("1:15", "the parameter w is not in [given]", 'parameters = ["w"]', "known names: x"),
    ),
    "points": (
        f"{GRAPH}[points]\nyy = 1\n",
        shown("6:1", "there is no quantity yy", "yy = 1", "did you mean y?"),
    ),
    # formulas
    "open parenthesis": (
        node("(x + 1"),
        shown("4:6", "this ( is never closed", 'y = "(x + 1"', "add )"),
    ),
    "closing parenthesis": (node("x + 1)"), shown("4:11", "this ) closes nothing", 'y = "x + 1)"')),
    "no operator": (
        node("2x"),
        shown("4:7", "an operator is missing before 'x'", 'y = "2x"', "write 2*x for a product"),
    ),
    "cut off": (node("x +"), shown("4:9", "the formula ends too early", 'y = "x +"')),
    "empty formula": (node(""), shown("4:6", "the formula is empty", 'y = ""')),
    "function without brackets": (
        node("exp x"),
        shown("4:6", "exp is a function: give its argument in brackets", 'y = "exp x"'),
    ),
    "too many arguments": (
        node("exp(x, 2)"),
        shown("4:6", "exp takes one argument, not 2", 'y = "exp(x, 2)"'),
    ),
    "import": (
        node("__import__('os').system('id')"),
        shown(
            "4:17",
            '"\'" cannot stand in a formula',
            "y = \"__import__('os').system('id')\"",
            "quotes do not belong in a formula",
        ),
    ),
    "attribute": (
        node("x.real"),
        shown("4:7", "'.' cannot stand in a formula", 'y = "x.real"', "only .T may follow a dot"),
    ),
    "lambda": (node("lambda: x"), shown("4:12", "':' cannot stand in a formula", 'y = "lambda: x"')),
    "two statements": (
        node("x; x"),
        shown("4:7", "';' cannot stand in a formula", 'y = "x; x"', "a formula is one expression"),
    ),
    "assignment": (
        node("y = x"),
        shown("4:8", "'=' is not expected here", 'y = "y = x"', "an answer is the right side alone"),
    ),
    "LaTeX": (
        f"{ONE}y = '\\frac{{x}}{{2}}'\n",
        shown(
            "4:6",
            "'\\\\' cannot stand in a formula",
            "y = '\\frac{x}{2}'",
            "this is the notation of problem files, not LaTeX: write exp(x), x_5, a/b",
        ),
    ),
    "a node without formula": (
        f"{ONE}y = 3\n",
        shown(
            "4:1",
            "y has no formula",
            "y = 3",
            'a node is a formula in quotes: y = "sigmoid(x)"; numbers go into [given]',
        ),
    ),
    "a node without formula, decimal": (
        f"{ONE}y = 3.5\n",
        shown(
            "4:1",
            "y has no formula",
            "y = 3.5",
            'a node is a formula in quotes: y = "sigmoid(x)"; numbers go into [given]',
        ),
    ),
    "function that calls itself": (
        f'[functions]\n"f(x)" = "f(x)"\n{GRAPH}',
        shown(
            "2:11",
            "there is no function 'f'",
            '"f(x)" = "f(x)"',
            "known names: exp, log, sqrt, sin, cos, tan, sinh, cosh, tanh, abs, sign, step, ...",
        ),
    ),
    "function without arguments": (
        f'[functions]\nf = "x"\n{GRAPH}',
        shown(
            "2:1",
            "a function is not stated as a formula of its arguments",
            'f = "x"',
            '"f5(x)" = "1/(1 + exp(-x))"',
        ),
    ),
    # gradients
    "no gradient from above": (
        GRAPH,
        shown(
            "1:1",
            "backpropagation needs to know where the gradient comes from",
            "[given]",
            'state loss = "y" (a scalar node), or the gradient that arrives: [upstream] with y = 1',
        ),
    ),
    "upstream of no node": (
        f"{GRAPH}[upstream]\nyy = 1\n",
        shown("6:1", "yy is not a node", "yy = 1", "did you mean y?"),
    ),
    "upstream of another shape": (
        f"{GRAPH}[upstream]\ny = [1, 2]\n",
        shown("6:1", "y is a scalar, but its upstream gradient is a vector of 2", "y = [1, 2]"),
    ),
    "loss is no node": (
        f'loss = "L"\n{GRAPH}',
        shown("1:1", "the loss L is not a node", 'loss = "L"', "known names: y"),
    ),
    "loss and upstream": (
        f'loss = "y"\n{GRAPH}[upstream]\ny = 1\n',
        shown("6:2", "y is the loss, so no gradient can come from above it", "[upstream]", "keep one"),
    ),
    "no learning rate": (
        f'loss = "y"\nparameters = ["x"]\n{GRAPH}[expected]\nx_new = 1\n',
        shown(
            "8:1",
            "x_new is asked, but the problem has no learning rate",
            "x_new = 1",
            "state learning_rate = 0.1 at the top of the file",
        ),
    ),
    # numbers
    "nan": (
        value("nan"),
        shown(
            "2:5",
            "'nan' is not a number: write it like 3, -0.25, 1e-3 or 1/2",
            "x = nan",
            "nan and inf are not numbers that can be judged",
        ),
    ),
    "inf": (
        value("-inf"),
        shown(
            "2:5",
            "'-inf' is not a number: write it like 3, -0.25, 1e-3 or 1/2",
            "x = -inf",
            "nan and inf are not numbers that can be judged",
        ),
    ),
    "date": (
        value("2024-01-01"),
        shown("2:5", "a number must stand here, not a date or time", "x = 2024-01-01", NUMBER),
    ),
    "true": (value("true"), shown("2:5", "a number must stand here, not true or false", "x = true", NUMBER)),
    "word": (
        value('"three"'),
        shown("2:6", "'three' is not a number: write it like 3, -0.25, 1e-3 or 1/2", 'x = "three"', NUMBER),
    ),
    # hostile
    "tower": (node("9^9^9^9"), shown("4:1", "9^9^9^9 has no finite value", 'y = "9^9^9^9"')),
    "tower above a name": (
        node("x^9^9^9^9"),
        shown("4:1", "9^9^9^9 has no finite value", 'y = "x^9^9^9^9"'),
    ),
    "tower as a number": (
        value('"9^9^9^9"'),
        shown("2:6", "9^9^9^9 has no finite value", 'x = "9^9^9^9"'),
    ),
    "huge exponent": (
        value("1e999"),
        shown("2:5", "'1e999' has a power of ten beyond 400", "x = 1e999", NUMBER),
    ),
    "beyond float64": (value("1e400"), shown("2:5", "1e400 is too large", "x = 1e400")),
    "many digits": (
        value("9" * 80),
        shown("2:5", f"'{'9' * 37}...' has more than 60 digits", f"x = {'9' * 80}", NUMBER),
    ),
    "huge literal": (
        value("9" * 5000),
        shown(
            "2:5", "a number or name has more than 1000 characters", f"x = {'9' * 96}", "put text in quotes"
        ),
    ),
    "nested formula": (
        node(f"{'(' * 200}x{')' * 200}"),
        f"error: p.toml:4:126: nested deeper than 60 levels\n  ...{'(' * 100}\n  {' ' * 53}^\n",
    ),
    "signs": (
        node(f"{'-' * 300}x"),
        f"error: p.toml:4:126: nested deeper than 60 levels\n  ...{'-' * 100}\n  {' ' * 53}^\n",
    ),
    "nested lists": (
        value("[" * 300 + "]" * 300),
        (
            f"error: p.toml:2:65: nested too deeply\n  ...{'[' * 100}\n  {' ' * 53}^\n"
            "  hint: at most 60 brackets and dots around a value\n"
        ),
    ),
    "long formula": (
        node("x+" * 200_000 + "x"),
        f"error: p.toml:4:20006: the formula is longer than 20,000 tokens\n  ...{'x+' * 50}\n  {' ' * 53}^\n",
    ),
    "outer product": (
        f'{ROW}y = "x.T @ x"\n',
        shown("4:6", "y: x.T @ x would have more than 20,000,000 entries", 'y = "x.T @ x"'),
    ),
    "outer sum": (
        f'{ROW}y = "x.T + x"\n',
        shown("4:6", "y: x.T + x would have more than 20,000,000 entries", 'y = "x.T + x"'),
    ),
    "large product": (
        ROW.replace("1, " * 4999, "1, " * 2999) + 'a = "x.T @ x"\nb = "a @ a"\n',
        shown("5:6", "b: a @ a is too large a matrix product", 'b = "a @ a"'),
    ),
    "functions that double": (
        f'[functions]\n"f0(x)" = "x + x"\n{DOUBLING}{node("f59(x)")}',
        shown("15:22", "the formula has more than 20,000 parts", '"f13(x)" = "f12(x) + f12(x)"'),
    ),
}


def test_the_table_is_long() -> None:
    assert len(BAD) >= 45


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    text, err = BAD[name]
    done = Done("backprop", write(text))
    assert (done.code, done.out, done.err) == (2, "", err)


# What must end in time, and not in a fault, whatever it says.
HOSTILE = {
    "literal powers": 'loss = "y"\n' + node("2^1000*3^600*x^2"),
    "huge product": 'loss = "y"\n' + node("x*1e300*1e300"),
    "digits to a power": 'loss = "y"\n' + node("x*0.123456789012345678901234567890^200"),
    "sum to a power": 'loss = "y"\n' + node("(x + 0.123456789012345678901234567890)^300"),
    "polynomial": 'loss = "y"\n' + node("x^4096*x^4096*(x^4000 + x^3999 + 1)"),
    "long sum": 'loss = "y"\n' + node("+".join(f"x^{i}" for i in range(1000))),
    "long product": 'loss = "y"\n' + node("*".join(f"(x+{i})" for i in range(1000))),
    "power tower": 'loss = "y"\n' + node("x^x^x^x^x^x^x"),
    "large answer": ROW.replace("1, " * 4999, "1, " * 2999)
    + 'a = "x.T @ x"\nb = "sum(a)"\n[expected]\na = "x.T @ x + 0"\n',
    "many large nodes": ROW.replace("1, " * 4999, "1, " * 3999)
    + "".join(f'a{i} = "x.T @ x + {i}"\n' for i in range(40)),
    "answers": GRAPH + '[expected]\ny = "9^9^9^9"\nx = "x + 9^9^9^9"\n',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends(name: str) -> None:
    text = HOSTILE[name]
    done = Done("backprop" if text.startswith("loss") else "forward", write(text))
    assert done.code in ((2,) if name == "many large nodes" else (0, 1, 2)), done.err


# --- what others wrote stays text

ODD = """
title = "[bold red]t[/] [/b] \\u001b[31m \\u0007 \\u202e :boom: \\u009b1m"
[given]
x = 1
[nodes]
y = "2*x"
[expected]
y = "x*[bold]\\u001b[2J"
"[red]z[/red]" = "\\u001b]0;owned\\u0007"
x = { "[/]\\u001b" = 1 }
"""


@pytest.mark.parametrize("options", [(), ("-q",), ("-v",), ("--color", "always")])
@pytest.mark.parametrize("command", ["forward", "check"])
def test_markup_and_control_characters_are_text(command: str, options: tuple[str, ...]) -> None:
    done = Done(command, write(ODD), *options)
    assert (done.code, done.err) == (1, "")
    styled = re.sub(r"\x1b\[[\d;]*m", "", done.out) if "always" in options else done.out
    assert all(line.isprintable() for line in styled.split("\n"))
    assert "[red]z[/red]" in styled or (command == "check" and "-q" in options)
    assert "31m" not in "".join(re.findall(r"\x1b\[[\d;]*m", done.out)) or "always" in options
    if command == "forward" and "-q" not in options:
        assert "[bold red]t[/] [/b] \ufffd[31m" in styled


def test_control_characters_in_errors_are_text() -> None:
    done = Done("forward", write('[given]\n"\\u001b[31m[red]" = 1\n'))
    assert done.code == 2
    assert all(line.isprintable() for line in done.err.split("\n"))
    done = Done("forward", "\x1b[31m[red].toml")
    message, hint = "\ufffd[31m[red].toml: there is no such file", "its folder exists, but has no such file"
    assert done.err == f"error: {message}\n  hint: {hint}\n"


@pytest.mark.parametrize(
    "text",
    [
        'title = "::error::owned"\n' + RIGHT,
        'title = "\\r::error::owned"\n' + RIGHT,
        WRONG + '"::error::owned" = "::error::owned"\n',
        WRONG.replace("y = 8", 'y = "' + "x + " * 60 + ' ::error::owned"'),
        RIGHT + "  ::error::owned\n",
        RIGHT.replace("x^2", "x +\n ::error::owned"),
    ],
)
@pytest.mark.parametrize("width", ["40", "120"])
def test_no_line_is_a_workflow_command(text: str, width: str) -> None:
    done = Process("forward", write(text), COLUMNS=width)
    for line in re.split(r"[\r\n]", done.out + done.err):
        assert not line.lstrip().startswith("::")


# --- width, encoding, colour


def numbers(computed: Any) -> list[str]:
    if isinstance(computed, list):
        return [number for entry in computed for number in numbers(entry)]
    return [show_number(computed)]


@pytest.mark.parametrize("name", ["forward", "backprop", "mazur", "mazur-dense"])
@pytest.mark.parametrize("width", ["40", "200", ""])
def test_no_number_is_cut(name: str, width: str) -> None:
    command = "forward" if name in {"forward", "mazur-dense"} else "backprop"
    file = fixture(name)
    report = json.loads(Done(command, file, "-f", "json").out)
    variables = {"COLUMNS": width} if width else {}
    words = set(Process(command, file, **variables).out.split())
    for quantity in report["files"][0]["quantities"]:
        assert quantity["name"] in words
        assert words >= set(numbers(quantity["computed"]))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("options", [(), ("-f", "json"), ("-q",)])
@pytest.mark.parametrize("command", COMMANDS)
def test_encodings(command: str, options: tuple[str, ...], encoding: str) -> None:
    file = write('title = "Übung ∂ 1"\n' + WRONG.replace("y = 8", 'y = "8*π"'))
    done = Process(command, file, *options, PYTHONIOENCODING=encoding)
    assert (done.code, done.err) == (1, "")
    if "json" in options:
        assert json.loads(done.raw.decode())["files"][0]["title"] == "Übung ∂ 1"
    else:
        assert ("✗ " if encoding == "utf-8" else "X ") in done.out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_errors_in_other_encodings(encoding: str) -> None:
    done = Process("forward", write(value("−1")), PYTHONIOENCODING=encoding)
    assert done.code == 2
    assert "has a typographic minus" in done.err


@pytest.mark.parametrize(
    ("options", "variables", "coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
    ],
)
def test_colour(options: tuple[str, ...], variables: dict[str, str], coloured: bool) -> None:
    done = Process("forward", write(WRONG), *options, **variables)
    assert ("\x1b[" in done.out) is coloured


# --- the tables, letter by letter

FORWARD = """\
Forward pass through a dense network
expected: as written in the answer; computed: by hw2check

Z1  4 x 2  = W1 @ A_in + b1  ✓ correct  3/3 points
 expected  computed
 ──────────────────
   11   5    11   5
   18  10    18  10
   -3  -2    -3  -2
    1  -4     1  -4

A1  4 x 2  = relu(Z1)  ✓ correct  2/2 points
 expected  computed
 ──────────────────
   11   5    11   5
   18  10    18  10
    0   0     0   0
    1   0     1   0

Z_out  2 x 2  = W_out @ A1 + b_out  ✓ correct  3/3 points
 expected  computed
 ──────────────────
   1  2      1  2
   3  3      3  3

A_out  2 x 2  = relu(Z_out)  ✓ correct  2/2 points
 expected  computed
 ──────────────────
   1  2      1  2
   3  3      3  3

✓ 4 answers correct; 10 of 10 points
"""

BACKPROP = """\
Backpropagation through a network with a softmax output
✗ wrong backprop.toml:54:1  dLoss/dd = -0.007, computed -0.0009975456151
↳ carried backprop.toml:59:1  d_new = 2.0007, computed 2.000099755  (follows from dLoss/dd)
expected: as written in the answer; computed: by hw2check

Values
 quantity  formula                                expected         computed  verdict
 ─────────────────────────────────────────────────────────────────────────────────────
 x5        sigmoid(x1)                                 1/2              0.5  ✓ correct
 x6        a*x2 + b*x3 + c*x2*x3                        -2               -2  ✓ correct
 x7        x4^2 + d                                      6                6  ✓ correct
 x8        exp(x6)/(exp(x5) + exp(x6) + exp(x7))            0.0003339856651

Local partial derivatives
 quantity  formula                                                       expected          computed  verdict
 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
 dx5/dx1   sigmoid(x1)*(1 - sigmoid(x1))                               equivalent              0.25  ✓ correct
 dx6/dx2   a + c*x3                                                    equivalent                 1  ✓ correct
 dx6/dx3   b + c*x2                                                    equivalent                 8  ✓ correct
 dx7/dx4   2*x4                                                        equivalent                 4  ✓ correct
 dx8/dx5   -exp(x5)*exp(x6)/(exp(x5) + exp(x6) + exp(x7))^2            equivalent  -1.358913643e-06  ✓ correct
 dx8/dx6   exp(x6)*(exp(x5) + exp(x7))/(exp(x5) + exp(x6) +            equivalent   0.0003338741187  ✓ correct
           exp(x7))^2
 dx8/dx7   -exp(x6)*exp(x7)/(exp(x5) + exp(x6) + exp(x7))^2            equivalent   -0.000332515205  ✓ correct
 dx6/da    x2                                                          equivalent                 2  ✓ correct
 dx6/db    x3                                                          equivalent                -1  ✓ correct
 dx6/dc    x2*x3                                                       equivalent                -2  ✓ correct
 dx7/dd    1                                                                    1                 1  ✓ correct

Gradients
 quantity   formula                                              expected          computed  verdict    points
 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
 dLoss/dx7  dLoss/dx8 * (-exp(x6)*exp(x7)/(exp(x5) + exp(x6)   equivalent  -0.0009975456151  ✓ correct  1/1
            + exp(x7))^2)
 dLoss/dx6  dLoss/dx8 * (exp(x6)*(exp(x5) +                    equivalent    0.001001622356  ✓ correct  1/1
            exp(x7))/(exp(x5) + exp(x6) + exp(x7))^2)
 dLoss/dx5  dLoss/dx8 * (-exp(x5)*exp(x6)/(exp(x5) + exp(x6)   equivalent  -4.076740929e-06  ✓ correct  1/1
            + exp(x7))^2)
 dLoss/dx4  dLoss/dx7 * (2*x4)                                 equivalent   -0.003990182461  ✓ correct  1/1
 dLoss/dx3  dLoss/dx6 * (b + c*x2)                             equivalent    0.008012978849  ✓ correct  1/1
 dLoss/dx2  dLoss/dx6 * (a + c*x3)                             equivalent    0.001001622356  ✓ correct  1/1
 dLoss/dx1  dLoss/dx5 * (sigmoid(x1)*(1 - sigmoid(x1)))        equivalent  -1.019185232e-06  ✓ correct  1/1
 dLoss/da   dLoss/dx6 * x2                                          0.002    0.002003244712  ✓ correct  2/2
 dLoss/db   dLoss/dx6 * x3                                         -0.001   -0.001001622356  ✓ correct  2/2
 dLoss/dc   dLoss/dx6 * (x2*x3)                                    -0.002   -0.002003244712  ✓ correct  2/2
 dLoss/dd   dLoss/dx7                                              -0.007  -0.0009975456151  ✗ wrong    0/2

Updated parameters
 quantity  formula                       expected     computed  verdict    points
 ────────────────────────────────────────────────────────────────────────────────
 a_new     a - learning_rate * dLoss/da    2.9998  2.999799676  ✓ correct  1/1
 b_new     b - learning_rate * dLoss/db    4.0001  4.000100162  ✓ correct  1/1
 c_new     c - learning_rate * dLoss/dc    2.0002  2.000200324  ✓ correct  1/1
 d_new     d - learning_rate * dLoss/dd    2.0007  2.000099755  ↳ carried  1/1

✗ 29 answers: 27 correct, 1 wrong, 1 carried; 17 of 19 points
"""


@pytest.mark.parametrize(
    ("command", "name", "text"), [("forward", "forward", FORWARD), ("backprop", "backprop", BACKPROP)]
)
def test_tables(command: str, name: str, text: str) -> None:
    assert lines(Process(command, fixture(name), COLUMNS="110").out) == text.splitlines()
