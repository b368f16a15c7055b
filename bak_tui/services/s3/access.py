"""How S3 is reached: a session of botocore's and its one client, made once for all who reach it alike.

Each takes a tenth of a second of processor and 13 MB to make, most of it botocore's description of S3; and
who looks at a bucket for hours asks for it hundreds of times.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bak_tui.core.profile import Target
from bak_tui.services.s3.client import create_client
from bak_tui.services.s3.options import S3Options
from bak_tui.services.s3.session import open_session

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KEPT = 4
_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}


class Access:
    """One way to reach S3. Safe to use from several threads."""

    def __init__(self, target: Target, options: S3Options) -> None:
        """Raises UsageError for an AWS profile that does not exist. Makes no request."""
        self.session = open_session(target)
        self._target = target
        self._options = options
        self._client: S3Client | None = None
        self._making = threading.Lock()

    @property
    def client(self) -> S3Client:
        """Made at the first use, because the credential chain may have to ask the network."""
        with self._making:
            if self._client is None:
                self._client = create_client(self.session, self._target, self._options)
            return self._client


class Accesses:
    """The last few ways that S3 was reached. A way is another one when what botocore reads has changed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Access] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, target: Target, options: S3Options) -> Access:
        """The one for that target, whatever its bucket and prefix."""
        way = (replace(target, bucket="any", prefix=""), options, _surroundings())
        with self._lock:
            access = self._kept.pop(way, None) or Access(target, options)
            self._kept[way] = access
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return access


def _surroundings() -> Hashable:
    """Variables, and the files' times: a key that was put right is used at once."""
    named = sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))
    files = [Path(os.environ.get(name) or usual).expanduser() for name, usual in _FILES.items()]
    return (*named, *(_changed(file) for file in files))


def _changed(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
