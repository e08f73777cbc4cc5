"""Reports as one HTML page: no request to anywhere, right without a script, in a light and a dark theme.

Student text is escaped by Jinja2; the page's Content-Security-Policy (W3C, CSP Level 3) allows nothing but
its own style sheet and script, named by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader

from hw2check import __version__
from hw2check.draw.svg import STYLE
from hw2check.errors import plain
from hw2check.report.formats import PLAIN, View
from hw2check.report.marks import MARKS

if TYPE_CHECKING:
    from hw2check.check.findings import Report
    from hw2check.errors import HW2CheckError
    from hw2check.proofread.proof import Proof

KINDS = {  # of verdicts on answers and steps, for colours
    "correct": "good",
    "close": "good",
    "holds": "good",
    "rounded": "good",
    "definition": "good",
    "carried": "follows",
    "coarse": "follows",
    "wrong": "bad",
    "missing": "bad",
    "unreadable": "bad",
}
IN_NOTEBOOK = """\
.hw2check .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.hw2check .scroll, .hw2check .picture { overflow-x: auto; }
.hw2check .pair { display: flex; flex-wrap: wrap; gap: 1rem; }
.hw2check .off { font-weight: bold; text-decoration: underline; }
.hw2check .document { white-space: pre-wrap; font-family: monospace; }
"""
SIGNS = {
    **{verdict: sign for verdict, (sign, _, _) in MARKS.items()},
    "holds": "✓",
    "rounded": "✓",
    "definition": "≔",
    "doubtful": "?",
    "unchecked": "·",
}


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), view: View = PLAIN) -> str:
    """A page with each file: what is not right first, the graph, then the tables."""
    return page("answers", **_answers(reports, errors, view))


def steps(proofs: Sequence[Proof], view: View = PLAIN) -> str:
    """A page with the text of each document, the verdict on each step in its place."""
    return page("steps", **_steps(proofs, view))


def answers_part(report: Report) -> str:
    """One file, to be shown within another page: a notebook's."""
    return _part("answers", **_answers([report], (), PLAIN))


def steps_part(proof: Proof) -> str:
    """One document, to be shown within another page: a notebook's."""
    return _part("steps", **_steps([proof], PLAIN))


def _answers(reports: Sequence[Report], errors: Sequence[HW2CheckError], view: View) -> dict[str, Any]:
    from hw2check.report.sheets import sheet

    shown = [report for report in reports if not view.quiet or report.failed]
    sheets = [sheet(report, number, view) for number, report in enumerate(shown, 1)]
    return {
        "title": sheets[0].title if len(sheets) == 1 else "hw2check",
        "sheets": sheets,
        "failed": sum(bool(report.failed) for report in reports),
        "errors": [str(error) for error in errors],
    }


def _steps(proofs: Sequence[Proof], view: View) -> dict[str, Any]:
    from hw2check.report.marked_text import marked

    told = [marked(proof, number, view) for number, proof in enumerate(proofs, 1)]
    return {"title": told[0].name if len(told) == 1 else "hw2check", "proofs": told}


def _part(template: str, **content: Any) -> str:
    """What a template shows, without the page around it; the pictures in it have their style."""
    made = _environment().get_template(f"{template}.html.j2")
    return made.render(base="part.html.j2", style=_safe(STYLE + IN_NOTEBOOK), **content)


def page(template: str, script: str = "", **content: Any) -> str:
    """A page from one of the templates in `pages/`.

    script   allowed to run, and no other
    content  what the template shows; plain text of it is escaped
    """
    style = _style()
    policy = f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src {_hash(style)}" + (
        f"; script-src {_hash(script)}" if script else ""
    )
    return (
        _environment()
        .get_template(f"{template}.html.j2")
        .render(
            base="page.html.j2",
            policy=policy,
            style=_safe(style),
            script=_safe(script),
            version=__version__,
            **content,
        )
    )


def _safe(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  # our own style sheet and script


@lru_cache(maxsize=4)
def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@lru_cache(maxsize=1)
def _style() -> str:
    from importlib.resources import files

    own = files("hw2check").joinpath("report", "pages", "style.css").read_text("utf-8")
    return own + STYLE


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hw2check", "report/pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    environment.filters["kind"] = lambda verdict: KINDS.get(verdict, "else")
    environment.filters["sign"] = lambda verdict: SIGNS.get(verdict, "?")
    return environment
