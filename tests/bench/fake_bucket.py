"""A bucket of any number of keys under one prefix, served by a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from bak_tui.core.profile import Target
from tests.fakes.listing_server import ListingServer, Manner, target_at

PREFIX = "photos/"


@contextmanager
def fake_bucket(keys: int) -> Iterator[Target]:
    """Its target, as long as inside."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(keys, theirs), daemon=True)
    process.start()
    theirs.close()  # so that waiting for a server that could not start ends
    try:
        yield target_at(ours.recv())
    finally:
        ours.close()
        process.join(10)


def _serve(keys: int, pipe: Connection) -> None:
    names = (f"{PREFIX}{number:07}.jpg" for number in range(keys))
    with ListingServer.of(names, Manner.PROPER) as server:
        pipe.send(server.server.server_port)
        pipe.poll(None)
