"""A `bak` of its own that is killed: `python -m tests.killed VERB WHEN DATABASE [FOLDER]`; without arguments
such lines (with tabs) are read from stdin, and each is done in a process forked for it.

WHEN is a named step; `request:N`, before the Nth request to S3 is sent; `change:N`, before the Nth request or
statement that changes anything, in the bucket or on the server, is sent; `disk:N`, before the Nth change of a
name on a disk of this machine; or `never` (somebody else does it).
What is asked before the verb begins does not count. Server and bucket come from the environment, as `bak`
itself takes them. kill -9 tidies nothing: what a later run finds is all that is left. The shipped program has
no such switch. Exits 1 when the verb was not killed and did not end well.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from psycopg import Cursor, Transaction, sql
from psycopg.abc import Params

from bak_tui.core.errors import ExitCode
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret
from bak_tui.operations.bak import Bak
from bak_tui.operations.checkpoint import Checkpoint, Step
from bak_tui.operations.ports import DEFAULT_LIMITS
from bak_tui.operations.wiring import real_history, real_services
from bak_tui.services.jobs import Job, JobEngine
from bak_tui.services.postgres import bounded
from bak_tui.services.s3 import Bucket
from bak_tui.services.state_folder import state_folder
from tests import disk_changes
from tests.deeds import Deed

LOOKS = frozenset({"GET", "HEAD"})
"""Requests that change nothing."""
QUESTIONS = ("SELECT", "WITH", "SET", "BEGIN", "LOCK")
"""How statements begin that change nothing which outlives their session."""


@dataclass
class Trigger:
    """Kills this process when it is pulled for the Nth time after it was armed."""

    number: int
    is_armed: bool = False
    _pulls: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def pull(self, **_: object) -> None:
        if self.is_armed and next(self._pulls) == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


def killing(at: Step) -> Checkpoint:
    def kill(step: Step, _subject: str, /) -> None:
        if step is at:
            os.kill(os.getpid(), signal.SIGKILL)

    return kill


def killing_store(trigger: Trigger, *, at_looks: bool) -> Callable[[Target], Bucket]:
    """Buckets, each of whose requests pulls the trigger before it is sent; all, or those that change much."""

    def pull(*, request: Any, **_: object) -> None:
        if at_looks or request.method not in LOOKS:
            trigger.pull()

    def open_bucket(target: Target) -> Bucket:
        bucket = Bucket.open(target)
        bucket._connection.client.meta.events.register("before-send.s3", pull)
        return bucket

    return open_bucket


def kill_at_statements(trigger: Trigger) -> None:
    """From now on every session pulls the trigger before a statement, or a COMMIT, that changes anything."""

    class KillingConnection(bounded.BoundedConnection):
        def execute(self, query: Any, params: Params | None = None, **how: Any) -> Cursor[tuple[Any, ...]]:
            text = query.as_string(self) if isinstance(query, sql.Composable) else query
            text = text.decode() if isinstance(text, bytes) else str(text)
            if not text.strip().upper().startswith(QUESTIONS):
                trigger.pull()
            return super().execute(query, params, **how)

        @contextmanager
        def transaction(
            self, savepoint_name: str | None = None, force_rollback: bool = False
        ) -> Iterator[Transaction]:
            with super().transaction(savepoint_name, force_rollback) as transaction:
                yield transaction
                trigger.pull()

    setattr(bounded, "BoundedConnection", KillingConnection)  # noqa: B010  # mypy lets no class be assigned


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


def main(verb: str, when: str, database: str, folder: str = ".") -> None:
    state = state_folder(os.environ)
    services = real_services(os.environ["BAK_PG_BINDIR"], DEFAULT_LIMITS, None, state)
    kind, _, number = when.partition(":")
    trigger = Trigger(int(number or 0))
    if kind == "disk":
        disk_changes.watch(trigger.pull)
    elif number:
        services = replace(services, store=killing_store(trigger, at_looks=kind == "request"))
        if kind == "change":
            kill_at_statements(trigger)
    elif kind != "never":
        services = replace(services, checkpoint=killing(Step(when)))
    history = real_history(state)
    deed = Deed(
        Bak(services, JobEngine(recorder=history), history), profile(), database, Path(folder).absolute()
    )
    begin = getattr(deed, verb)()
    tempfile.gettempdir()  # Python tries it with a file of its own, and who is killed then leaves that
    trigger.is_armed = True
    print("begins", flush=True)  # noqa: T201
    job = begin()
    if isinstance(job, Job):
        report = job.result()
        failures = [(outcome.subject, outcome.error) for outcome in report.outcomes if outcome.error]
        assert report.exit_code is ExitCode.DONE, (failures, report)


def serve() -> None:
    """Tells of each process that it `began`, with its number, and that it `ended`, and how."""
    import boto3  # noqa: F401  # what each would have to import, at twice the price of what it does

    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                main(*line.rstrip("\n").split("\t"))
                code = 0
            finally:
                if code:
                    traceback.print_exc()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        print(f"began {pid}", flush=True)  # noqa: T201
        _, status = os.waitpid(pid, 0)
        print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:]) if sys.argv[1:] else serve()
