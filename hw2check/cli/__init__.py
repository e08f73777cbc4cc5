"""The command line. Nothing but the interpreter is imported before an interrupt can be reported."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from hw2check.cli.exits import EXIT_INTERRUPTED


def main() -> NoReturn:
    """The entry point: runs a command and exits with its code."""
    try:
        from hw2check.cli.run import run

        code = run()
    except KeyboardInterrupt:  # while the imports go on, too
        os.write(2, b"interrupted\n")
        code = EXIT_INTERRUPTED
    sys.exit(code)
