"""What a shell completes, and what is said of a command that does not exist."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from hw2check.cli.commands import cli
from hw2check.mistakes.catalogue import MISTAKES
from hw2check.report.formats import FORMATS
from tests.commands.running import SECONDS, Done, environment

SHELLS = ("bash", "zsh", "fish")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def completed(*words: str, shell: str = "fish") -> list[str]:
    """What the program offers to a shell for the last of these words."""
    typed = " ".join(["hw2check", *words[:-1]]) + " " + words[-1]
    variables = {
        "_HW2CHECK_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words)),
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("hw2check")],
        env=environment(**variables),
        capture_output=True,
        timeout=SECONDS,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_commands_are_completed() -> None:
    offered = {line.split(",")[1].split("\t")[0] for line in completed("")}
    assert offered == set(cli.list_commands(click.Context(cli)))


def test_formats_are_completed() -> None:
    assert completed("check", "-f", "") == [f"plain,{name}" for name in FORMATS]
    assert completed("check", "-f", "js") == ["plain,json", "plain,jsonl"]
    assert completed("proofread", "--format", "junit=re") == ["file,re"]


def test_codes_are_completed() -> None:
    lines = completed("explain", "exp")
    assert [line.split("\t")[0] for line in lines] == [
        f"plain,{code}" for code in MISTAKES if code.startswith("exp")
    ]
    assert lines


@pytest.mark.parametrize(
    "words",
    [
        ("forward", "a"),
        ("forward", "p.toml", "a"),
        ("backprop", "a"),
        ("check", "p.toml", "a"),
        ("proofread", "a"),
        ("proofread", "d.md", "-p", "a"),
        ("proofread", "d.md", "--baseline", "a"),
        ("grade", "a"),
        ("draw", "a"),
        ("import", "a"),
        ("new", "problem", "--from", "a"),
    ],
)
def test_files_are_completed_by_the_shell(words: tuple[str, ...]) -> None:
    assert completed(*words) == ["file,a"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_names_the_program_and_its_variable(shell: str) -> None:
    done = Done("completion", shell)
    assert done.code == 0
    assert "hw2check" in done.out and f"_HW2CHECK_COMPLETE={shell}_complete" in done.out


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_by_the_script() -> None:
    program = Path(sys.executable).parent
    script = (
        'eval "$(hw2check completion bash)"\n'
        "COMP_WORDS=(hw2check explain exp-of); COMP_CWORD=2; _hw2check_completion hw2check exp-of explain\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
        "complete -p hw2check"
    )
    done = subprocess.run(
        ["bash", "-c", script],
        env=environment(PATH=f"{program}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        timeout=3 * SECONDS,
        text=True,
    )
    *codes, registered = done.stdout.splitlines()
    assert codes == [code for code in MISTAKES if code.startswith("exp-of")] != []
    assert registered.endswith("-F _hw2check_completion hw2check")


@pytest.mark.parametrize(
    ("shell", "script", "said"),
    [
        (
            "fish",
            (
                "hw2check completion fish | source\n"
                "complete -C 'hw2check check -f js'\n"
                "complete -C 'hw2check forward p'"
            ),
            "json\njsonl\np.toml\n",
        ),
        (
            "zsh",
            (
                "autoload -Uz compinit; compinit -u -d dump\n"
                'eval "$(hw2check completion zsh)"; print $_comps[hw2check]'
            ),
            "_hw2check_completion\n",
        ),
    ],
)
def test_other_shells_take_their_script(shell: str, script: str, said: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    Path("p.toml").touch()
    program = Path(sys.executable).parent
    done = subprocess.run(
        [shell, *(("-f",) if shell == "zsh" else ("--no-config",)), "-c", script],
        env=environment(PATH=f"{program}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        timeout=3 * SECONDS,
        text=True,
    )
    assert done.stdout == said


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chek p.toml", "check?"),
        ("Forward p.toml", "forward?"),
        ("back-prop p.toml", "backprop?"),
        ("my.toml", ": hw2check check my.toml"),
        ("my.json s.json", ": hw2check check my.json s.json"),
        ("my.toml a b c", ": hw2check check my.toml ..."),
        ("my.md", ": hw2check proofread my.md"),
        ("notes.ipynb -p p.toml", ": hw2check proofread notes.ipynb -p p.toml"),
        ("-", ": hw2check check -"),
        ("there", ": hw2check check there"),
    ],
)
def test_what_was_probably_meant(typed: str, meant: str) -> None:
    Path("there").touch()
    done = Done(*typed.split())
    assert done.code == 2
    assert done.err.endswith(f"Error: No such command {typed.split()[0]!r}. Did you mean{_joined(meant)}\n")


def _joined(meant: str) -> str:
    return meant if meant.startswith(":") else f" {meant}"


def test_nothing_is_guessed_where_nothing_is_near() -> None:
    assert Done("bogus").err.endswith("Error: No such command 'bogus'.\n")
