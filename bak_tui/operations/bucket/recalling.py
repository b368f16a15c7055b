"""A board of which one end did not answer, filled up with what that end has told before.

Who looks at a list of databases does not lose it because the network fails for a moment. What must stay true:
what is shown of before is said to be of then (`Board.stale_since`), and the error stays in the board.
"""

from __future__ import annotations

from dataclasses import replace

from bak_tui.operations.bucket.board import Board, joined


def recalled(board: Board, before: Board | None) -> Board:
    """`board`, and of an end that failed what `before` knew. Pure, and as long as there are dumps."""
    if before is None:
        return board
    full = board
    if board.server_error is not None and before.databases is not None:
        full = replace(
            full,
            databases=before.databases,
            identity=before.identity,
            server_seen=before.server_seen,
        )
    if board.store_error is not None and before.inventory is not None:
        full = replace(
            full,
            inventory=before.inventory,
            provider=before.provider,
            bucket_seen=before.bucket_seen,
        )
    if full is board:
        return board
    return replace(full, rows=joined(full.databases, full.inventory)).at(board.looked_at)
