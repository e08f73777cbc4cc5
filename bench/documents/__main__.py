"""Measures proofreading on public documents by strangers.

python -m bench.documents FOLDER [--with-problems] [--planted COUNT] [--findings VERDICT]

The texts are not here: documents.toml lists them by repository, path and commit, and each must stand at
FOLDER/repository/path. FOLDER may have a documents.toml and an adjudicated.toml of its own.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from bench.documents.corpus import LIST, entries, run
from bench.documents.findings import ADJUDICATED, adjudications, findings
from bench.documents.planted import missed, plant, shares
from bench.documents.report import listing, not_checked, summary

SEED = 10


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.documents", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--with-problems", action="store_true", help="with DOCUMENT.toml beside each document"
    )
    parser.add_argument("--planted", type=int, default=0, metavar="COUNT", help="edits planted in a document")
    parser.add_argument("--findings", metavar="VERDICT", help="list what is called wrong (or doubtful, ..)")
    options = parser.parse_args(arguments)
    own = options.folder / LIST.name
    listed = [
        entry
        for entry in entries(own if own.exists() else LIST)
        if (options.folder / entry.name).exists()
        and (not options.with_problems or (options.folder / f"{entry.name}.toml").exists())
    ]
    own = options.folder / ADJUDICATED.name
    answers = adjudications(own if own.exists() else ADJUDICATED)
    runs = [run(options.folder, entry, with_problem=options.with_problems) for entry in listed]
    print(*summary(runs, answers), "not checked, by kind:", *not_checked(runs), sep="\n")
    if options.findings:
        print(*listing(findings(runs, options.findings), answers), sep="\n")
    if options.planted:
        rng = random.Random(SEED)
        planted = [one for entry in listed for one in plant(options.folder, entry, options.planted, rng)]
        print("planted mistakes:", *shares(planted), *missed(planted), sep="\n")


if __name__ == "__main__":
    main()
