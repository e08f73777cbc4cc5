"""The grade command: what it prints and writes, what it refuses, and other executors."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import distributed
import pytest

from hw2check.grade.gradebook import GRADEBOOK, RESULTS
from tests.commands.running import Done
from tests.grade.test_classroom import BAD, CARRIED, PROBLEM, RIGHT, SIGN


@pytest.fixture(autouse=True)
def class_of_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("class").mkdir()
    Path("p.toml").write_text(PROBLEM, encoding="utf-8")
    for name, text in {"ada": RIGHT, "ben": CARRIED, "cy": SIGN}.items():
        Path("class", f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def totals(folder: str = "grades") -> dict[str, str]:
    with Path(folder, GRADEBOOK).open(encoding="utf-8", newline="") as stream:
        return {row["submission"]: row["total"] for row in csv.DictReader(stream)}


def test_a_class_is_graded() -> None:
    done = Done("grade", "p.toml", "class", "--feedback")
    assert (done.code, done.err) == (0, "gradebook: grades/gradebook.csv\n")
    assert done.out.startswith("3 graded\nmean 5.67 of 7 points\n")
    assert "  1 of 3: sign in dL/dw\n" in done.out
    assert totals() == {"points": "7", "ada": "7", "ben": "6", "cy": "4"}
    feedback = Path("grades", "feedback", "cy.md").read_text("utf-8")
    assert feedback.startswith("# Chain\n\n**4 of 7 points**\n")
    assert "- **dL/dw**: it looks like this: the sign is wrong (sign)\n" in feedback


def test_feedback_tells_what_it_may() -> None:
    for show, told in (("none", False), ("hint", True), ("computed", True)):
        Done("grade", "p.toml", "class", "--feedback", "--show", show, "-o", show)
        assert ("(sign)" in Path(show, "feedback", "cy.md").read_text("utf-8")) is told


def test_what_cannot_be_judged_is_exit_code_1() -> None:
    for name, content in BAD.items():
        raw = content.encode() if isinstance(content, str) else content
        Path("class", name).write_bytes(raw)
    done = Done("grade", "p.toml", "class")
    assert done.code == 1
    assert "could not be judged: the gradebook says why" in done.out
    assert totals()["ada"] == "7"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["class"],
            "error: there is no problem to grade by\n  hint: hw2check grade problem.toml submissions/\n",
        ),
        (["p.toml"], "error: there are no submissions\n  hint: hw2check grade p.toml submissions/\n"),
        (["p.toml", "clas"], "error: clas: there is no such file\n"),
        (
            ["p.toml", "class", "--executor", "no.such:thing"],
            (
                "error: --executor no.such:thing: No module named 'no'\n"
                "  hint: --executor package.module:factory\n"
            ),
        ),
        (["p.toml", "class", "-o", "p.toml"], "error: cannot write p.toml/results.jsonl: File exists\n"),
    ],
)
def test_what_is_refused(arguments: list[str], message: str) -> None:
    done = Done("grade", *arguments)
    assert (done.code, done.out, done.err) == (2, "", message)


def test_any_executor_will_do() -> None:
    done = Done("grade", "p.toml", "class", "--executor", "concurrent.futures:ThreadPoolExecutor")
    assert done.code == 0, done.err
    assert totals()["cy"] == "4"


def test_an_interrupt_leaves_what_is_done(tmp_path: Path) -> None:
    for number in range(2000):
        Path("class", f"s{number}.toml").write_text(SIGN.replace("1.44", f"1.44{'0' * (number % 9)}"))
    command = [sys.executable, "-m", "hw2check", "grade", "p.toml", "class"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    journal = tmp_path / "grades" / RESULTS
    waiting_until = time.monotonic() + 60
    while not (journal.exists() and journal.stat().st_size) and time.monotonic() < waiting_until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.strip()) == (130, b"interrupted")
    assert journal.read_bytes().endswith(b"\n")
    done = Done("grade", "p.toml", "class", "--resume")
    assert done.code == 0
    assert len(totals()) == 2004


@pytest.fixture
def cluster() -> Iterator[distributed.LocalCluster]:
    """A scheduler with two worker processes."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True, env=environment
    ) as made:
        yield made


def kill_when_begun(journal: Path, process: int) -> None:
    waiting_until = time.monotonic() + 60
    while not (journal.exists() and journal.stat().st_size) and time.monotonic() < waiting_until:
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)


@pytest.mark.filterwarnings("ignore")  # dask's own
def test_a_dask_cluster_will_do_though_a_worker_dies(cluster: distributed.LocalCluster) -> None:
    for number in range(250):
        Path("class", f"s{number}.toml").write_text(SIGN.replace("1.44", f"1.44{'0' * (number % 9)}"))
    with distributed.Client(cluster) as client:
        victim = next(iter(client.run(os.getpid).values()))
    journal = Path("dask", RESULTS).absolute()
    killer = threading.Thread(target=kill_when_begun, args=(journal, victim))
    killer.start()
    command = [sys.executable, "-m", "hw2check", "grade", "p.toml", "class", "-o", "dask"]
    done = subprocess.run([*command, "--dask", cluster.scheduler_address], capture_output=True, timeout=90)
    killer.join()
    assert done.returncode == 0, done.stderr
    assert Done("grade", "p.toml", "class", "-o", "here").code == 0
    for name in (GRADEBOOK, RESULTS, "clusters.csv"):
        assert Path("dask", name).read_bytes() == Path("here", name).read_bytes()
    with pytest.raises(ProcessLookupError):
        os.kill(victim, 0)


def test_check_pairs_tables_with_problems() -> None:
    second = '[given]\na = 1\n[nodes]\ns = "2*a"\n[expected]\ns = 2\n'
    Path("q.toml").write_text(second, encoding="utf-8")
    Path("s.json").write_text('{"answers": {"s": 3}}', encoding="utf-8")
    Path("t.toml").write_text("[answers]\nnothing = 3\n", encoding="utf-8")
    done = Done("check", "p.toml", "q.toml", "class/ada.toml", "s.json", "class/ben.toml")
    assert done.code == 1
    assert [line for line in done.out.splitlines() if not line.startswith(" ")] == [
        "class/ada.toml (p.toml): ✓ 4 answers correct; 7 of 7 points",
        "s.json (q.toml): ✗ 1 answer: 1 wrong",
        "class/ben.toml (p.toml): ✗ 4 answers: 1 wrong, 1 carried, 2 correct; 6 of 7 points",
    ]
    done = Done("check", "p.toml", "q.toml", "t.toml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: t.toml: it cannot be told which problem it answers\n")
    done = Done("check", "s.json", "t.toml")
    assert done.err == (
        "error: s.json is a table of answers, and there is no problem that it answers\n"
        "  hint: hw2check check problem.toml s.json\n"
    )
