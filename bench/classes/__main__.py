"""`python -m bench.classes`: made-up classes graded every way; the gradebook must be what is true of them.

Byte for byte the same gradebook is asked for with one process, two, a dask cluster, and after a kill -9 and
`--resume`. Then how fast: submissions a second on one process with mistakes in a tenth and in three tenths,
and on two; memory for a small class and a large one; written documents; and beside the usual route, a script.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from bench.classes.documents import write_documents
from bench.classes.made_up import POINTS, Student, write_class
from bench.classes.usual_route import seconds_a_submission

RATES = {0.1: 300.0, 0.3: 120.0}  # submissions a second that are asked for, by the share with mistakes
TWO_PROCESSES = 1.7  # times as fast as one
DOCUMENTS = 20.0  # a second
MEMORY = 1.3  # of a large class, beside a small one


def grade(folder: Path, out: str, *options: str) -> float:
    """Grades the class of a folder; returns the seconds that it took."""
    begun = time.perf_counter()
    subprocess.run(command(folder, out, *options), check=False, capture_output=True)
    return time.perf_counter() - begun


def command(folder: Path, out: str, *options: str) -> list[str]:
    """The command line."""
    named = [str(folder / "problem.toml"), str(folder / "class"), "-o", str(folder / out)]
    return [sys.executable, "-m", "hw2check", "grade", *named, *options]


def differences(folder: Path, out: str, truth: Sequence[Student]) -> list[str]:
    """Where gradebook and verdicts are not what is true of the class."""
    by_name = {student.name: student for student in truth}
    found = []
    with (folder / out / "gradebook.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if [row["submission"] for row in rows[1:]] != sorted(by_name):
        found.append("the submissions are not those of the class")
    for row in rows[1:]:
        student = by_name[row["submission"]]
        if student.broken:
            found += [f"{student.name}: broken, but judged"] * (not row["reason"])
            continue
        for name in POINTS:
            if Fraction(row[name] or 0) != student.earned[name]:
                found.append(f"{student.name} {name}: {row[name]} points, not {student.earned[name]}")
    for line in (folder / out / "results.jsonl").read_text("utf-8").splitlines():
        result = json.loads(line)
        for mark in result["marks"]:
            right = by_name[result["id"]].verdicts[mark["quantity"]]
            if mark["verdict"] != right:
                found.append(f"{result['id']} {mark['quantity']}: {mark['verdict']}, not {right}")
    return found


def killed_and_resumed(folder: Path, out: str) -> None:
    """Grades on two processes, ends all of them without warning on the way, and goes on with --resume."""
    process = subprocess.Popen(
        command(folder, out, "--jobs", "2"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    journal = folder / out / "results.jsonl"
    while process.poll() is None and not (journal.exists() and journal.stat().st_size > 1000):
        time.sleep(0.01)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    grade(folder, out, "--jobs", "2", "--resume")


def on_dask(folder: Path, out: str) -> None:
    """Grades on a dask cluster of two processes of its own."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        grade(folder, out, "--dask", cluster.scheduler_address)


def correctness(count: int, seed: int) -> bool:
    """The same gradebook every way, and the right one."""
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth = write_class(folder, count, seed, 0.4)
        ways: dict[str, Callable[[], object]] = {
            "one process": lambda: grade(folder, "one process"),
            "two processes": lambda: grade(folder, "two processes", "--jobs", "2"),
            "dask": lambda: on_dask(folder, "dask"),
            "killed and resumed": lambda: killed_and_resumed(folder, "killed and resumed"),
        }
        books = set()
        for way, run in ways.items():
            run()
            found = differences(folder, way, truth)
            book = (folder / way / "gradebook.csv").read_bytes()
            books.add(book)
            good &= not found and len(books) == 1
            same = "same bytes" if len(books) == 1 else "OTHER BYTES"
            print(f"{count} submissions, {way}: {len(found)} differences from the truth, {same}", flush=True)
            print("".join(f"  {each}\n" for each in found[:5]), end="")
    return good


def start_up(folder: Path) -> float:
    """Seconds for a class of one."""
    alone = folder / "alone"
    (alone / "class").mkdir(parents=True)
    shutil.copy(folder / "problem.toml", alone)
    shutil.copy(next((folder / "class").iterdir()), alone / "class")
    return min(grade(alone, f"out{number}") for number in range(3))


def rates(count: int, seed: int) -> bool:
    """Submissions a second, start-up left out."""
    good = True
    for mistaken, bound in RATES.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_class(folder, count, seed, mistaken)
            begin = start_up(folder)
            one = count / (min(grade(folder, f"one{n}") for n in range(2)) - begin)
            good &= _told(f"{mistaken:.0%} with mistakes, one process", one, bound, "submissions a second")
            if mistaken == 0.1:
                two = count / (min(grade(folder, f"two{n}", "--jobs", "2") for n in range(2)) - begin)
                good &= _told("two processes beside one", two / one, TWO_PROCESSES, "x")
    return good


def _told(what: str, found: float, least: float, unit: str) -> bool:
    print(f"{what}: {found:.1f} {unit} (at least {least:g}){'' if found >= least else '  FAIL'}", flush=True)
    return found >= least


def documents(count: int, seed: int) -> bool:
    """Written documents of the size of the homework, a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_documents(folder, count, seed)
        seconds = grade(folder, "out") - start_up(folder)
    return _told("written documents", count / seconds, DOCUMENTS, "a second")


def memory(small: int, large: int, seed: int) -> bool:
    """The most memory that a class takes, large beside small."""
    peaks = []
    for count in (small, large):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_class(folder, count, seed, 0.1)
            code = (
                "import os, resource, sys; os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)"
            )
            told = f"{code}; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
            done = subprocess.run(
                [sys.executable, "-c", told, *command(folder, "out")],
                check=True,
                capture_output=True,
                text=True,
            )
            peaks.append(int(done.stdout.splitlines()[-1]))
    ratio = peaks[1] / peaks[0]
    verdict = "" if ratio <= MEMORY else "  FAIL"
    print(
        f"memory: {peaks[0] >> 10} MiB for {small}, {peaks[1] >> 10} MiB for {large}: {ratio:.2f} x"
        f" (at most {MEMORY}){verdict}"
    )
    return ratio <= MEMORY


def usual_route(count: int, seed: int) -> None:
    """A class graded by hw2check, and by a script with SymPy's simplify, in one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth = write_class(folder, count, seed, 0.1)
        own = (grade(folder, "out") - start_up(folder)) / count
        other = seconds_a_submission(
            [student for student in truth if not student.broken][: max(3, count // 20)]
        )
    print("| route | ms a submission | verdicts |")
    print("|---|---|---|")
    print(f"| hw2check grade | {own * 1000:.1f} | right, carried, wrong, with hints |")
    print(f"| SymPy simplify and isclose | {other * 1000:.1f} | equal or not |")
    print(f"ratio: {other / own:.0f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=100_000, help="of the class whose memory is measured")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    parser.add_argument("--only", nargs="*", choices=["truth", "rates", "memory", "documents", "usual"])
    chosen = parser.parse_args()
    only = set(chosen.only or ("truth", "rates", "memory", "documents", "usual"))
    print(f"seed {chosen.seed}; {resource.getpagesize()} bytes a page, {os.cpu_count()} cores", flush=True)
    good = True
    if "truth" in only:
        good &= correctness(chosen.count, chosen.seed)
    if "rates" in only:
        good &= rates(min(chosen.count, 3000), chosen.seed)
    if "documents" in only:
        good &= documents(min(chosen.count, 1000), chosen.seed)
    if "usual" in only:
        usual_route(min(chosen.count, 400), chosen.seed)
    if "memory" in only:
        good &= memory(min(1000, chosen.large), chosen.large, chosen.seed)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
