"""What must hold after every fault, whatever the test itself expects.

Every listed backup is, byte for byte, what its manifest says; no secret stands in a manifest or in the state
folder; no child, no session of ours and no scratch database is left, no upload open; the deadline was kept.
`@pytest.mark.fault("R26", damages=True)` says that the fault itself is a damaged object, `leaves=True` that
the test ends with a leftover that `doctor` tells (and says so itself).
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bak_tui.core.manifest import parse_manifest
from bak_tui.core.profile import Server, Target
from bak_tui.services.s3 import Bucket
from tests.children import dumping_children
from tests.samples import databases_of, sessions_of
from tests.waiting import until

DEADLINE = 180.0
"""Seconds for one test; what a fault may take is the test's own expectation."""
_MANIFEST = ".manifest.json"
_SCRATCH = re.compile(r"__new_\d{8}T\d{6}Z")


class FalseSuccess(AssertionError):
    """Something is called done, or listed as a backup, and is not."""


@dataclass(frozen=True)
class Surroundings:
    """The servers a test was given, as they are behind any proxy."""

    server: Server | None
    target: Target | None

    @property
    def secrets(self) -> list[bytes]:
        """Every secret of these servers."""
        known = (self.server and self.server.password, self.target and self.target.secret_key)
        return [secret.reveal().encode() for secret in known if secret]


@pytest.fixture(autouse=True)
def after_every_fault(request: pytest.FixtureRequest) -> Iterator[None]:
    """Look around after a test that bears the number of a fault."""
    mark = request.node.get_closest_marker("fault")
    if mark is None:
        yield
        return
    around = _surroundings(request)
    before = databases_of(around.server) if around.server else set()
    started = time.monotonic()
    yield
    assert time.monotonic() - started < DEADLINE
    until(lambda: not dumping_children())
    site = request.node.funcargs.get("embedded") or request.node.funcargs.get("site")
    if site is not None:
        assert_no_secret(site.bak.home, around.secrets)
    if around.server is not None:
        assert_server_clean(around.server, before, leaves=mark.kwargs.get("leaves", False))
    if around.target is not None:
        bucket = Bucket.open(around.target)
        if not mark.kwargs.get("damages"):
            assert_listed_is_true(bucket, around.secrets)
        if not mark.kwargs.get("leaves"):
            assert bucket.open_uploads("") == ()


def _surroundings(request: pytest.FixtureRequest) -> Surroundings:
    named = request.fixturenames
    server = request.getfixturevalue("embedded_postgres").server if "embedded_postgres" in named else None
    target = request.getfixturevalue("bucket_target") if "bucket_target" in named else None
    return Surroundings(server, target)


def assert_server_clean(server: Server, before: set[str], *, leaves: bool) -> None:
    """No session of ours within ten seconds, and no scratch database that was not there before."""
    until(lambda: not sessions_of(server))
    if not leaves:
        assert not [name for name in databases_of(server) - before if _SCRATCH.search(name)]


def assert_no_secret(folder: Path, secrets: list[bytes]) -> None:
    """No file below the folder holds one of them."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            assert not any(secret in content for secret in secrets), f"a secret stands in {file}"


def assert_listed_is_true(bucket: Bucket, secrets: list[bytes]) -> None:
    """Every dump with a valid manifest is the very bytes it speaks of; FalseSuccess when one is not."""
    stored = {each.key: each for page in bucket.pages("") for each in page.objects}
    for key in stored:
        if not key.endswith(_MANIFEST) or key.removesuffix(_MANIFEST) not in stored:
            continue
        document = bucket.read(key, limit=64 << 20)
        assert not any(secret in document for secret in secrets), f"a secret stands in {key}"
        manifest = parse_manifest(document, key)
        data = bucket.read(key.removesuffix(_MANIFEST), limit=1 << 30)
        if (len(data), hashlib.sha256(data).hexdigest()) != (manifest.size, manifest.sha256):
            raise FalseSuccess(f"{key} is listed and is not what was written")
