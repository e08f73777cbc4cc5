"""The program as a user starts it: in this process, or in one of its own where that is what is tested."""

from __future__ import annotations

import gc
import io
import os
import signal
import subprocess
import sys
from types import FrameType

import pytest

from hw2check.cli import main
from hw2check.reading import files

SECONDS = 10  # that any input may take, on a slow machine too
VARIABLES = (
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
    "HW2CHECK_DEBUG",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_WORKSPACE",
)


class TooSlow(BaseException):
    """Not an Exception, so that the program cannot take it for a fault of its own."""


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return kept | {"PYTHONIOENCODING": "utf-8"} | variables


class Done:
    """The program has run, in this process.

    stdin  text, or bytes as they are
    """

    def __init__(self, *arguments: str, stdin: str | bytes = b"") -> None:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = io.BytesIO(), io.BytesIO()
        before = gc.get_threshold()
        with pytest.MonkeyPatch.context() as patch:
            for name in VARIABLES:
                patch.delenv(name, raising=False)
            patch.setattr(sys, "argv", ["hw2check", *arguments])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
            patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8", write_through=True))
            patch.setattr(sys, "stderr", io.TextIOWrapper(err, encoding="utf-8", write_through=True))
            patch.setattr(files, "_inputs", {})
            old = signal.signal(signal.SIGALRM, _stop)
            signal.alarm(SECONDS)
            try:
                with pytest.raises(SystemExit) as ended:
                    main()
            finally:
                signal.alarm(0)
                signal.signal(signal.SIGALRM, old)
                gc.set_threshold(*before)
            self.raw, errors = out.getvalue(), err.getvalue()
        assert isinstance(ended.value.code, int)
        self.code = ended.value.code
        self.out, self.err = self.raw.decode(), errors.decode()
        assert "Traceback" not in self.err


def _stop(_: int, __: FrameType | None) -> None:
    raise TooSlow


class Process(Done):
    """The program has run in a process of its own, with these environment variables."""

    def __init__(self, *arguments: str, stdin: str | bytes = b"", **variables: str) -> None:
        command = [sys.executable, "-m", "hw2check", *arguments]
        encoding = variables.get("PYTHONIOENCODING", "utf-8").replace("ascii", "utf-8")  # Click takes it so
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            command, input=raw, capture_output=True, timeout=SECONDS, env=environment(**variables)
        )
        self.code = done.returncode
        self.raw = done.stdout
        self.out = done.stdout.decode(encoding)
        self.err = done.stderr.decode(encoding)
        assert "Traceback" not in self.err
