"""How much a connection has brought, as the kernel counts it: libpq tells nothing of an unfinished answer."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress

MOST_BYTES = 1 << 28
"""Of an answer to a question about a server: the names of a million tables have half as much."""

_OFFSET = 128
"""Of `tcpi_bytes_received`, eight bytes (include/uapi/linux/tcp.h; since Linux 4.1)."""
_LENGTH = 8


def received(handle: int) -> int:
    """Bytes so far; 0 where that is not counted: a Unix socket, another system."""
    if sys.platform != "linux":
        return 0
    with suppress(OSError), socket.socket(fileno=os.dup(handle)) as same:
        told = same.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _OFFSET + _LENGTH)
        return int.from_bytes(told[_OFFSET:], sys.byteorder) if len(told) == _OFFSET + _LENGTH else 0
    return 0
