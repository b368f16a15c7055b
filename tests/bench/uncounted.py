"""`bak` whose backups count no rows: beside it is seen what counting costs. See rows.py."""

from __future__ import annotations

from bak_tui.cli.main import main
from bak_tui.core.databases import Counts, LargeObjects
from bak_tui.services.postgres.counter import Counter


def count_nothing(counter: Counter, *, hashes_contents: bool = False) -> Counts:
    """Zeros: only a benchmark's manifest may say so."""
    del hashes_contents
    tables = {(table.schema, table.name): 0 for table in counter.catalog.tables}
    return Counts(tables, {}, LargeObjects(0, 0), {})


if __name__ == "__main__":
    Counter.count = count_nothing  # type: ignore[method-assign, assignment]  # no switch
    main()
