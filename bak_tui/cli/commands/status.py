"""`bak status`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import options, output
from bak_tui.cli.evidence import evidence_fields
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.databases import KEPT_WAYS
from bak_tui.core.errors import ExitCode
from bak_tui.core.wording import age, plural, size

if TYPE_CHECKING:
    from bak_tui.operations.bucket.board import Board, BoardRow


@click.command("status")
@options.profile_options
@options.server_options
@options.target_options
@click.option(
    "--max-age",
    type=options.Age(),
    help="How old a newest backup may be: 26h, 2d (default: the profile's limit).",
)
@options.manner_options
@pass_session
def command(session: Session, *, max_age: timedelta | None) -> None:
    """Hold the server's databases against the bucket's backups.

    Exits with 3 when any database on the server is not OK, 4 or 5 when server or bucket cannot be reached.
    """
    _ = session.target  # a bucket that was not named is a mistake of the command, not of the backups
    with session.bak(needs_server=True) as bak:
        board = bak.board(session.profile, max_age)
    code = exit_code(board)
    if session.is_json:
        output.document("status", {"exit_code": int(code), **_fields(board)})
    else:
        _print(session, board)
    for error in filter(None, (board.server_error, board.store_error)):
        output.note(f"bak: {error.message}")
        if error.hint:
            output.note(f"     {error.hint}")
    click.get_current_context().exit(int(code))


def exit_code(board: Board) -> ExitCode:
    """What could not be seen comes before what was seen not to be OK."""
    error = board.server_error or board.store_error
    if error is not None:
        return error.exit_code
    bad = [row for row in board.rows if row.counts and row.verdict and row.verdict.standing != "OK"]
    return ExitCode.PARTIAL if bad else ExitCode.DONE


def _print(session: Session, board: Board) -> None:
    heads = ("database", "size", "age", "dumps", "standing", "checked", "why")
    output.table(heads, [_row(board, row) for row in board.rows], right=frozenset({1, 2, 3}))
    there = sum(row.counts for row in board.rows)
    for row in (row for row in board.rows if row.kept_of):
        session.note(f"{row.database} was {row.kept_of}: {KEPT_WAYS}")
    session.note(f"{board.at_risk} of {plural(there, 'database')} at risk, {age(board.limit)} allowed")


def _row(board: Board, row: BoardRow) -> tuple[str, ...]:
    where = size(row.size) if row.is_on_server else "in bucket"
    why = row.verdict.why if row.verdict else "the bucket could not be asked"
    if row.aside:
        why += f"; {row.aside}, so it is not counted"
    return (
        row.database,
        where,
        _age(board, row),
        str(len(row.dumps)) if row.verdict else "unknown",
        row.verdict.standing.value if row.verdict else "unknown",
        row.dumps[0].evidence.words(board.looked_at) if row.dumps else "",
        why,
    )


def _age(board: Board, row: BoardRow) -> str:
    if row.dumps:
        return age(board.looked_at - row.dumps[0].taken)
    return "never" if row.verdict else "unknown"


def _fields(board: Board) -> dict[str, Any]:
    identity = board.identity
    return {
        "looked_at": board.looked_at.isoformat(),
        "max_age_seconds": int(board.limit.total_seconds()),
        "at_risk": board.at_risk,
        "server": identity and {"host": identity.host, "port": identity.port, "version": identity.version},
        "server_error": output.error_fields(board.server_error) if board.server_error else None,
        "provider": board.provider or None,
        "store_error": output.error_fields(board.store_error) if board.store_error else None,
        "databases": [_database(row) for row in board.rows],
    }


def _database(row: BoardRow) -> dict[str, Any]:
    newest = row.dumps[0] if row.dumps else None
    return {
        "database": row.database,
        "is_on_server": row.is_on_server,
        "accepts_connections": row.accepts_connections,
        "aside": row.aside or None,
        "kept_of": row.kept_of or None,
        "size": row.size,
        "standing": row.verdict.standing.value if row.verdict else None,
        "why": row.verdict.why if row.verdict else None,
        "dumps": len(row.dumps) if row.verdict else None,
        "newest": newest.taken.isoformat() if newest else None,
        "newest_key": newest.stored.key if newest else None,
        "newest_evidence": evidence_fields(newest) if newest else None,
        "days": [day.value for day in row.days],
    }
