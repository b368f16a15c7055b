"""Deleting many objects, a thousand at a time where the server can, one by one where it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from bak_tui.core.errors import StoreError
from bak_tui.services.s3.codes import KIND_BY_CODE
from bak_tui.services.s3.connection import Connection

_BATCH = 1000
"""The most that one DeleteObjects may name."""


def delete_objects(connection: Connection, keys: Iterable[str]) -> None:
    """Delete them; one that is gone already is as good. Raises StoreError, naming a key that was refused."""
    can_batch = True
    for batch in _batches(keys):
        # A DeleteObjects names keys in XML 1.0, which has no control characters, not even escaped.
        together = [key for key in batch if can_batch and key.isprintable()]
        if len(together) > 1:
            can_batch = _delete_together(connection, together)
        if len(together) <= 1 or not can_batch:
            together = []
        for key in set(batch).difference(together):
            _delete_one(connection, key)


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _delete_together(connection: Connection, keys: list[str]) -> bool:
    """False when this server knows no DeleteObjects; nothing is deleted then."""
    try:
        answer = connection.persist(
            f"delete {len(keys)} objects of",
            "",
            lambda client: client.delete_objects(
                Bucket=connection.target.bucket,
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            ),
        )
    except StoreError as error:
        if error.kind == "not_implemented":
            connection.met("no batch delete: objects are deleted one by one")
            return False
        raise
    refused = [entry for entry in answer.get("Errors", []) if entry.get("Code") != "NoSuchKey"]
    if refused:
        code, key = refused[0].get("Code", ""), refused[0].get("Key", "")
        more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
        detail = f" ({code}: {refused[0].get('Message') or ''}{more})"
        raise connection.error(KIND_BY_CODE.get(code, "refused"), "delete", key, detail=detail)
    return True


def _delete_one(connection: Connection, key: str) -> None:
    try:
        connection.persist(
            "delete", key, lambda client: client.delete_object(Bucket=connection.target.bucket, Key=key)
        )
    except StoreError as error:
        if error.kind != "not_found":
            raise
