"""`bak completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from bak_tui.cli import output
from bak_tui.core.errors import UsageError


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    Put `eval "$(bak completion bash)"` into ~/.bashrc, or the like into your shell's file.
    """
    root = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"there is no completion for {shell}")
    output.write(kind(root, {}, "bak", "_BAK_COMPLETE").source())
