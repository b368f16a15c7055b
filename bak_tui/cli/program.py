"""The program `bak`: its commands, and the one place where errors become exit codes."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import cast

import click

from bak_tui import __version__
from bak_tui.cli import front_page, output
from bak_tui.cli.commands import OnDemand
from bak_tui.cli.interrupting import Interrupted, heed_signals
from bak_tui.core.errors import BakError, ExitCode, UsageError, defect, understood
from bak_tui.services.logs import keep_quiet, tell_crashes_safely
from bak_tui.services.own_process import collect_seldom, leave_no_core


class Commands(click.Group):
    """Its help is the front page."""

    def get_help(self, _ctx: click.Context) -> str:
        return front_page.page().rstrip("\n")


@click.group(
    cls=Commands,
    commands=cast("MutableMapping[str, click.Command]", OnDemand()),  # click only reads it
    context_settings={"help_option_names": ["--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", prog_name="bak", help=front_page.VERSION)
@click.option("-v", "--verbose", "--debug", is_flag=True, help=front_page.VERBOSE)
@click.pass_context
def bak(ctx: click.Context, *, verbose: bool) -> None:
    """`bak`, all of it."""
    ctx.meta["bak.verbose"] = verbose


def run() -> None:
    """Run `bak`; exit with the code of core.errors.ExitCode."""
    output.make_streams_safe()
    collect_seldom()
    leave_no_core()
    heed_signals()
    keep_quiet()
    tell_crashes_safely()
    as_json = "--json" in sys.argv[1:]
    try:
        code = bak.main(prog_name="bak", standalone_mode=False)
    except click.exceptions.Exit as asked:
        code = asked.exit_code
    except click.UsageError as error:
        if as_json:
            output.tell_error(UsageError(error.format_message()), as_json=True)
        else:
            output.show(error)
        code = ExitCode.USAGE
    except click.ClickException as error:
        output.show(error)
        code = error.exit_code
    except Interrupted as interrupted:  # it has said so itself
        code = interrupted.exit_code
    except (click.Abort, KeyboardInterrupt):
        output.note("bak: interrupted")
        code = ExitCode.INTERRUPTED
    except (BakError, MemoryError, RuntimeError) as error:  # behind click's own, which are RuntimeErrors, too
        told = understood(error)
        output.tell_error(told, as_json=as_json)
        code = told.exit_code
    except OSError as error:
        told = output.unwritten(error) or defect("bak", error)
        output.tell_error(told, as_json=as_json)
        code = told.exit_code
    sys.exit(int(code) if isinstance(code, int) else 0)
