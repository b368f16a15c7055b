"""`python -m tests.bench key-to-paint`, or another of them by name."""

from __future__ import annotations

import signal
import sys

from tests.bench import backup, board, key_to_paint, listing, memory, restore, startup

_BENCHES = {
    "backup": backup.run,
    "board": board.run,
    "key-to-paint": key_to_paint.run,
    "listing": listing.run,
    "memory": memory.run,
    "restore": restore.run,
    "startup": startup.run,
}


def main() -> None:
    """Run the benchmark that is named."""
    if len(sys.argv) < 2 or sys.argv[1] not in _BENCHES:
        sys.exit(f"usage: python -m tests.bench {'|'.join(_BENCHES)}")
    # As ctrl-C: servers, databases and files go with us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _BENCHES[sys.argv[1]]()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
