"""JUnit XML is what CI servers accept, and says what was found."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from hw2check.report.junit import answers
from tests.commands.running import Done
from tests.report.hostile import HOSTILE, write_hostile

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
PROBLEM = """
loss = "y"
[given]
x = 3
[nodes]
u = "x^2"
v = "u + 1"
y = "2*v"
[expected]
u = {u}
v = {v}
y = {y}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def valid(text: str) -> ElementTree.Element:
    SCHEMA.validate(text)
    return ElementTree.fromstring(text)


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def results(text: str) -> dict[str, str]:
    """The element within each test case, by its name; empty where it passed."""
    cases = valid(text).iter("testcase")
    return {case.get("name", ""): case[0].tag if len(case) else "" for case in cases}


def test_nothing_is_valid() -> None:
    assert len(valid(answers([]))) == 0


@pytest.mark.parametrize(
    ("u", "v", "y", "said"),
    [
        ("9", "10", "20", ("", "", "")),
        ("8", "9", "20", ("failure", "skipped", "")),
        ("8", "9", "18", ("failure", "skipped", "skipped")),
        ("9", "11", '"?!"', ("", "failure", "error")),
    ],
)
def test_verdicts(u: str, v: str, y: str, said: tuple[str, ...]) -> None:
    write("p.toml", PROBLEM.format(u=u, v=v, y=y))
    done = Done("check", "p.toml", "-f", "junit")
    assert results(done.out) == dict(zip("uvy", said, strict=True))
    root = valid(done.out)
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for name, tag in counts.items():
        assert root[0].get(name) == str(said.count(tag))
    assert root.get("tests") == "3" and root.get("failures") == str(said.count("failure"))


def test_a_failure_tells_what_is_right_and_what_it_looks_like() -> None:
    write("p.toml", PROBLEM.format(u="-9", v="10", y="20"))
    failure = valid(Done("check", "p.toml", "-f", "junit").out).find(".//failure")
    assert failure is not None
    assert failure.attrib == {
        "type": "wrong",
        "message": "wrong: written -9; right is 9; a whole number is exact; "
        "looks like sign: the sign is wrong",
    }
    assert (failure.text or "").splitlines()[0] == "p.toml:10:1"


@pytest.mark.parametrize(("show", "kept"), [("none", ""), ("hint", "sign"), ("computed", "right is 9")])
def test_show_decides_what_is_told(show: str, kept: str) -> None:
    write("p.toml", PROBLEM.format(u="-9", v="10", y="20"))
    out = Done("check", "p.toml", "-f", "junit", "--show", show).out
    assert kept in out
    assert ("right" in out) == (show == "computed")


def test_a_file_that_cannot_be_judged_is_an_error() -> None:
    write("p.toml", PROBLEM.format(u="9", v="10", y="20"))
    done = Done("check", "p.toml", write("broken.toml", "[given\n"), "-f", "junit")
    assert done.code == 2
    assert [suite.get("errors") for suite in valid(done.out)] == ["0", "1"]


def test_steps_of_a_document() -> None:
    write("d.md", "Let $x = 3$. Then $x^2 = 8$ and $x + 1 = 4$ and $q^2 = 5$.\n")
    done = Done("proofread", "d.md", "-f", "junit")
    assert done.code == 1
    assert sorted(results(done.out).values()) == ["", "", "failure", "skipped"]


def test_strictly_what_is_close_fails() -> None:
    write("d.md", "$2/3 = 0.66$\n")
    assert list(results(Done("proofread", "d.md", "-f", "junit").out).values()) == [""]
    assert list(results(Done("proofread", "d.md", "-f", "junit", "--strict").out).values()) == ["failure"]


def test_hostile_text(folder: Path) -> None:
    names = write_hostile(folder)
    done = Done("check", *names, "-f", "junit")
    assert len(valid(done.out).findall("testsuite")) == len(names) == 2 * len(HOSTILE)
    assert all(line.lstrip()[:2] != "::" and "##[" not in line for line in done.out.splitlines())
    assert "\x1b" not in done.out
