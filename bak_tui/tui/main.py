"""The program `bak-tui`: its few options, and the demo behind `--demo`."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from bak_tui import __version__
from bak_tui.core.errors import BakError
from bak_tui.core.foreign import visible
from bak_tui.core.screen_settings import ScreenSettings
from bak_tui.services.logs import tell_crashes_safely
from bak_tui.services.own_process import collect_seldom, leave_no_core

if TYPE_CHECKING:
    from bak_tui.tui.session.begun import Begun


@click.command("bak-tui")
@click.version_option(__version__, "--version", prog_name="bak-tui")
@click.option(
    "--demo", is_flag=True, help="Try everything on a PostgreSQL and an S3 of your own, gone afterwards."
)
@click.option("--profile", help="Open this profile first.")
@click.option("--config", type=click.Path(dir_okay=False), help="The file of profiles.")
@click.option(
    "--theme", help="dark, light, high-contrast, 16-colours or no-colour; else what the terminal can do."
)
@click.option("--ascii/--no-ascii", "is_ascii", default=None, help="Draw in ASCII only, or with all glyphs.")
@click.option("--bell/--no-bell", "rings", default=None, help="Ring when a job ends and you look elsewhere.")
def command(
    *,
    demo: bool,
    profile: str | None,
    config: str | None,
    theme: str | None,
    is_ascii: bool | None,
    rings: bool | None,
) -> int:
    """Back up PostgreSQL to S3-compatible storage, and get it back: the interactive session."""
    from bak_tui.services.logs.session_file import keep_log
    from bak_tui.services.state_folder import state_folder
    from bak_tui.tui.app import BakApp
    from bak_tui.tui.look.terminal import look_for
    from bak_tui.tui.session.bounds import SessionBounds, session_of, wished

    if not demo:
        keep_log(state_folder(os.environ))
    said = wished(ScreenSettings(is_ascii, rings), config, is_demo=demo)
    session = SessionBounds(rings=said.rings is not False) if demo else session_of(os.environ, said)
    look = look_for(os.environ, said=theme, is_ascii=said.is_ascii, kept=session.place.theme)

    # Threads that parse long listings give way to the keys sooner than after Python's 5 ms.
    sys.setswitchinterval(0.001)
    collect_seldom()
    with ExitStack() as resources:

        def begin_demo() -> Begun:
            from bak_tui.demo.surroundings import leave_them_behind
            from bak_tui.tui.session import starting

            begun = starting.begin_demo(resources)
            leave_them_behind()  # not before it is sure that there will be a demo
            return begun

        def begin() -> Begun:
            from bak_tui.tui.session import starting  # nine tenths of the program: behind the first frame

            return starting.begin(resources, profile, config, session.place)

        first = begin_demo if demo else begin
        # Without a terminal there is no frame to paint, and what is refused is said on a clean stdout.
        begun = first if sys.stdout.isatty() else first()
        app = BakApp(begun, look=look, session=session, begin_demo=begin_demo)
        app.run()
        if app.refused is not None:
            raise app.refused
        return app.return_code or app.return_value or 0


def main() -> None:
    """Run `bak-tui`; exit with the code of core.errors.ExitCode."""
    leave_no_core()
    tell_crashes_safely()
    try:
        code = command.main(prog_name="bak-tui", standalone_mode=False)
    except BakError as error:
        click.echo(f"bak-tui: {error.message}", err=True)
        if error.hint:
            click.echo(f"         {error.hint}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        click.echo(f"bak-tui: {visible(error.format_message())}", err=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.stdout.flush()
    sys.exit(int(code or 0))
