"""A `bak` of its own that is killed at a named step: `python -m tests.killed VERB STEP DATABASE`.

Server and bucket come from the environment, as `bak` itself takes them. kill -9 tidies nothing: what a
later run finds is all that is left. The shipped program has no such switch.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace

from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.checkpoint import Checkpoint, Step
from bak_tui.operations.ports import DEFAULT_LIMITS
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.wiring import real_services
from bak_tui.services.history import state_folder
from bak_tui.services.jobs import JobEngine


def killing(at: Step) -> Checkpoint:
    def kill(step: Step, _subject: str, /) -> None:
        if step is at:
            os.kill(os.getpid(), signal.SIGKILL)

    return kill


def profile() -> Profile:
    env = os.environ
    server = Server(
        host=env["PGHOST"], port=env["PGPORT"], user=env["PGUSER"], password=Secret(env["PGPASSWORD"])
    )
    target = Target(
        env["BAK_BUCKET"],
        endpoint=env["AWS_ENDPOINT_URL_S3"],
        access_key=env["AWS_ACCESS_KEY_ID"],
        secret_key=Secret(env["AWS_SECRET_ACCESS_KEY"]),
    )
    return Profile("killed", server, target)


def main(verb: str, step: str, database: str) -> None:
    services = real_services(os.environ["BAK_PG_BINDIR"], DEFAULT_LIMITS, None, state_folder(os.environ))
    bak = Bak(replace(services, checkpoint=killing(Step(step))), JobEngine())
    at = profile()
    if verb == "backup":
        how = BackupOptions(part_size=5 * 1024 * 1024, compression="none")
        bak.backup(at, Selection((database,)), how).result()
    else:
        catalogue = bak.catalogue(at.target)
        dumps = catalogue.sources(catalogue.inventory().dumps)
        bak.restore(at.server, dumps, RestoreOptions(into=f"{database}_back")).result()


if __name__ == "__main__":
    main(*sys.argv[1:])
