"""How a shell and a person find commands: what was probably meant, and the completion of what is typed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hw2check.cli.streams import say
from hw2check.reading.files import STDIN, is_document

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_HW2CHECK_COMPLETE"  # as Click names it
PROBLEMS = frozenset({".toml", ".json"})
FILE = click.Path(allow_dash=True)  # the name of a file, completed by the shell; whoever reads it checks it


LATER = {  # commands in modules that are imported when one of them is asked for
    "grade": "hw2check.cli.classes",
    "draw": "hw2check.cli.pictures",
    "solve": "hw2check.cli.solving",
    "completion": "hw2check.cli.shell",
    "new": "hw2check.cli.starting",
    "watch": "hw2check.cli.watching",
}


class Commands(click.Group):
    """A group that imports some commands when they are asked for, and says which one was probably meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, sorted."""
        return sorted({*super().list_commands(ctx), *LATER})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None where there is none."""
        if cmd_name in LATER and cmd_name not in self.commands:
            self.add_command(getattr(import_module(LATER[cmd_name]), cmd_name))
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As Click's; the error of an unknown command says what to type."""
        name = args[0]
        if (self.get_command(ctx, name) is None and not name.startswith("-")) or name == STDIN:
            hint = self._meant(ctx, name, args[1:])
            if hint:
                ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def _meant(self, ctx: click.Context, name: str, rest: list[str]) -> str:
        import difflib

        near = difflib.get_close_matches(name.lower(), self.list_commands(ctx), n=1)
        if near:
            return f"Did you mean {near[0]}?"
        suffix = Path(name).suffix.lower()
        typed = " ".join([name, *rest]) if len(rest) < 3 else f"{name} ..."
        if is_document(name):
            return f"Did you mean: hw2check proofread {typed}"
        if suffix in PROBLEMS or name == STDIN or Path(name).exists():
            return f"Did you mean: hw2check check {typed}"
        return ""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script by which a shell completes commands, options, files, formats and codes.

    \b
    bash:  eval "$(hw2check completion bash)"       in ~/.bashrc
    zsh:   eval "$(hw2check completion zsh)"        in ~/.zshrc, after compinit
    fish:  hw2check completion fish > ~/.config/fish/completions/hw2check.fish
    """  # noqa: D301
    from click.shell_completion import get_completion_class

    group = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    if kind is not None:  # Click has each of SHELLS
        say(kind(group, {}, "hw2check", VARIABLE).source())


def complete_codes(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """The codes of mistakes, each with what it means."""
    from click.shell_completion import CompletionItem

    from hw2check.mistakes.catalogue import MISTAKES

    return [
        CompletionItem(code, help=mistake.title)
        for code, mistake in MISTAKES.items()
        if code.startswith(typed)
    ]
