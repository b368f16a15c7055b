"""`bak demo`."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import click

from bak_tui.cli import output
from bak_tui.core.errors import UsageError

_LOOK_SECONDS = 0.1


@click.command(
    "demo",
    # What follows COMMAND is its own, options included.
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("argv", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND...]")
@click.option("--empty", is_flag=True, help="Without the example databases.")
def command(argv: tuple[str, ...], *, empty: bool) -> None:
    """Start an embedded PostgreSQL with example databases and an S3 server, on this machine only.

    With COMMAND: run it there (`bak demo bak backup`), then stop. Without: print the environment to use, and
    wait for ctrl-C. Everything is gone afterwards.
    """
    from bak_tui.demo.embedded import Embedded
    from bak_tui.demo.seed import seed
    from bak_tui.demo.surroundings import leave_them_behind

    leave_them_behind()
    with _until_signalled() as stopped:
        output.note("bak: starting PostgreSQL and S3 for the demo …")
        with Embedded.start() as servers:
            if not empty:
                seed(servers.server)
            own = servers.folder
            environment = {
                **servers.environment(),
                "BAK_STATE_DIR": str(own / "state"),
                "BAK_CONFIG": str(own / "config.toml"),
            }
            if argv:
                code = _run(argv, environment, stopped)
                click.get_current_context().exit(code)
            _print(environment)
            stopped.wait()


def _print(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        output.say(f"export {name}={shlex.quote(value)}")
    output.note("bak: paste these lines into another terminal and try `bak backup`; ctrl-C ends the demo")


def _run(argv: tuple[str, ...], environment: dict[str, str], stopped: threading.Event) -> int:
    """Run a command against the demo; `bak` itself is found beside this Python.

    A ctrl-C reaches it by itself; any other signal to us ends it.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    try:
        with subprocess.Popen(argv, env={**os.environ, **environment, "PATH": path}) as process:
            while process.poll() is None:
                if stopped.wait(_LOOK_SECONDS):
                    process.terminate()
                    process.wait()
    except OSError as error:
        raise UsageError(f"{argv[0]} cannot be run: {error.strerror}") from error
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


class _until_signalled:  # noqa: N801  # reads as a sentence
    """SIGINT, SIGTERM and SIGHUP set an event, so that the servers are stopped in order."""

    def __enter__(self) -> threading.Event:
        event = threading.Event()
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._before = {number: signal.signal(number, lambda *_: event.set()) for number in numbers}
        return event

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
