"""`bak prove`."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import click

from bak_tui.cli import choosing, options
from bak_tui.cli.restore_options import as_superuser_option
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.consent import Consent


@click.command("prove")
@choosing.choice_options
@options.server_options
@options.target_options
@click.option("--jobs", "-j", type=click.IntRange(1, 64), help="Workers within one database (default: cores)")
@click.option("--local", "is_local", is_flag=True, help="On a throw-away server of this machine.")
@as_superuser_option
@options.parallel_default("1")
@options.tools_option
@options.profile_options
@options.to_option
@options.manner_options
@pass_session
def command(
    session: Session, /, *, jobs: int | None, is_local: bool, parallel: int | None, **said: Any
) -> None:
    """Prove backups: each is restored into a scratch database, compared with its manifest, and dropped.

    It happens on the profile's server (or --to another's), one at a time unless --parallel says more; or with
    --local on a throw-away server of the same major, if this machine has its programs. Nothing is left
    afterwards. Of a dump without a manifest it is told what could not be compared, and code that it brings is
    run by a superuser (as --local is one, and what it runs is run as you) only with --as-superuser. The
    result is kept beside a dump in the bucket. Exits with 6 when a count differs (3: of one of several).

    KEY is s3://bucket/key, a key below the prefix, or a local file or directory-format folder.
    """
    choice = choosing.Choice(**said)
    with session.bak(needs_server=not is_local) as bak:
        from bak_tui.operations.proof.prove import ProveOptions

        here = choice.local(session, bak)
        dumps = here or choice.dumps(session, bak)
        cores = os.cpu_count() or 1
        width = min(parallel or 1, len(dumps))
        consent = Consent(is_general=bool(session.said.get("as_superuser")))
        how = ProveOptions(width, jobs or max(1, cores // width), is_local, consent)
        profile = session.settings.profile if here else session.bucket_profile
        profile = profile if is_local else replace(profile, given_server=session.server)
        session.finish(bak, bak.prove(profile, dumps, how), "prove")
