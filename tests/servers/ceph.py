"""A Ceph cluster of one node with its RADOS gateway, by `ceph-rgw.sh`."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bak_tui.core.profile import Addressing, Target
from bak_tui.core.secret import Secret
from bak_tui.services.throwaway.folder import ThrowawayFolder
from bak_tui.services.throwaway.leftovers import RECORDS
from bak_tui.services.throwaway.process import Child

_SCRIPT = Path(__file__).with_name("ceph-rgw.sh")
_DAEMONS = ("radosgw", "ceph-mon", "ceph-osd")
_TOOLS = ("radosgw-admin", "ceph", "ceph-authtool", "monmaptool", "curl")
_REGION = "us-east-1"
_PATIENCE = 300.0
_ACTIONS = (
    *("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:GetObject"),
    *("s3:DeleteObject", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
)


def ceph_missing() -> str:
    """Why Ceph cannot be started here; empty when it can."""
    missing = [program for program in (*_DAEMONS, *_TOOLS) if shutil.which(program) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    return "" if os.geteuid() == 0 else "Ceph's daemons are started as root only"


class Ceph:
    """A running gateway with one user. Its folder goes with it."""

    def __init__(self, folder: ThrowawayFolder) -> None:
        self._folder = folder
        self.access_key = secrets.token_hex(10)
        self.secret_key = Secret(secrets.token_hex(20))
        self.port, self._monitor_port = _free_ports()

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[Ceph]:
        """A cluster while inside: it takes half a minute to a minute to start."""
        with ThrowawayFolder.create() as folder:
            ceph = cls(folder)
            try:
                ceph._run("start")
                yield ceph
            finally:
                ceph._run("stop")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def folder(self) -> Path:
        """Where the cluster lives: its logs are in `log`."""
        return self._folder.path / "ceph"

    def version(self) -> str:
        """As Ceph says it."""
        answer = subprocess.run(["ceph", "--version"], capture_output=True, text=True, check=True)
        return answer.stdout.strip()

    def create_bucket(self, name: str) -> Target:
        """Make a bucket, through S3: here it is no folder."""
        self._client().create_bucket(Bucket=name)
        return self.target(name)

    def create_versioned(self, name: str, *, locks: bool) -> Target:
        """Make a bucket that keeps every version; with `locks` each for a day, whoever wants it gone."""
        client = self._client()
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locks)
        if locks:
            rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
            lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
            client.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
        else:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return self.target(name)

    def allow(self, bucket: str, *actions: str) -> Target:
        """How another user reaches a bucket, who may do only this, by a policy: `s3:PutObject` …

        What is left is denied: the owner of an object, who is whoever wrote it, could read it here.
        """
        name, secret = f"bak{secrets.token_hex(4)}", Secret(secrets.token_hex(20))
        keys = [f"--access-key={name}", f"--secret-key={secret.reveal()}"]
        conf = ["-c", str(self.folder / "ceph.conf"), "-n", "client.rgw"]
        who = [f"--uid={name}", f"--display-name={name}", *keys]
        subprocess.run(["radosgw-admin", *conf, "user", "create", *who], capture_output=True, check=True)
        places = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        principal = {"AWS": [f"arn:aws:iam:::user/{name}"]}
        denied = [action for action in _ACTIONS if action not in actions]
        statements = [
            {"Effect": effect, "Principal": principal, "Action": each, "Resource": places}
            for effect, each in (("Allow", list(actions)), ("Deny", denied))
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self._client().put_bucket_policy(Bucket=bucket, Policy=policy)
        return replace(self.target(bucket), access_key=name, secret_key=secret)

    def _client(self) -> Any:
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=_REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key.reveal(),
        )

    def target(self, bucket: str, prefix: str = "") -> Target:
        """How to reach a bucket here."""
        return Target(
            bucket=bucket,
            prefix=prefix,
            endpoint=self.endpoint,
            region=_REGION,
            access_key=self.access_key,
            secret_key=self.secret_key,
            addressing=Addressing.PATH,
        )

    def _run(self, verb: str) -> None:
        """Run the script to its end; its daemons stay, and note themselves for whoever clears up after us."""
        script = Child(
            self._folder,
            ["bash", _SCRIPT, verb, self.folder],
            log=self._folder.path / f"ceph-{verb}.log",
            environment={
                "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin",
                "LC_ALL": "C",
                "RGW_PORT": str(self.port),
                "MON_PORT": str(self._monitor_port),
                "RGW_ACCESS_KEY": self.access_key,
                "RGW_SECRET_KEY": self.secret_key.reveal(),
                "BLOCK_SIZE": os.environ.get("BAK_TEST_CEPH_BLOCK_SIZE", "10G"),
                "RECORDS": str(self._folder.path / RECORDS),
            },
        )
        code = script.wait(_PATIENCE)
        script.stop(signal.SIGKILL, 5)
        if code != 0:
            raise script.failure(f"ceph-rgw.sh {verb} ended with {code}")


def _free_ports() -> tuple[int, int]:
    """Two different ports, both free a moment ago."""
    with socket.socket() as first, socket.socket() as second:
        for probe in (first, second):
            probe.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])
