"""A `bak` of its own that is killed: `python -m tests.killed VERB WHEN DATABASE [FOLDER]`.

WHEN is a named step, `request:N` (before the Nth request to S3 is sent) or `never` (somebody else does it).
Server and bucket come from the environment, as `bak` itself takes them. kill -9 tidies nothing: what a
later run finds is all that is left. The shipped program has no such switch.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.levels import Level
from bak_tui.core.plan import Mode
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.delete import DeleteOptions
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.checkpoint import Checkpoint, Step
from bak_tui.operations.ports import DEFAULT_LIMITS
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.restore.undo import UndoOptions
from bak_tui.operations.transfer.download import DownloadOptions
from bak_tui.operations.wiring import real_services
from bak_tui.services.jobs import JobEngine
from bak_tui.services.s3 import Bucket
from bak_tui.services.state_folder import state_folder

UPLOADED = "uploaded/"
"""Below this prefix `upload` sends."""
STREAMED = BackupOptions(part_size=5 * 1024 * 1024, compression="none")
SPOOLED = replace(STREAMED, format=FormatWish.DIRECTORY, jobs=2)


def killing(at: Step) -> Checkpoint:
    def kill(step: Step, _subject: str, /) -> None:
        if step is at:
            os.kill(os.getpid(), signal.SIGKILL)

    return kill


def killing_store(number: int) -> Callable[[Target], Bucket]:
    """Buckets whose Nth request, of all of them together, is never sent."""
    requests = itertools.count(1)

    def kill(**_: object) -> None:
        if next(requests) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def open_bucket(target: Target) -> Bucket:
        bucket = Bucket.open(target)
        bucket._connection.client.meta.events.register("before-send.s3", kill)
        return bucket

    return open_bucket


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


@dataclass
class Deed:
    """What is being done when it is killed."""

    bak: Bak
    at: Profile
    database: str
    folder: Path

    @property
    def dumps(self) -> list[StoredDump]:
        """Of that database, newest first."""
        found = self.bak.catalogue(self.at.target).inventory().dumps
        return [dump for dump in found if dump.database == self.database]

    def backup(self) -> None:
        self.bak.backup(self.at, Selection((self.database,)), STREAMED).result()

    def parallel(self) -> None:
        self.bak.backup(self.at, Selection((self.database,)), SPOOLED).result()

    def restore(self) -> None:
        self._restore(RestoreOptions(into=f"{self.database}_back"))

    def swap(self) -> None:
        name = self.database
        self._restore(RestoreOptions(into=name, over=Mode.SWAP, confirmed={name}, terminates=True))

    def clean(self) -> None:
        name = self.database
        self._restore(RestoreOptions(into=name, over=Mode.CLEAN, confirmed={name}))

    def _restore(self, how: RestoreOptions) -> None:
        sources = self.bak.catalogue(self.at.target).sources(self.dumps[:1])
        self.bak.restore(self.at.server, sources, how).result()

    def undo(self) -> None:
        self.bak.undo(self.at.server, self.database, UndoOptions(confirmed={self.database})).result()

    def upload(self) -> None:
        target = replace(self.at.target, prefix=UPLOADED)
        self.bak.upload(target, self.folder / "dumps", Selection((self.database,)), 1).result()

    def download(self) -> None:
        how = DownloadOptions(self.folder / "fetched", overwrites=True)
        self.bak.download(self.at.target, self.dumps[:1], how).result()

    def verify(self) -> None:
        self.bak.verify(self.at, self.dumps[:1], VerifyOptions(Level.DECODE)).result()

    def prove(self) -> None:
        self.bak.prove(self.at, self.dumps[:1], ProveOptions()).result()

    def trial(self) -> None:
        self.bak.profiles.test(self.at)

    def delete(self) -> None:
        self.bak.delete(self.at, self.dumps[:1], DeleteOptions({self.at.name})).result()


def main(verb: str, when: str, database: str, folder: str = ".") -> None:
    services = real_services(os.environ["BAK_PG_BINDIR"], DEFAULT_LIMITS, None, state_folder(os.environ))
    kind, _, number = when.partition(":")
    if kind == "request":
        services = replace(services, store=killing_store(int(number)))
    elif kind != "never":
        services = replace(services, checkpoint=killing(Step(when)))
    deed = Deed(Bak(services, JobEngine()), profile(), database, Path(folder))
    if when == "never":
        print("begins", flush=True)  # noqa: T201
    getattr(deed, verb)()


if __name__ == "__main__":
    main(*sys.argv[1:])
