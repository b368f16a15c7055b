"""A throw-away S3 server on 127.0.0.1: `rclone serve s3` over a private folder, one folder a bucket."""

from __future__ import annotations

import secrets
import time
from contextlib import ExitStack

from bak_tui.core.profile import Addressing, Target
from bak_tui.core.secret import Secret
from bak_tui.demo import rclone
from bak_tui.demo.rclone import Certificate
from bak_tui.services.throwaway.folder import ThrowawayFolder
from bak_tui.services.throwaway.process import Child
from bak_tui.services.throwaway.server import ThrowawayServer

REGION = "us-east-1"
_START_PATIENCE = 30.0


class EmbeddedS3(ThrowawayServer):
    """A running server with one random key pair.

    Not a model of every S3: no versioning, `If-None-Match` ignored, multipart uploads held in memory.
    """

    def __init__(self, folder: ThrowawayFolder, certificate: Certificate | None) -> None:
        super().__init__()
        self._folder = folder
        self._certificate = certificate
        self._room = folder.room("s3")
        self._keys = rclone.Keys(secrets.token_hex(10), Secret(secrets.token_urlsafe(30)))
        self._addresses: rclone.Addresses | None = None
        self.root = self._room / "buckets"
        """The buckets' folders: what lies here is what is stored. Call `refresh()` after changing it."""

    @classmethod
    def start(
        cls, *, certificate: Certificate | None = None, folder: ThrowawayFolder | None = None
    ) -> EmbeddedS3:
        """Start one in `folder` (else in a folder of its own); over TLS when there is a certificate."""
        with ExitStack() as resources:
            folder = folder or resources.enter_context(ThrowawayFolder.create())
            store = cls(folder, certificate)
            store.root.mkdir()
            resources.callback(store.stop)
            store.resume()
            store._resources = resources.pop_all()
        return store

    @property
    def access_key(self) -> str:
        return self._keys.access_key

    @property
    def secret_key(self) -> Secret:
        return self._keys.secret_key

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:port`; the same after `stop()` and `resume()`."""
        return self._addresses.s3 if self._addresses else ""

    def create_bucket(self, name: str) -> Target:
        """Make a bucket; that it exists already is fine."""
        (self.root / name).mkdir(exist_ok=True)
        self.refresh()
        return self.target(name)

    def refresh(self) -> None:
        """Let it look at `root` anew, after somebody changed files there behind its back."""
        if self._child and self._addresses:
            rclone.read_folders_again(self._addresses.control, self._keys)

    def slow_down(self, bytes_a_second: int) -> None:
        """Move no more than that from now on, as a bucket behind a line does."""
        if self._child and self._addresses:
            rclone.limit_bandwidth(self._addresses.control, self._keys, bytes_a_second)

    def target(self, bucket: str, prefix: str = "") -> Target:
        """How to reach a bucket here."""
        authority = self._certificate.authority if self._certificate else None
        return Target(
            bucket=bucket,
            prefix=prefix,
            endpoint=self.endpoint,
            region=REGION,
            access_key=self.access_key,
            secret_key=self.secret_key,
            addressing=Addressing.PATH,
            ca_bundle=str(authority) if authority else None,
        )

    def resume(self) -> None:
        """Start the stopped server: first on a port of the kernel's choice, later on the same one."""
        address = self.endpoint.partition("//")[2] or "127.0.0.1:0"
        log = self._room / "rclone.log"
        log.write_bytes(b"")
        command = rclone.command(self.root, self._room, address, self._certificate)
        environment = rclone.environment(self._room, self._keys)
        self._child = child = Child(self._folder, command, log=log, environment=environment, cwd=self._room)
        deadline = time.monotonic() + _START_PATIENCE
        while child.is_running and time.monotonic() < deadline:
            if found := rclone.addresses(child.output()):
                self._addresses = found
                return
            child.wait(0.02)
        self.stop()
        raise child.failure("the embedded S3 server did not start")
