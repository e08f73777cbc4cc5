"""`hw2check watch` judges again on every save, however an editor saves."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands.running import Done, environment

PROBLEM = 'loss = "y"\n[given]\nx = 3\n[nodes]\ny = "x^2"\n[expected]\ny = {}\n'
SECONDS = 30


class Watching:
    """The program, watching; what it says comes line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hw2check", "watch", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(PYTHONUNBUFFERED="1"),
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, text: str) -> str:
        """All that is said up to a line with this text."""
        said = ""
        while text not in said:
            said += self.lines.get(timeout=SECONDS)
        return said

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)


@pytest.fixture
def watching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Watching]]:
    monkeypatch.chdir(tmp_path)
    started: list[Watching] = []

    def start(*arguments: str) -> Watching:
        started.append(Watching(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        assert one.process.stdout is not None
        one.process.stdout.close()


def in_place(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def by_rename(file: Path, text: str) -> None:
    beside = file.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def by_backup(file: Path, text: str) -> None:
    file.rename(f"{file}~")
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("save", [in_place, by_rename, by_backup])
def test_a_problem_is_judged_on_each_save(
    watching: Callable[..., Watching], save: Callable[[Path, str], None]
) -> None:
    file = Path("p.toml")
    in_place(file, PROBLEM.format(8))
    process = watching("p.toml")
    assert "1 answer: 1 wrong" in process.until("watching p.toml: Ctrl-C ends it")
    save(file, PROBLEM.format(9))
    assert "1 answer correct" in process.until("1 answer correct")
    save(file, PROBLEM.format("[1,"))
    process.until("error: p.toml:")
    save(file, PROBLEM.format(7))
    process.until("1 wrong")
    assert process.interrupt() == 130
    assert "Traceback" not in "".join(process.lines.queue)


def test_a_document_with_its_problem(watching: Callable[..., Watching]) -> None:
    in_place(Path("p.toml"), PROBLEM.format(9))
    in_place(Path("d.md"), "$y = 8$\n")
    process = watching("d.md", "-p", "p.toml")
    assert "1 wrong" in process.until("watching")
    in_place(Path("d.md"), "$y = 9$\n")
    assert "1 holds" in process.until("holds")
    in_place(Path("p.toml"), PROBLEM.format(9).replace("x = 3", "x = 4"))
    assert "1 wrong" in process.until("1 wrong")


def test_what_a_problem_reads_is_watched(watching: Callable[..., Watching]) -> None:
    Path("data").mkdir()
    in_place(Path("data/x.csv"), "1,2\n3,4\n")
    in_place(
        Path("p.toml"), '[given]\nx = { file = "data/x.csv" }\n[nodes]\ny = "sum(x)"\n[expected]\ny = 10\n'
    )
    process = watching("p.toml", "-q")
    process.until("watching")
    in_place(Path("data/x.csv"), "1,2\n3,5\n")
    assert "wrong" in process.until("1 wrong")


def test_reports_are_written_each_time(watching: Callable[..., Watching]) -> None:
    in_place(Path("p.toml"), PROBLEM.format(8))
    process = watching("p.toml", "-f", "csv=out.csv", "-f", "text")
    process.until("watching")
    assert ",wrong," in Path("out.csv").read_text(encoding="utf-8")
    by_rename(Path("p.toml"), PROBLEM.format(9))
    process.until("1 answer correct")
    process.interrupt()
    assert ",correct," in Path("out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("none.toml",), "none.toml: there is no such file"),
        (("-",), "standard input cannot be watched"),
        ((os.curdir,), ".: this is a folder"),
    ],
)
def test_what_cannot_be_watched(
    arguments: tuple[str, ...], error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = Done("watch", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"error: {error}")
