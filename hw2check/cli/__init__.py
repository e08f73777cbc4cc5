"""The command line. Nothing but the interpreter is imported before an interrupt can be reported."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from hw2check.cli.exits import EXIT_INTERRUPTED

COLLECTED = 400_000  # objects made and not given up again, from which on they are looked through


def main() -> NoReturn:
    """The entry point: runs a command and exits with its code.

    What a short process imports lives as long as it does: nothing is collected before there is much of it,
    and nothing at the end.
    """
    gc.set_threshold(COLLECTED)
    try:
        from hw2check.cli.run import run

        code = run()
    except KeyboardInterrupt:  # while the imports go on, too
        os.write(2, b"interrupted\n")
        code = EXIT_INTERRUPTED
    gc.freeze()
    sys.exit(code)
