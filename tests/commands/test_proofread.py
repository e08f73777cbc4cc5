"""The proofread command: exit codes, formats, positions; documents as submissions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.running import Done

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
PROBLEMS = ("-p", str(FIXTURES / "forward.toml"), "-p", str(FIXTURES / "backprop.toml"))


class Run(Done):
    """The command in the folder of the project."""

    def __init__(self, *arguments: str, text: str = "") -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(ROOT)
            super().__init__(*arguments, stdin=text)
        self.returncode, self.stdout, self.stderr = self.code, self.out, self.err


run = Run


WRONG = "# 1. Values\n\nHere $x_7 = x_4^2 + a$ and\n\n$$\nx_6 = -2, \\quad x_5 = 0.5\n$$\n"


def test_text(tmp_path: Path) -> None:
    (tmp_path / "hw.md").write_text(WRONG, encoding="utf-8")
    result = run("proofread", str(tmp_path / "hw.md"), *PROBLEMS)
    assert result.returncode == 1
    assert result.stdout.replace(str(tmp_path), "") == (
        "/hw.md:3:13  wrong  x7: the two sides are not equal\n"
        "  Here $x_7 = x_4^2 + a$ and\n"
        "              ^^^^^^^^^\n"
        "  left 6, right 7\n"
        "  hint: looks like wrong-name: another quantity is used in its place\n"
        "3 links read, 3 checked (100 %): 1 wrong, 2 holds\n"
        "first wrong step: /hw.md:3:13: x_7 = x_4^2 + a\n"
    )


def test_all_lists_every_link() -> None:
    result = run(
        "proofread", "-", "--stdin-filename", "hw.md", "--all", *PROBLEMS, text="$x_7 = 6$ $q + 1 = 2$"
    )
    assert result.returncode == 0
    assert result.stdout == (
        "hw.md:1:8  holds  x_7 = 6\n"
        "hw.md:1:20  not checked  q + 1 = 2  (q is not declared)\n"
        "2 links read, 1 checked (50 %): 1 holds, 1 not checked\n"
    )


def test_json_positions() -> None:
    result = run("proofread", "-", "--stdin-filename", "hw.md", "-f", "json", *PROBLEMS, text=WRONG)
    document = json.loads(result.stdout)
    assert document["ok"] is False
    (finding,) = document["documents"][0]["findings"]
    assert (finding["file"], finding["line"], finding["column"], finding["end_column"]) == (
        "hw.md",
        3,
        13,
        21,
    )
    assert (finding["verdict"], finding["code"]) == ("wrong", "wrong-name")


def test_github_annotations() -> None:
    text = "$x_7 = 7$ 100% :: sure\n"
    result = run("proofread", "-", "--stdin-filename", "a,b:c%.md", "-f", "github", *PROBLEMS, text=text)
    assert result.returncode == 1
    assert result.stdout == (
        "::error file=a%2Cb%3Ac%25.md,line=1,endLine=1,col=8,endColumn=8,title=wrong step::"
        "x7: a whole number is exact; x7 ends as 7, right is 6%0Ax_7 = 7\n"
    )


def test_github_annotations_are_capped() -> None:
    result = run("proofread", "-", "-f", "github", *PROBLEMS, text="$1 + 1 = 3$\n" * 13)
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["::error"] * 10
    rest = "%0A".join(f"-:{line}: wrong step" for line in range(10, 14))
    assert lines[-1] == f"::error file=-,line=10,endLine=10,col=10,endColumn=10,title=4 more findings::{rest}"


def test_judging_commands_have_github_annotations() -> None:
    result = run("backprop", str(FIXTURES / "backprop.toml"), "-f", "github")
    assert result.returncode == 1
    line = next(
        number
        for number, text in enumerate((FIXTURES / "backprop.toml").read_text().splitlines(), 1)
        if text.startswith('"dLoss/dd" = -')
    )
    assert f"fixtures/backprop.toml,line={line},endLine={line},col=1" in result.stdout
    assert run("check", str(FIXTURES / "forward.toml"), "-f", "github").stdout == ""


@pytest.mark.parametrize("kind", ["text", "json", "github"])
def test_student_text_cannot_give_commands(kind: str) -> None:
    text = "$x_7 = 7\n::error::[red]no[/red]\x1b[31m\r::warning::x$"
    result = run("proofread", "-", "-f", kind, *PROBLEMS, text=text)
    assert result.returncode in {0, 1}
    assert "\x1b" not in result.stdout
    lines = [line for line in result.stdout.splitlines() if line.startswith("::")]
    assert all(line.startswith(("::error file=", "::warning file=")) for line in lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("proofread", "nowhere.md"), "there is no such file"),
        (("proofread", "fixtures/homework.md", "-p", "nowhere.toml"), "there is no such file"),
        (("proofread", "fixtures/homework.md", "-f", "pdf"), "is not one of"),
        (("proofread",), "Missing argument"),
    ],
)
def test_what_cannot_be_judged_exits_with_2(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert message in result.stderr


def test_two_problems_that_contradict_each_other(tmp_path: Path) -> None:
    text = (FIXTURES / "backprop.toml").read_text(encoding="utf-8").replace("x4 = 2", "x4 = 3", 1)
    (tmp_path / "other.toml").write_text(text, encoding="utf-8")
    result = run("proofread", "fixtures/homework.md", *PROBLEMS, "-p", str(tmp_path / "other.toml"))
    assert result.returncode == 2
    assert "x4 is stated differently by two problems" in result.stderr


def test_open_questions_fail_and_exit_zero_does_not() -> None:
    text = "## 3.1 Reflection\n\n2. Why?\n"
    result = run("proofread", "-", "--stdin-filename", "hw.md", text=text)
    assert (result.returncode, result.stdout.splitlines()[0]) == (
        1,
        "hw.md:3:1  no answer  3.1 question 2: Why?",
    )
    assert run("proofread", "-", "--exit-zero", text=text).returncode == 0


def test_sympy_is_not_imported() -> None:
    code = (
        "import sys; from hw2check.cli.commands import cli;"
        f"cli.main(['proofread', 'fixtures/homework.md', *{list(PROBLEMS)!r}], standalone_mode=False);"
        "assert 'sympy' not in sys.modules"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode == 0, result.stderr


def test_a_document_is_a_submission() -> None:
    right = run("forward", str(FIXTURES / "forward.toml"), str(FIXTURES / "homework.md"))
    assert right.returncode == 0, right.stdout
    wrong = run("backprop", str(FIXTURES / "backprop-corrected.toml"), "-", "-f", "json")
    assert wrong.returncode == 2


@pytest.mark.parametrize(
    ("name", "quantity", "mathematics", "verdict"),
    [
        ("backprop-corrected", "a_new", r"a' = a - 0.1\cdot 0.002 = 2.9998", "correct"),
        ("backprop-corrected", "a_new", r"a' = a - 0.1\cdot 0.002 = 3.0002", "wrong"),
        ("mazur", "E_total", r"E_{total} = E_{o1} + \frac12(0.99 - out_{o2})^2 = 0.2984", "correct"),
    ],
)  # fmt: skip
def test_formulas_with_numbers_put_in_are_no_formulas(
    name: str, quantity: str, mathematics: str, verdict: str, tmp_path: Path
) -> None:
    document = tmp_path / "hw.md"
    document.write_text(f"$${mathematics}$$\n", encoding="utf-8")
    shown = json.loads(run("backprop", str(FIXTURES / f"{name}.toml"), str(document), "-f", "json").stdout)
    assert f'"name": "{quantity}", "verdict": "{verdict}"' in json.dumps(shown)


def test_a_wrong_document_is_judged_at_its_line(tmp_path: Path) -> None:
    text = (FIXTURES / "homework.md").read_text(encoding="utf-8").replace("x -0.00099755", "x -0.00098755")
    (tmp_path / "hw.md").write_text(text, encoding="utf-8")
    result = run("backprop", str(FIXTURES / "backprop-corrected.toml"), str(tmp_path / "hw.md"), "-f", "json")
    answers = {
        q["name"]: q["answer"] for q in json.loads(result.stdout)["files"][0]["quantities"] if q["answer"]
    }
    wrong = answers["dLoss/dd"]
    line = text.count("\n", 0, text.index("x -0.00098755")) + 1
    assert (wrong["verdict"], wrong["line"]) == ("wrong", line)
    assert answers["dLoss/dc"]["verdict"] == "correct"
    assert answers["dLoss/dx2"]["verdict"] == "missing"


def test_check_judges_documents_by_every_problem() -> None:
    files = [str(FIXTURES / name) for name in ("forward.toml", "homework.md", "backprop-key.toml")]
    result = run("check", *files)
    lines = result.stdout.replace(str(FIXTURES), "").splitlines()
    assert (result.returncode, lines) == (
        0,
        [
            "/homework.md (/forward.toml): ✓ 4 answers correct; 10 of 10 points",
            "/homework.md (/backprop-key.toml): ✓ 24 answers correct; 12 of 12 points",
        ],
    )


@pytest.mark.parametrize("command", ["check", "forward", "backprop"])
def test_a_document_on_standard_input_is_a_submission(command: str) -> None:
    problem = str(FIXTURES / ("backprop-key.toml" if command == "backprop" else "forward.toml"))
    document = (FIXTURES / "homework.md").read_text("utf-8")
    result = run(command, problem, "-", "--stdin-filename", "homework.md", text=document)
    assert result.returncode == 0
    assert command != "check" or result.stdout.startswith("homework.md (")
    slipped = (
        document.replace("2.000099755", "2.000999755")
        if command == "backprop"
        else document.replace("12", "13")
    )
    assert slipped != document
    assert run(command, problem, "-", "--stdin-filename", "homework.md", text=slipped).returncode == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("homework.md",), "homework.md is a document, and there is no problem that it answers"),
        (("forward.toml", "backprop-key.toml", "-"), "standard input can be read only once"),
        (("forward.toml", "missing.md"), "missing.md: there is no such file"),
    ],
)
def test_check_says_what_is_missing(files: tuple[str, ...], message: str) -> None:
    named = [file if file == "-" else str(FIXTURES / file) for file in files]
    result = run("check", *named, "--stdin-filename", "homework.md")
    assert (result.returncode, message in result.stderr) == (2, True)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("suffix", ["md", "tex", "ipynb"])
@pytest.mark.parametrize("command", ["proofread", "check"])
def test_a_document_that_is_not_utf_8(
    suffix: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"hw.{suffix}"
    Path(name).write_bytes("Größe\r\nund σ\u00a0= Größe".encode()[:-5] + b"\xf6\xdfe")
    problem = () if command == "proofread" else (str(FIXTURES / "forward.toml"),)
    done = Done(command, *problem, name)
    assert done.code == 2
    assert done.err == (
        f"error: {name}:2:11: this is not UTF-8 text: byte 0xf6\n"
        "  und σ\ufffd= Gr\ufffd\ufffde\n            ^\n  hint: save the file as UTF-8 text\n"
    )


def test_what_could_not_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "hw.md"
    file.write_text("$2 + 2 = 4$\n\nThen $x$ = 5.\n\n$y$ = 6\n\nAnd $z = 3 is open.\n", encoding="utf-8")
    result = run("proofread", str(file))
    assert result.returncode == 0
    assert result.stdout == (
        "1 link read, 1 checked (33 %): 1 holds\n"
        "2 equations stand outside mathematics and could not be read, lines 3, 5\n"
        "$ opened in line 7 is not closed\n"
    )
    (document,) = json.loads(run("proofread", str(file), "-f", "json").stdout)["documents"]
    assert [place["line"] for place in document["unread"]] == [3, 5]
    assert [(mark["mark"], mark["line"], mark["column"]) for mark in document["unclosed"]] == [("$", 7, 5)]
    assert "line=7,endLine=7,col=5" in run("proofread", str(file), "-f", "github").stdout


def test_a_document_of_which_nothing_could_be_read() -> None:
    result = run("proofread", "-", "--stdin-filename", "hw.md", text="so $x$ = 5")
    assert (result.returncode, result.stderr) == (
        2,
        "error: hw.md: equations stand in it, and not one could be read\n",
    )
    assert run("proofread", "-", text="no equations at all").returncode == 0


def test_undeclared_names_are_told() -> None:
    text = "$p + q = 1$, $p - q = 2$, $1 + 1 = 2$"
    told = "no problem given: 2 of 3 links use undeclared names; -p problem.toml checks them\n"
    assert told in run("proofread", "-", text=text).stdout
    assert "no problem given" not in run("proofread", "-", *PROBLEMS, text=text).stdout


def test_baseline(tmp_path: Path) -> None:
    file, baseline = tmp_path / "hw.md", str(tmp_path / "baseline.json")
    file.write_text("$2 + 2 = 5$\n", encoding="utf-8")
    assert run("proofread", str(file), "--baseline", baseline, "--write-baseline").returncode == 0
    assert run("proofread", str(file), "--baseline", baseline).stdout == (
        "0 links read, 0 checked (100 %): none\n1 finding known from the baseline\n"
    )
    file.write_text("More text.\n\n$2 + 2 = 5$ and $2 + 2 = 5$ and $3 + 3 = 7$\n", encoding="utf-8")
    result = run("proofread", str(file), "--baseline", baseline, "-f", "json")
    (document,) = json.loads(result.stdout)["documents"]
    assert (result.returncode, document["known"]) == (1, 1)
    assert [finding["column"] for finding in document["findings"]] == [26, 42]


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '{"format": "hw2check-baseline", "version": 1, "findings": [{}]}']
)
def test_a_broken_baseline(tmp_path: Path, content: str) -> None:
    (tmp_path / "b.json").write_text(content, encoding="utf-8")
    result = run("proofread", "-", "--baseline", str(tmp_path / "b.json"), text="$1 = 1$")
    assert (result.returncode, result.stdout) == (2, "")
    assert "b.json: this is not a baseline" in result.stderr


def test_a_baseline_without_a_file() -> None:
    result = run("proofread", "-", "--write-baseline", text="$1 = 1$")
    assert (result.returncode, result.stderr) == (
        2,
        "error: --write-baseline has no file\n  hint: --baseline FILE says which\n",
    )


def test_the_implied_problem_checks_the_document(tmp_path: Path) -> None:
    document, problem = tmp_path / "hw.md", tmp_path / "p.toml"
    document.write_text("$x = 2$ and $y = 3x = 6$.\n\n$y + x = 9$\n", encoding="utf-8")
    made = run("new", "problem", "--from", str(document))
    assert made.returncode == 0
    problem.write_text(made.stdout, encoding="utf-8")
    result = run("proofread", "-p", str(problem), str(document))
    assert (result.returncode, "1 wrong" in result.stdout) == (1, True)


# arguments, the error
NEW = [
    (("problem",), "error: no document is named\n  hint: hw2check new problem --from homework.md\n"),
    (
        ("dense", "--from", "hw.md"),
        "error: --from goes with problem, not with dense\n  hint: hw2check new problem --from hw.md\n",
    ),
]


@pytest.mark.parametrize(("arguments", "error"), NEW)
def test_new_problem_needs_a_document(arguments: tuple[str, ...], error: str) -> None:
    result = run("new", *arguments)
    assert (result.returncode, result.stderr) == (2, error)


def test_sections_that_a_problem_is_not_about_are_in_the_json(tmp_path: Path) -> None:
    problem, file = tmp_path / "two.toml", tmp_path / "hw.md"
    problem.write_text('title = "two"\n[given]\na = 0.5\n[nodes]\np = "2*a"\n', encoding="utf-8")
    fits = "# The network\n\n$p = 2 a = 1$\n"
    file.write_text(f"{fits}\n# Another\n\n$a = 7$\n", encoding="utf-8")
    found = [
        json.loads(run("proofread", str(file), "-p", str(problem), "-f", "json").stdout)["documents"],
        json.loads(run("proofread", str(file), "-f", "json").stdout)["documents"],
    ]
    assert [document["apart"] for (document,) in found] == [["Another: not taken as about two"], []]
