"""A slow line to a server: each way what is sent passes at a fixed rate, in a process of its own."""

from __future__ import annotations

import multiprocessing
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

_PIECE = 64 * 1024


@contextmanager
def slow_line(endpoint: str, bytes_a_second: int) -> Iterator[str]:
    """Another endpoint for the same server, as long as inside. All connections share the rate, each way."""
    parts = urlsplit(endpoint)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    arguments = ((parts.hostname, parts.port), bytes_a_second, theirs)
    process = context.Process(target=_serve, args=arguments, daemon=True)
    process.start()
    theirs.close()
    try:
        yield f"{parts.scheme}://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join(10)


class _Rate:
    def __init__(self, bytes_a_second: int) -> None:
        self._rate = bytes_a_second
        self._lock = threading.Lock()
        self._free_at = 0.0

    def pass_on(self, size: int) -> None:
        with self._lock:
            begins = max(time.monotonic(), self._free_at)
            self._free_at = begins + size / self._rate
        time.sleep(max(0.0, self._free_at - time.monotonic()))


def _serve(server: tuple[str, int], bytes_a_second: int, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's ctrl-C is for the bench, which ends us
    there, back = _Rate(bytes_a_second), _Rate(bytes_a_second)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pipe.send(listener.getsockname()[1])
        while True:
            client, _ = listener.accept()
            upstream = socket.create_connection(server)
            for source, sink, rate in ((client, upstream, there), (upstream, client, back)):
                threading.Thread(target=_relay, args=(source, sink, rate), daemon=True).start()


def _relay(source: socket.socket, sink: socket.socket, rate: _Rate) -> None:
    try:
        while data := source.recv(_PIECE):
            rate.pass_on(len(data))
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        sink.close()
