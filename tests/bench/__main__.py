"""Figures measured side by side in one run; none fails on a number. README.md has the last ones of each."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Mapping
from typing import Protocol

from tests.bench import backup, board, key_to_paint, listing, memory, restore, startup


class _Bench(Protocol):
    """A module: the first line of its docstring stands in the list, all of it in its own help."""

    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, asked: argparse.Namespace) -> None: ...


BENCHES: Mapping[str, _Bench] = {
    "backup": backup,
    "board": board,
    "key-to-paint": key_to_paint,
    "listing": listing,
    "memory": memory,
    "restore": restore,
    "startup": startup,
}


def parser() -> argparse.ArgumentParser:
    """All benches, each with its choices."""
    everything = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    each = everything.add_subparsers(title="benches", metavar="BENCH [--help]", dest="bench")
    for name, bench in BENCHES.items():
        told = bench.__doc__ or ""
        line = told.partition("\n")[0].rstrip(".")
        bench.add_arguments(each.add_parser(name, help=line, description=told))
    return everything


def main() -> None:
    """Run the benchmark that is named; none named: say which there are."""
    asked = parser().parse_args()
    if asked.bench is None:
        parser().print_help()
        return
    # As ctrl-C: servers, databases and files go with us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        BENCHES[asked.bench].run(asked)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
