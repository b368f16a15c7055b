"""What the journal says: which process began something that a killed run would leave behind, and where.

An entry is written before the thing exists and goes when the thing is finished or taken back; one that stays
is how a later run finds what it has to clean up, and proves that it may. No secret is ever in it. Scratch
databases are in it only until they bear their mark, which every machine can read. What is not ours to take
back, a database of the user's that was being filled, is in it to be told.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from bak_tui.core.errors import FileProblem
from bak_tui.core.moments import Moment


@dataclass(frozen=True, slots=True)
class Process:
    """One process, told apart from every later one that gets its number."""

    pid: int
    started: str
    """When, as its system tells it; only to be compared."""
    host: str
    boot: str
    """Of the system it runs on; another one after a restart. Empty where the system tells none."""
    namespace: str
    """In which its number means something: containers of one machine have one each. Empty without them."""


@dataclass(frozen=True, slots=True)
class UploadTrace:
    """An object on its way into a bucket: at first an open upload, then data, then data with a manifest."""

    endpoint: str
    """The URL that requests go to, without user and password."""
    bucket: str
    key: str
    token: str
    """Random; sent as the object's metadata."""
    upload_id: str | None = None
    """None until S3 has given one, and when one request is enough."""
    wants_manifest: bool = True
    """Whether it is a backup, that is nothing without its manifest."""
    is_directory: bool = False
    """Whether it is a folder of objects, each with an entry of its own while it is an open upload."""
    is_trial: bool = False
    """Whether it is written to see whether it can be, and nobody's as soon as that is seen."""
    has_lost_answer: bool = False
    """Whether S3's answer to the beginning of an upload was lost: there may be others than `upload_id`, whose
    ids nobody knows."""
    kind: Literal["upload"] = "upload"


@dataclass(frozen=True, slots=True)
class FileTrace:
    """A file, or a folder of some, in the making: until it is whole its name begins as its own will and ends
    `.partial`."""

    uri: str
    """`file:///…`: a path may hold bytes that no text can."""
    kind: Literal["file"] = "file"


@dataclass(frozen=True, slots=True)
class SpoolTrace:
    """A folder for copies of dumps that are being restored or proven, or of a throw-away server."""

    uri: str
    kind: Literal["spool"] = "spool"


@dataclass(frozen=True, slots=True)
class DatabaseTrace:
    """A scratch database that bears no mark yet: making one takes a while, and the mark comes after."""

    server: str
    """`host:port`, as the session says."""
    name: str
    kind: Literal["database"] = "database"


@dataclass(frozen=True, slots=True)
class FillTrace:
    """A database of the user's that was empty, and into which a dump is being loaded."""

    server: str
    """`host:port`, as the session says."""
    name: str
    kind: Literal["fill"] = "fill"


Trace = UploadTrace | FileTrace | SpoolTrace | DatabaseTrace | FillTrace


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing, and whose it is."""

    id: str
    job: str
    """`bak-<8 hex>`, the application name of its sessions; empty where there are none."""
    process: Process
    at: Moment
    """When it was written: just before the thing came to be."""
    trace: Annotated[Trace, Field(discriminator="kind")]
    is_abandoned: bool = False
    """Its process could not take the thing back and has turned away from it."""

    def to_json(self) -> bytes:
        return json.dumps({"schema": 1, **asdict(self)}, default=datetime.isoformat).encode()

    @property
    def whose(self) -> str:
        """`process 4711 on db1`, for people."""
        job = f"{self.job}, " if self.job else ""
        return f"{job}process {self.process.pid} on {self.process.host}"


def without_user(url: str) -> str:
    """An endpoint without the user and password that somebody may have written into it."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return scheme + separator + authority.rpartition("@")[2] + slash + path


_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


def parse_entry(body: bytes, where: str) -> Entry:
    """Raises FileProblem for what is no entry, or one of a later program."""
    try:
        fields = json.loads(body)
        if not isinstance(fields, dict) or fields.pop("schema", None) != 1:
            raise FileProblem(f"{where} is no journal entry of this program", kind="damaged")
        return _ENTRY.validate_python(fields)
    except (ValueError, ValidationError, RecursionError) as error:
        raise FileProblem(f"{where} cannot be read: {type(error).__name__}", kind="damaged") from error


class Life(StrEnum):
    """What is known of the process that began something."""

    ALIVE = "alive"
    DEAD = "dead"
    """It has ended, or has turned away from the thing."""
    UNKNOWN = "unknown"
    """It ran on another machine, or where its number cannot be looked up."""


def life_of(process: Process, here: Process, started: str | None) -> Life:
    """Whether a process lives. `here` is the one that asks; `started` when the process that bears the number
    now, on this machine, was started; None when none does.
    """
    if (process.boot, process.namespace) == (here.boot, here.namespace) and (
        process.boot or process.host == here.host
    ):
        return Life.ALIVE if started is not None and started == process.started else Life.DEAD
    if process.host == here.host and process.boot != here.boot:
        return Life.DEAD  # this machine was restarted since
    return Life.UNKNOWN
