"""An object without its content: a HEAD, and what is asked beside it where its answer tells no size.

What compresses answers on their way (nginx, for one) takes the Content-Length from a HEAD; the first byte's
Content-Range has the size then, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from bak_tui.core.errors import StoreError
from bak_tui.core.etags import bare
from bak_tui.core.objects import StoredObject
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.times import moment

TOKEN = "bak-token"  # noqa: S105  a name, not a secret
"""The metadata that marks an object as one upload's."""


def look_at(
    connection: Connection, key: str, sleep: Callable[[float], None] = time.sleep
) -> StoredObject | None:
    """The object as it stands under the key now; None when there is none. Raises StoreError."""
    bucket = connection.target.bucket
    try:
        answer: Mapping[str, Any] = connection.persist(
            "look at", key, lambda client: client.head_object(Bucket=bucket, Key=key), sleep=sleep
        )
        size = answer.get("ContentLength")
        if size is None:
            size = _size_by_range(connection, key, sleep)
    except StoreError as error:
        if error.kind == "not_found":
            return None
        raise
    return StoredObject(
        key,
        size,
        moment(answer.get("LastModified")),
        bare(answer.get("ETag")),
        token_of(answer.get("Metadata", {})),
    )


def token_of(metadata: Mapping[str, str]) -> str:
    """The token that an object was uploaded with; empty where the server has not kept it."""
    # Some servers give the names back in capitals (rclone: Bak-Token).
    return {name.lower(): value for name, value in metadata.items()}.get(TOKEN, "")


def _size_by_range(connection: Connection, key: str, sleep: Callable[[float], None]) -> int:
    bucket = connection.target.bucket
    try:
        answer = connection.persist(
            "read",
            key,
            lambda client: client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0"),
            sleep=sleep,
        )
    except StoreError as error:
        if error.kind == "invalid_range":  # an empty object has no first byte
            return 0
        raise
    answer["Body"].close()
    total = answer.get("ContentRange", "").rpartition("/")[2]
    if not total.isdigit():
        raise connection.error("not_implemented", "look at", key, detail=" (it tells no object's size)")
    return int(total)
