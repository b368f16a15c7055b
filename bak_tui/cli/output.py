"""Writing to people and to programs: safe text, tables, one JSON document, errors."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import StringIO, TextIOWrapper
from typing import Any

import click

from bak_tui.core.cells import cells, padded
from bak_tui.core.errors import BakError
from bak_tui.core.foreign import visible

SCHEMA = 1
_UNWRITTEN = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def make_streams_safe() -> None:
    """A terminal that cannot show `➜` gets an escape instead of a traceback.

    What we were started without (`>&-`) is opened on nothing, or a socket would get its number. Nobody can
    write to such a stdout: a result that nobody gets is told on stderr.
    """
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest number that is free: this one
    sys.stdin = sys.stdin or os.fdopen(0, "r", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(line: str) -> None:
    """One line of the result, on stdout. Foreign text in it is made safe here."""
    write(visible(line))


def note(line: str) -> None:
    """One line for a person, on stderr. Nobody reading it (a closed pipe, a full disk) is no failure."""
    with suppress(OSError):
        click.echo(visible(line), err=True)


def show(error: click.ClickException) -> None:
    """What click says of it; it quotes what was typed, or pasted."""
    said = StringIO()
    error.show(said)
    for line in said.getvalue().splitlines():
        note(line)


def event(fields: dict[str, Any]) -> None:
    """One line of NDJSON on stderr."""
    note(json.dumps(fields))


def write(text: str) -> None:
    """Text of our own on stdout. Raises BakError when it cannot be written: the result is then lost."""
    try:
        click.echo(text)
        sys.stdout.flush()
    except OSError as error:
        # What is still buffered must not fail once more when Python shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise BakError(f"the result cannot be written: {error.strerror}", kind="output") from error


def unwritten(error: OSError) -> BakError | None:
    """What an error says of our output, as of click's own writing of a help text; None when it is of others.

    Whatever was opened or asked for by name is told with that name, and standard streams have none.
    """
    if error.errno not in _UNWRITTEN or error.filename is not None:
        return None
    return BakError(f"the output cannot be written: {error.strerror}", kind="output")


def document(command: str, fields: dict[str, Any]) -> None:
    """The result as one JSON document on stdout."""
    write(json.dumps({"schema": SCHEMA, "command": command, **fields}, indent=1, ensure_ascii=True))


def error_fields(error: BakError) -> dict[str, Any]:
    """An error as a program reads it."""
    return {
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint,
        "left": error.left,
        "exit_code": int(error.exit_code),
    }


def tell_error(error: BakError, *, as_json: bool) -> None:
    """One sentence, and what to try, on stderr; with `--json` a document on stdout and an event instead."""
    if not as_json:
        note(f"bak: {error.message}")
        for told in filter(None, (error.left, error.hint)):
            note(f"     {told}")
        return
    fields = error_fields(error)
    event({"event": "error", **fields})
    if error.kind != "output":
        write(json.dumps({"schema": SCHEMA, "error": fields}, indent=1, ensure_ascii=True))


_WIDEST = 100
"""Cells of a column: one key of a thousand bytes puts its own row out of line, not all the others."""


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()
) -> None:
    """Aligned columns on stdout; `right` are the numbers of right-aligned columns. Text is made safe here."""
    lines = [list(heads), *([visible(text) for text in row] for row in rows)]
    widths = [min(_WIDEST, max(map(cells, column))) for column in zip(*lines, strict=True)]
    for line in lines:
        padded_cells = [
            padded(text, width, is_right=index in right)
            for index, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        say("  ".join(padded_cells).rstrip())
