"""Where backups are proven: on the profile's own server, or on throw-away servers of this machine.

A throw-away server is started when the first backup of its major needs it, and is gone with the run. Roles a
backup names are made there, so that owners, grants and policies are proven, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.journal import SpoolTrace
from bak_tui.core.profile import Profile, Server
from bak_tui.operations.permission import refuse_read_only
from bak_tui.operations.ports import Collaborators, Journal, StartServer
from bak_tui.operations.restore.sources import DumpSource
from bak_tui.operations.restore.targets import require_createdb
from bak_tui.services.throwaway import ThrowawayFolder


@dataclass(frozen=True, slots=True)
class Stage:
    """A server on which backups are proven."""

    server: Server
    name: str
    """In words."""
    major: int


StageFor = Callable[[DumpSource], Stage]


@contextmanager
def own_stage(collaborators: Collaborators, profile: Profile) -> Iterator[StageFor]:
    """The profile's server. Raises what stands against a scratch database on it."""
    server = profile.server
    refuse_read_only(server)
    instance = collaborators.postgres(server, "bak")
    require_createdb(instance, "prove on a server of this machine with --local")
    stage = Stage(server, str(server), instance.identity().major)
    yield lambda _dump: stage


@contextmanager
def local_stages(collaborators: Collaborators, start: StartServer) -> Iterator[StageFor]:
    """Throw-away servers. Each backup gets one of its own server's major, else of the nearest newer."""
    started: dict[Path, Stage] = {}
    lock = threading.Lock()
    with ExitStack() as servers:

        def stage_for(dump: DumpSource) -> Stage:
            tools = collaborators.tools.for_cluster(_major_of(dump))
            with lock:
                if tools.folder not in started:
                    folder = _private_folder(servers, collaborators.journal)
                    server = servers.enter_context(start(tools.folder, folder=folder)).server
                    name = f"a throw-away PostgreSQL {tools.version}"
                    started[tools.folder] = Stage(server, name, tools.major)
                stage = started[tools.folder]
                collaborators.postgres(stage.server, "bak").create_roles(_roles_of(dump))
            return stage

        yield stage_for


def _private_folder(servers: ExitStack, journal: Journal) -> ThrowawayFolder:
    """Where a throw-away server lives, in the journal until it is gone."""
    folder = ThrowawayFolder.create()
    servers.enter_context(journal.entry(SpoolTrace(folder.path.as_uri())))
    return servers.enter_context(folder)


def _major_of(dump: DumpSource) -> int:
    """The major of the server it was taken from; of its pg_dump where that is all that is known."""
    if dump.manifest is not None:
        return dump.manifest.server.version_num // 10_000
    return (dump.head.innermost.pg_dump_major if dump.head else None) or 0


def _roles_of(dump: DumpSource) -> tuple[str, ...]:
    requirements = dump.manifest.requirements if dump.manifest else None
    return tuple(requirements.roles or ()) if requirements else ()
