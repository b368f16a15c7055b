"""What must hold after every fault, whatever the test itself expects.

Every listed backup is, byte for byte, what its manifest says; no secret stands in a manifest, in the state
folder or on the command line of any program that was started; no child, no session of ours and no scratch
database is left, no upload open; every database that was there before is; the deadline was kept.
`@pytest.mark.fault("R26", damages=True)` says that the fault itself is a damaged object, `leaves=True` that
the test ends with something left: what there is, `doctor` must tell.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from bak_tui.core.leftovers import LeftoverKind
from bak_tui.core.manifest import Manifest, parse_manifest
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.operations.bak import Bak
from bak_tui.services.s3 import Bucket
from tests.children import dumping_children
from tests.faults.false_success import FalseSuccess
from tests.samples import sessions_of
from tests.security.watching import Watch
from tests.servers.fixtures import open_connection
from tests.waiting import until

DEADLINE = 180.0
"""Seconds for one test; what a fault may take is the test's own expectation."""
_LOOK_EVERY = 0.05
"""Seconds between two looks at the command lines."""
_MANIFEST = ".manifest.json"
_SERVERS = ("mortal", "primary", "embedded_postgres")
"""The fixtures that are servers: such that tests may kill first, for that is where their work is done."""
_SCRATCH = re.compile(r"__new_\d{8}T\d{6}Z")
_OURS = re.compile(rb"python|/bak(-tui)?$")
"""A password that a test, as a user may, gave to `bak` itself is on our own command line."""


class _Runner(Protocol):
    home: Path


class _Site(Protocol):
    bak: _Runner


@dataclass(frozen=True)
class Surroundings:
    """The servers a test was given, as they are behind any proxy."""

    server: Server | None
    target: Target | None

    @classmethod
    def of(cls, request: pytest.FixtureRequest) -> Surroundings:
        named = request.fixturenames
        postgres = next((name for name in _SERVERS if name in named), None)
        server = request.getfixturevalue(postgres).server if postgres else None
        target = request.getfixturevalue("bucket_target") if "bucket_target" in named else None
        return cls(server, target)

    @property
    def secrets(self) -> list[bytes]:
        """Every secret of these servers."""
        known = (self.server and self.server.password, self.target and self.target.secret_key)
        return [secret.reveal().encode() for secret in known if secret]

    def databases(self) -> dict[str, int]:
        """By name, with what tells one from another that has its name."""
        if self.server is None:
            return {}
        with open_connection(self.server, "postgres") as connection:
            return dict(connection.execute("SELECT datname, oid FROM pg_database").fetchall())


@pytest.fixture(autouse=True)
def after_every_fault(request: pytest.FixtureRequest) -> Iterator[None]:
    """Look around after a test that bears the number of a fault."""
    mark = request.node.get_closest_marker("fault")
    if mark is None:
        yield
        return
    around = Surroundings.of(request)
    before = around.databases()
    started = time.monotonic()
    with Watch(os.getpid(), pause=_LOOK_EVERY) as watch:
        yield
        assert time.monotonic() - started < DEADLINE
        until(lambda: not dumping_children())
    assert_no_secret_in_argv(watch.command_lines, around.secrets)
    site: _Site | None = request.node.funcargs.get("embedded") or request.node.funcargs.get("site")
    if site is not None:
        assert_no_secret(site.bak.home, around.secrets)
    if around.server is not None:
        assert_server_clean(around, before, leaves=mark.kwargs.get("leaves", False))
    if around.target is not None:
        bucket = Bucket.open(around.target)
        if not mark.kwargs.get("damages"):
            assert_listed_is_true(bucket, around.secrets)
        if not mark.kwargs.get("leaves"):
            assert bucket.open_uploads("") == ()
        elif around.server is not None:
            assert_doctor_tells(around.server, around.target, bucket)


def assert_server_clean(around: Surroundings, before: dict[str, int], *, leaves: bool) -> None:
    """No session of ours within ten seconds, every database there that was, and no new scratch database."""
    server = around.server
    assert server is not None
    until(lambda: not sessions_of(server))
    after = around.databases()
    assert {name: after.get(name) for name in before} == before
    if not leaves:
        assert not [name for name in after.keys() - before.keys() if _SCRATCH.search(name)]


def assert_doctor_tells(server: Server, target: Target, bucket: Bucket) -> None:
    """Even to somebody who has no journal: every open upload by its key."""
    with Bak.open() as bak:
        told = bak.house.find(Profile("oracle", server, target), lists_objects=True)
    assert told.errors == ()
    uploads = {left.name for left in told.found if left.kind is LeftoverKind.UPLOAD}
    assert {upload.key for upload in bucket.open_uploads("")} <= uploads


def assert_no_secret_in_argv(command_lines: set[bytes], secrets: list[bytes]) -> None:
    """Of those whose programs we start, not of our own."""
    for line in command_lines:
        if not _OURS.search(line.split(b"\0")[0]):
            assert not any(secret in line for secret in secrets), "a secret stands on a command line"


def assert_no_secret(folder: Path, secrets: list[bytes]) -> None:
    """No file below the folder holds one of them."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            assert not any(secret in content for secret in secrets), f"a secret stands in {file}"


def assert_listed_is_true(bucket: Bucket, secrets: list[bytes]) -> None:
    """Every dump with a valid manifest is the very bytes it speaks of; FalseSuccess when one is not."""
    stored = {each.key for page in bucket.pages("") for each in page.objects}
    for key in stored:
        path = key.removesuffix(_MANIFEST)
        is_there = path in stored or any(other.startswith(f"{path}/") for other in stored)
        if path == key or not is_there:
            continue
        document = bucket.read(key, limit=64 << 20)
        assert not any(secret in document for secret in secrets), f"a secret stands in {key}"
        manifest = parse_manifest(document, key)
        for name, expected in _written(path, manifest).items():
            data = bucket.read(name, limit=1 << 30)
            if (len(data), hashlib.sha256(data).hexdigest()) != expected:
                raise FalseSuccess(f"{key} is listed, and {name} is not what was written")


def _written(path: str, manifest: Manifest) -> dict[str, tuple[int, str]]:
    """Size and hash of every object that a manifest speaks of."""
    if manifest.files:
        return {f"{path}/{file.name}": (file.size, file.sha256) for file in manifest.files}
    return {path: (manifest.size, manifest.sha256)}
