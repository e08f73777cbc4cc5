"""Programs that run hw2check: GitHub's workflows and actions, Gradescope's autograder, pre-commit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hw2check.cli.writing import MOST_SUMMARY
from hw2check.report.formats import FORMATS
from tests.commands.running import Done, Process, environment
from tests.commands.test_grade_formats import HOMEWORK, METADATA, PROBLEM, answers
from tests.report.hostile import problem_with, write_hostile
from tests.report.test_gradescope import valid as valid_results

ROOT = Path(__file__).parents[2]
SECONDS = 300  # for what installs a package
PROGRAMS = Path(sys.executable).parent
# What is installed finds the packages of this Python, so that none of them is loaded anew.
SHARED = {"PYTHONPATH": next(path for path in sys.path if path.endswith("site-packages"))}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_summary_of_a_step_is_appended_to() -> None:
    Path("p.json").write_text(problem_with("8"), encoding="utf-8")
    Path("summary").write_text("before\n", encoding="utf-8")
    for _ in range(2):
        assert Process("check", "p.json", "-f", "github", GITHUB_STEP_SUMMARY="summary").code == 1
    markdown = Done("check", "p.json", "-f", "markdown").out
    assert Path("summary").read_text(encoding="utf-8") == f"before\n{markdown}{markdown}"


def test_other_formats_leave_the_summary_alone() -> None:
    Path("p.json").write_text(problem_with("8"), encoding="utf-8")
    Process("check", "p.json", "-f", "text", "-f", "junit=out.xml", GITHUB_STEP_SUMMARY="summary")
    assert not Path("summary").exists()


def test_a_summary_stays_below_what_github_shows(folder: Path) -> None:
    names = write_hostile(folder)
    Path("summary").write_bytes(b"x" * (MOST_SUMMARY - 3000))
    Process("check", *names, "-f", "github", GITHUB_STEP_SUMMARY="summary")
    raw = Path("summary").read_bytes()
    assert MOST_SUMMARY - 1000 < len(raw) <= MOST_SUMMARY
    whole = Done("check", *names, "-f", "markdown").raw
    shown, cut, rest = raw[MOST_SUMMARY - 3000 :].partition(b"\n\nMore is not shown here.\n")
    assert cut and not rest and whole.startswith(shown + b"\n")  # whole lines


def test_a_summary_that_cannot_be_written_changes_no_verdict() -> None:
    Path("p.json").write_text(problem_with("8"), encoding="utf-8")
    done = Process("check", "p.json", "-f", "github", GITHUB_STEP_SUMMARY="no/such/folder")
    assert done.code == 1 and "::error" in done.out
    assert done.err == "the summary of the step cannot be written: No such file or directory\n"


@pytest.mark.parametrize("kind", [name for name in FORMATS if name != "text"])
@pytest.mark.parametrize("command", ["proofread", "check", "forward"])
def test_a_report_is_written_even_where_nothing_can_be_judged(kind: str, command: str) -> None:
    done = Done(command, "none.toml", "-f", "text", "-f", f"{kind}=report")
    assert done.code == 2 and done.err.count("there is no such file") == 1
    assert "there is no such file" in Path("report").read_text(encoding="utf-8")


def run(*command: str | Path, cwd: str | Path = ".", **variables: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(PROGRAMS), os.environ["PATH"]])
    env = environment(**({"PATH": paths} | variables))
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=SECONDS)


def save(name: str | Path, text: str) -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def by_schema(kind: str, file: str | Path) -> None:
    """The schemas of the JSON Schema Store, as check-jsonschema ships them."""
    done = run(PROGRAMS / "check-jsonschema", "--builtin-schema", f"vendor.{kind}", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


# --- Gradescope


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("hw2check-*.whl"))


class Gradescope:
    """The folder /autograder, and what Gradescope does with it."""

    def __init__(self, root: Path, archive: Path) -> None:
        self.root = root
        shutil.unpack_archive(archive, root / "source")
        shutil.copy(root / "source" / "run_autograder", root / "run_autograder")

    def set_up(self) -> None:
        script = self.root / "source" / "setup.sh"
        done = run("bash", script, AUTOGRADER=str(self.root), PYTHON=sys.executable, **SHARED)
        assert done.returncode == 0, done.stdout + done.stderr

    def hand_in(self, metadata: dict[str, Any] | None = None, **files: str) -> dict[str, Any]:
        shutil.rmtree(self.root / "submission", ignore_errors=True)
        shutil.rmtree(self.root / "results", ignore_errors=True)
        (self.root / "submission").mkdir()
        (self.root / "results").mkdir()
        for name, text in files.items():
            save(self.root / "submission" / name.replace("_", "."), text)
        save(self.root / "submission_metadata.json", json.dumps(METADATA if metadata is None else metadata))
        done = run("bash", self.root / "run_autograder", AUTOGRADER=str(self.root), **SHARED)
        assert done.returncode == 0
        return valid_results((self.root / "results" / "results.json").read_text(encoding="utf-8"))


def test_the_autograder_runs_as_gradescope_runs_it(folder: Path, wheel: Path) -> None:
    save("course/p.toml", PROBLEM.replace("x = 3", 'x = { file = "data/x.csv" }').replace("x^2", "sum(x)"))
    save("course/data/x.csv", "4,5\n")
    save("course/homework.toml", HOMEWORK)
    save("course/secret.txt", "not for the autograder")
    done = Done("new", "gradescope", "course/homework.toml", "-o", "autograder")
    assert done.code == 0
    assert "hand Gradescope a zip archive" in done.err
    made = {
        path.relative_to("autograder").as_posix() for path in Path("autograder").rglob("*") if path.is_file()
    }
    assert made == {"setup.sh", "run_autograder", "homework.toml", "p.toml", "data/x.csv"}
    shutil.copy(wheel, "autograder")
    archive = Path(shutil.make_archive("autograder", "zip", "autograder"))

    gradescope = Gradescope(folder / "gradescope", archive)
    assert "could not run" in gradescope.hand_in(work_json=answers("9"))["output"]  # nothing is installed
    gradescope.set_up()
    on_time = METADATA | {"created_at": "2026-03-01T09:00:00-08:00"}
    right = gradescope.hand_in(on_time, work_json=answers("9"))
    assert right["score"] == 4 and "output" not in right
    late = gradescope.hand_in(work_json=answers("9"))
    assert late["score"] == 3 and late["output"] == "Late: 25 % of the points are lost."
    wrong = gradescope.hand_in(on_time, work_json=answers("-9"))
    assert wrong["score"] == 0
    assert wrong["tests"][0]["output"] == "wrong\nwritten: -9\nlooks like sign: the sign is wrong"
    assert gradescope.hand_in(on_time, work_md="Then $y = 4 + 5 = 9$.\n")["score"] == 4
    for broken in ({"work_json": "{"}, {"work_txt": "\x00"}, {}):
        assert gradescope.hand_in(on_time, **broken)["score"] == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), "error: no problem is named\n  hint: hw2check new gradescope homework.toml -o autograder\n"),
        (("none.toml",), "error: none.toml: there is no such file\n"),
        (("empty.toml",), "error: empty.toml: nothing is asked\n"),
        (("key.toml",), "error: key.toml:7:1: the answer key of the problem is not right: y\n"),
    ],
)
def test_what_no_autograder_can_grade_by(arguments: tuple[str, ...], error: str) -> None:
    save("empty.toml", "[given]\nx = 3\n[nodes]\ny = 'x^2'\n")
    save("key.toml", "[given]\nx = 3\n[nodes]\ny = 'x^2'\n\n[expected]\ny = 8\n")
    done = Done("new", "gradescope", *arguments)
    assert done.code == 2
    assert done.err.startswith(error)
    assert not Path("autograder").exists()


def test_an_autograder_copies_from_one_folder_only(folder: Path) -> None:
    save("course/one/p.toml", PROBLEM)
    save("course/two/homework.toml", HOMEWORK.replace("p.toml", "../one/p.toml"))
    done = Done("new", "gradescope", "course/two/homework.toml")
    root = folder / "course" / "two"
    assert (done.code, done.err) == (
        2,
        (
            f"error: {root.parent / 'one' / 'p.toml'}: it lies outside of {root}, whose files are copied\n"
            "  hint: move it into that folder\n"
        ),
    )
    save("course/two/setup.sh", PROBLEM)
    done = Done("new", "gradescope", "course/two/setup.sh")
    assert done.err == (
        f"error: {root / 'setup.sh'}: an autograder has a script of this name\n  hint: rename the file\n"
    )


def test_several_problems_keep_their_folders() -> None:
    for name in ("one/p.toml", "two/q.toml"):
        save(f"course/{name}", PROBLEM)
    assert Done("new", "gradescope", "course/one/p.toml", "course/two/q.toml", "-o", "out").code == 0
    assert "grade one/p.toml two/q.toml " in Path("out/run_autograder").read_text(encoding="utf-8")
    assert Path("out/one/p.toml").exists() and Path("out/two/q.toml").exists()
    assert os.access("out/run_autograder", os.X_OK) and os.access("out/setup.sh", os.X_OK)


@pytest.mark.parametrize("kind", ["dense", "graph", "github"])
def test_problems_go_with_gradescope_alone(kind: str) -> None:
    done = Done("new", kind, "p.toml")
    assert (done.code, done.err) == (
        2,
        (
            f"error: p.toml goes with gradescope, not with {kind}\n"
            "  hint: hw2check new gradescope homework.toml\n"
        ),
    )


def test_an_autograder_replaces_nothing_unless_forced() -> None:
    save("p.toml", PROBLEM)
    assert Done("new", "gradescope", "p.toml").code == 0
    again = Done("new", "gradescope", "p.toml")
    assert (again.code, again.err) == (
        2,
        f"error: {Path('autograder/setup.sh')}: exists already\n  hint: --force replaces it\n",
    )
    assert Done("new", "gradescope", "p.toml", "--force").code == 0


# --- GitHub


def steps_of(workflow: dict[str, Any]) -> dict[str, str]:
    """What the named steps run."""
    (job,) = workflow["jobs"].values()
    return {step["name"]: step["run"] for step in job["steps"] if "run" in step}


def test_the_workflow_is_one_and_runs() -> None:
    save("course/homework.yml", Done("new", "github").out)
    by_schema("github-workflows", "course/homework.yml")
    steps = steps_of(yaml.safe_load(Path("course/homework.yml").read_text(encoding="utf-8")))
    assert steps["Install hw2check"].startswith("python -m pip install")
    save("course/homework/1/p.toml", PROBLEM + "[expected]\ny = 9\n")
    save("course/homework/2/work.md", "Here $1 + 1 = 3$.\n")
    answered = run("bash", "-e", "-c", steps["Check the answers"], cwd="course")
    proofread = run("bash", "-e", "-c", steps["Proofread the written solutions"], cwd="course")
    assert (answered.returncode, answered.stderr) == (0, "")
    assert (proofread.returncode, proofread.stderr) == (1, "")
    assert "::error file=homework/2/work.md,line=1" in proofread.stdout
    assert Path("course/answers.xml").exists() and Path("course/steps.xml").exists()


def test_the_workflow_runs_where_there_is_nothing() -> None:
    for step in list(steps_of(yaml.safe_load(Done("new", "github").out)).values())[1:]:
        assert run("bash", "-e", "-c", step).returncode == 0


def test_the_action_runs(folder: Path) -> None:
    by_schema("github-actions", ROOT / "action.yml")
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    python, install, judge = action["runs"]["steps"]
    assert python["uses"].startswith("actions/setup-python@")
    runner = SHARED | {"RUNNER_TEMP": str(folder), "GITHUB_ACTION_PATH": str(ROOT), "PYTHON": sys.executable}
    installed = run("bash", "-e", "-c", install["run"], **runner)
    assert installed.returncode == 0, installed.stderr
    inputs = {"COMMAND": "check", "ARGUMENTS": "--strict -f junit=out.xml", "FILES": "homework/**/*.toml"}
    assert set(judge["env"]) == set(inputs)
    save("homework/1/p.toml", PROBLEM + "[expected]\ny = 8\n")
    save("homework/2/p.toml", PROBLEM + "[expected]\ny = 9\n")
    judged = run("bash", "-e", "-c", judge["run"], **(runner | inputs))
    assert judged.returncode == 1
    assert judged.stdout.count("::error ") == 1 and Path("out.xml").exists()
    inputs["FILES"] = "$(touch owned) `touch owned` ; touch owned"
    assert run("bash", "-e", "-c", judge["run"], **(runner | inputs)).returncode == 2
    assert not Path("owned").exists()


# --- pre-commit


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="pre-commit takes hooks from a git repository")
def test_pre_commit_runs_the_hooks(folder: Path) -> None:
    assert run(PROGRAMS / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml").returncode == 0
    run("git", "init", "--quiet", "course")
    save("course/pyproject.toml", "[project]\n")
    save("course/p.toml", PROBLEM + "[expected]\ny = 8\n")
    save("course/work.md", "Here $1 + 1 = 2$.\n")
    run("git", "add", ".", cwd="course")
    command = (PROGRAMS / "pre-commit", "try-repo", ROOT, "--all-files", "--color", "never")
    done = run(*command, cwd="course", PRE_COMMIT_HOME=str(folder / "cache"), **SHARED)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "y = 8, computed 9" in done.stdout and "pyproject.toml" not in done.stdout
    results = [line.rpartition(".")[2] for line in done.stdout.splitlines() if line.startswith("hw2check ")]
    assert results == ["Failed", "Passed"]
