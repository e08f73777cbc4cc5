"""One run of the program: its streams, its exit code, and every error as a person sees it."""

from __future__ import annotations

import io
import os
import sys

import click

from hw2check.cli.commands import cli
from hw2check.cli.exits import EXIT_ERROR, EXIT_FAULT, EXIT_INTERRUPTED, EXIT_OK
from hw2check.cli.streams import complain, read_no_more, reader_may_leave, reopen
from hw2check.errors import HW2CheckError, plain


def run() -> int:
    """Runs the command that the process was started with; the exit code."""
    reopen()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        result = cli.main(standalone_mode=False, prog_name="hw2check")
        with reader_may_leave():
            sys.stdout.flush()
    except click.ClickException as error:
        complain(_usage_error(error))
        return EXIT_ERROR
    except HW2CheckError as error:
        complain(f"error: {error}")
        return EXIT_ERROR
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted")
        return EXIT_INTERRUPTED
    except OSError as error:  # of the system, such as a full disk
        read_no_more()
        complain(f"error: {error.strerror or plain(str(error))}")
        return EXIT_ERROR
    except Exception as error:
        if os.environ.get("HW2CHECK_DEBUG"):
            raise
        complain(f"hw2check has a fault: {type(error).__name__}: {plain(str(error))}")
        complain("Please report it with the file; HW2CHECK_DEBUG=1 shows where.")
        return EXIT_FAULT
    return result if isinstance(result, int) else EXIT_OK


def _usage_error(error: click.ClickException) -> str:
    """Click's message with the usage above it; what was typed is cleaned."""
    message = error.format_message()
    for argument in sys.argv:
        if argument != plain(argument):
            message = message.replace(argument, plain(argument))
    lines = [f"Error: {message}"]
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        lines.insert(0, context.get_usage())
        if context.command.get_help_option(context) is not None:
            lines.insert(1, f"Try '{context.command_path} {context.help_option_names[-1]}' for help.\n")
    return "\n".join(plain(line) for line in "\n".join(lines).split("\n"))
