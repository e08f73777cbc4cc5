"""Files as the system has them: links, pipes and folders, what is read and what is written over."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hw2check.errors import HW2CheckError
from hw2check.reading.files import read_bytes, write_text

PROBLEM = "[given]\nx = 3\n[nodes]\ny = 'x^2'\n[expected]\ny = 9\n"
SECONDS = 20  # that a process may take on a busy machine

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs links and named pipes")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.toml").write_text(PROBLEM, encoding="utf-8")
    return tmp_path


def hw2check(*arguments: str, streams: str = "") -> tuple[int, str, str]:
    """Exit code, output and errors of a process; streams: redirections of its streams."""
    command = f'exec "$0" -m hw2check "$@" {streams}'
    done = subprocess.run(
        ["/bin/bash", "-c", command, sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        encoding="utf-8",
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def listed(folder: str = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


# --- writing


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_an_existing_file_keeps_its_mode(folder: Path, mode: int) -> None:
    target = folder / "out.txt"
    target.write_text("before", encoding="utf-8")
    target.chmod(mode)
    write_text("out.txt", "after")
    assert (target.read_text("utf-8"), stat.S_IMODE(target.stat().st_mode)) == ("after", mode)


def test_a_new_file_has_the_usual_mode(folder: Path) -> None:
    (folder / "usual.txt").touch()
    write_text("out.txt", "after")
    assert (folder / "out.txt").stat().st_mode == (folder / "usual.txt").stat().st_mode


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_followed(folder: Path, exists: bool) -> None:
    (folder / "sub").mkdir()
    target = folder / "sub" / "out.txt"
    if exists:
        target.write_text("before", encoding="utf-8")
    (folder / "link").symlink_to(target)
    write_text("link", "after")
    assert (folder / "link").is_symlink()
    assert (target.read_text("utf-8"), listed("sub")) == ("after", ["out.txt"])


def test_other_names_of_a_file_show_the_report_too(folder: Path) -> None:
    (folder / "out.txt").write_text("before", encoding="utf-8")
    (folder / "other.txt").hardlink_to("out.txt")
    write_text("out.txt", "after")
    assert (folder / "other.txt").read_text("utf-8") == "after"
    assert (folder / "other.txt").samefile("out.txt")


def test_a_pipe_is_written_to(folder: Path) -> None:
    os.mkfifo("pipe")
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(Path("pipe").read_text("utf-8")), daemon=True)
    reader.start()
    write_text("pipe", "after")
    reader.join(SECONDS)
    assert got == ["after"]
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)


def test_what_the_shell_opened_is_written_on() -> None:
    code, out, err = hw2check(
        "forward", "p.toml", "-f", "text", "-f", "json=/dev/stdout", streams="> out.txt"
    )
    text = Path("out.txt").read_text("utf-8")
    assert (code, out, err) == (0, "", "")
    assert "1 answer correct" in text
    assert '"ok": true' in text
    assert text.index("1 answer correct") < text.index('"ok": true')


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("sub", "Is a directory"),
        ("no/out.txt", "No such file or directory"),
        ("p.toml/out.txt", "Not a directory"),
        ("loop", "Too many levels of symbolic links"),
        ("a\0b", "not the name of a file"),
    ],
)
def test_what_cannot_be_written(folder: Path, path: str, why: str) -> None:
    (folder / "sub").mkdir()
    (folder / "loop").symlink_to("loop")
    before = listed()
    with pytest.raises(HW2CheckError) as caught:
        write_text(path, "after")
    assert str(caught.value) == f"cannot write {path.replace(chr(0), chr(0xFFFD))}: {why}"
    assert listed() == before


WITH_MATRIX = "[given]\nx = { file = 'w.csv' }\n[nodes]\ny = 'sum(x)'\n[expected]\ny = { file = 'y.csv' }\n"


@pytest.mark.parametrize(
    "target", ["p.toml", "./p.toml", "link", "hard", "w.csv", "y.csv", "s.toml", "sub/../p.toml"]
)
def test_no_input_is_written_over(folder: Path, target: str) -> None:
    (folder / "p.toml").write_text(WITH_MATRIX, encoding="utf-8")
    (folder / "w.csv").write_text("1,2\n", encoding="utf-8")
    (folder / "y.csv").write_text("3\n", encoding="utf-8")
    (folder / "s.toml").write_text("[answers]\ny = 3\n", encoding="utf-8")
    (folder / "sub").mkdir()
    (folder / "link").symlink_to("p.toml")
    (folder / "hard").hardlink_to("p.toml")
    before = {name: Path(name).read_text("utf-8") for name in listed() if name != "sub"}
    code, out, err = hw2check("forward", "p.toml", "s.toml", "-f", "json=out.json", "-f", f"json={target}")
    assert (code, out) == (2, "")
    assert err == f"error: cannot write {target}: it is an input\n  hint: name another file\n"
    assert {name: Path(name).read_text("utf-8") for name in listed() if name != "sub"} == before


@pytest.mark.parametrize("text", [PROBLEM, PROBLEM.replace("[given]", "[given")])
@pytest.mark.parametrize("command", ["forward", "check"])
def test_no_broken_input_is_written_over(command: str, text: str) -> None:
    Path("p.toml").write_text(text, encoding="utf-8")
    assert hw2check(command, "p.toml", "-f", "json=p.toml")[0] == 2
    assert hw2check(command, "-", "-f", "json=p.toml", streams="< p.toml")[0] == 2
    assert Path("p.toml").read_text("utf-8") == text


def test_no_document_is_written_over() -> None:
    Path("d.md").write_text("$1 + 1 = 2$\n", encoding="utf-8")
    for target in ("d.md", "p.toml"):
        code, _, err = hw2check("proofread", "d.md", "-p", "p.toml", "-f", f"json={target}")
        assert (code, err.splitlines()[0]) == (2, f"error: cannot write {target}: it is an input")
    assert Path("d.md").read_text("utf-8") == "$1 + 1 = 2$\n"


# --- reading


@pytest.mark.parametrize(
    "arguments",
    [
        ("forward", "pipe"),
        ("check", "pipe"),
        ("forward", "p.toml", "pipe"),
        ("proofread", "pipe"),
        ("proofread", "d.md", "-p", "pipe"),
    ],
)
def test_a_named_pipe_does_not_hang(arguments: tuple[str, ...]) -> None:
    os.mkfifo("pipe")
    Path("d.md").write_text("$1 + 1 = 2$\n", encoding="utf-8")
    code, _, err = hw2check(*arguments)
    assert (code, err) == (2, "error: pipe: not a regular file\n  hint: - reads standard input\n")


@pytest.mark.parametrize("command", ["forward", "proofread"])
def test_a_folder_is_no_file(folder: Path, command: str) -> None:
    (folder / "sub.md").mkdir()
    assert hw2check(command, "sub.md")[::2] == (
        2,
        "error: sub.md: this is a folder\n  hint: name a file in it\n",
    )


def test_what_the_shell_opened_is_read() -> None:
    for streams in ("<(cat p.toml)", "/dev/stdin < p.toml", "/dev/fd/3 3< p.toml", "- < p.toml"):
        code, out, err = hw2check("forward", streams=streams)
        assert (code, err) == (0, ""), streams
        assert "1 answer correct" in out


def test_a_link_is_read(folder: Path) -> None:
    (folder / "link").symlink_to("p.toml")
    assert read_bytes("link", 1000) == PROBLEM.encode()


# --- streams that are full or closed

FULL = "cannot write to standard output: No space left on device"
CLOSED = "cannot write to standard output: Bad file descriptor"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        ("forward", "p.toml"),
        ("forward", "p.toml", "-f", "json"),
        ("check", "p.toml"),
        ("proofread", "d.md"),
        ("proofread", "d.md", "-f", "json"),
        ("explain",),
        ("new", "graph"),
        ("schema", "problem"),
    ],
)
def test_standard_output_that_takes_nothing(arguments: tuple[str, ...]) -> None:
    Path("d.md").write_text("$1 + 1 = 2$\n", encoding="utf-8")
    assert hw2check(*arguments, streams="> /dev/full") == (2, "", f"error: {FULL}\n")
    assert hw2check(*arguments, streams=">&-") == (2, "", f"error: {CLOSED}\n")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_nobody_can_read(option: str) -> None:
    assert hw2check(option, streams=">&-") == (2, "", "error: Bad file descriptor\n")


def test_standard_input_that_is_closed() -> None:
    assert hw2check("forward", "-", streams="<&-") == (
        2,
        "",
        "error: -: cannot be read: Bad file descriptor\n",
    )
    assert hw2check("forward", "p.toml", streams="<&-")[::2] == (0, "")


def test_closed_streams_that_are_not_needed(folder: Path) -> None:
    assert hw2check("forward", "p.toml", "-f", "json=out.json", streams="<&- >&- 2>&-") == (0, "", "")
    assert '"ok": true' in (folder / "out.json").read_text("utf-8")
    assert hw2check("forward", "nowhere.toml", streams="<&- >&- 2>&-") == (2, "", "")
