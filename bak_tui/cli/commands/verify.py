"""`bak verify`."""

from __future__ import annotations

import os
from typing import Any

import click

from bak_tui.cli import choosing, options
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.levels import AT_ONCE, Level


@click.command("verify")
@choosing.choice_options
@click.option(
    "--level",
    type=click.IntRange(Level.MANIFEST, Level.DECODE),
    default=int(Level.BYTES),
    show_default=True,
    help="1: manifest, size and ETag; 2: every byte read and hashed; 3: and decoded by pg_restore.",
)
@options.target_options
@options.parallel_default(f"one a core, {AT_ONCE} at most")
@options.tools_option
@options.profile_options
@options.manner_options
@pass_session
def command(session: Session, /, *, level: int, parallel: int | None, **said: Any) -> None:
    """Verify backups in the bucket, streaming: nothing is stored on this machine.

    KEY is s3://bucket/key, a key below the prefix, or a local file or directory-format folder.

    Level 2 is the default because it is the least that proves anything of the bytes: what a store has lost or
    flipped since shows in no listing, and level 1 reads none of them. Level 3 costs the decoding, and also
    finds an archive that was bad from the start. A dump without a manifest can only be decoded (from level 2
    on), and that is said.

    The result is kept beside a dump in the bucket, and shown by dumps, show and status. Exits with 6 when the
    dump is bad, with 3 when one of several is.
    """
    choice = choosing.Choice(**said)
    with session.bak() as bak:
        from bak_tui.operations.proof.verify import VerifyOptions

        width = parallel or min(os.cpu_count() or 1, AT_ONCE)
        how = VerifyOptions(Level(level), width)
        if here := choice.local(session, bak):
            job = bak.verify(session.settings.profile, here, how)
        else:
            job = bak.verify(session.bucket_profile, choice.dumps(session, bak), how)
        session.finish(bak, job, "verify")
