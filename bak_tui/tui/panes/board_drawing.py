"""How the board's rows are drawn, and the details that say why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bak_tui.core.standing import Day, Standing, missed
from bak_tui.core.wording import age, age_cell, plural, size, size_cell
from bak_tui.operations.bucket.board import Board, BoardRow
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, Span, columns, first_that_fits, foreign, left, right
from bak_tui.tui.look.trouble import to_try
from bak_tui.tui.widgets.listing import Drawing

_DAYS = {
    Day.BACKUP: ("▪", "muted"),
    Day.DUMP: ("▫", "muted"),
    Day.SHRUNK: ("▪", "warn"),
    Day.NONE: ("·", "faint"),
}
_STRIP_FROM = 66
"""Cells from which the strip of 14 days fits beside the name."""


def heading(width: int) -> Line:
    days = ("last 14 days  ",) if width >= _STRIP_FROM else ()
    room = width - 3 - 9 - 5 - 12 - 6 - 16 * len(days)
    # The size's head ends above its last digit; the standing's begins above the word.
    cells = (left("database", room), right("size", 6) + "   ", right("age", 5), *days, "  standing")
    return [("   ", ""), *columns(*((cell, "muted") for cell in cells))]


def draw_row(row: BoardRow, drawing: Drawing, moment: datetime) -> list[Line]:
    has_strip = drawing.width + 3 >= _STRIP_FROM
    width = drawing.width - 9 - 5 - 12 - 6 - (16 if has_strip else 0)
    words = "muted" if row.is_on_server is False else "text"
    line: Line = [
        (left(foreign(row.database), width), f"{words} bold" if drawing.is_cursor else words),
        ("  ", ""),
        (right("in bucket", 9), "muted") if row.is_on_server is False else (size_cell(row.size), "text"),
        ("  ", ""),
        (_age_of(row, moment), _age_words(row)),
    ]
    if has_strip:
        # Where nothing is known of the bucket there are no days: the standing keeps its column.
        line += [("  ", ""), *([_DAYS[day] for day in row.days] or [(" " * 14, "")])]
    state, colour = _state(row)
    return [[*line, ("  ", ""), (left(state, 12), colour)]]


def _state(row: BoardRow) -> Span:
    """The standing; calm where it is nobody's duty."""
    state = states.verdict(row.verdict) if row.verdict else ("  unknown", "muted")
    return (state[0], "muted") if row.aside else state


def word(row: BoardRow) -> str:
    return row.verdict.standing.value if row.verdict else "unknown"


def _age_of(row: BoardRow, now: datetime) -> str:
    if row.dumps:
        return age_cell(max(timedelta(), now - row.dumps[0].taken))
    return "never" if row.verdict else "    –"


def age_words(row: BoardRow, now: datetime) -> Span:
    """`newest 38 h`, or that there is none, in the standing's colour."""
    if not row.dumps:
        return "never backed up", "bad"
    return f"newest {_age_of(row, now).removeprefix(' ')}", _age_words(row)


def _age_words(row: BoardRow) -> str:
    """An age that is at fault takes the standing's colour; `never` always is."""
    if row.verdict is None:
        return "text"
    if row.aside:
        return "muted"
    if row.verdict.standing is Standing.NONE:
        return "bad"
    return "warn" if row.verdict.guilty == "age" else "text"


@dataclass(frozen=True)
class Undo:
    """What the key that undoes a swap is called, and why it does nothing here; empty when it does."""

    key: str
    why_not: str = ""


def details(row: BoardRow, board: Board, room: int, undo: Undo) -> list[tuple[str, Line]]:
    """Why it stands there, one labelled line a fact."""
    now = board.looked_at
    lines: list[tuple[str, Line]] = []
    if row.verdict:
        words = "bad" if row.verdict.guilty == "check" else "text"
        lines.append(("standing", [_state(row), (f"  {foreign(row.verdict.why)}", words)]))
    if row.dumps:
        newest = row.dumps[0]
        when = f"{newest.taken.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {size(newest.stored.size)}"
        otherwise = "manifest" if newest.is_backup else "no manifest"
        kinds = (newest.evidence.words(now) or otherwise, newest.evidence.word or otherwise)
        lines.append(("newest", first_that_fits(room, *([(f"{when}, {kind}", "text")] for kind in kinds))))
        is_duty = row.counts or row.is_on_server is None
        gaps = missed(row.facts, now=now, limit=board.limit) if is_duty else ()
        if gaps:
            more = f", {len(gaps) - 1} more before" if len(gaps) > 1 else ""
            lines.append(("missed", [(gaps[0].sentence + more, "text")]))
        total = sum(dump.stored.size for dump in row.dumps)
        oldest = age(now - row.dumps[-1].taken)
        lines.append(
            ("kept", [(f"{plural(len(row.dumps), 'dump')}, oldest {oldest}, {size(total)}", "text")])
        )
    if board.server_error is not None:
        lines.append(("server", [("✗ ", "bad bold"), (foreign(board.server_error.message), "bad")]))
        lines.append(("try", [(foreign(to_try(board.server_error)), "text")]))
    elif row.is_on_server:
        owner = f", owner {foreign(row.owner)}" if row.owner else ""
        lines.append(("server", [(f"{size(row.size)}{owner}", "text")]))
    else:
        lines.append(("server", [("not there: it only lives in the bucket", "text")]))
    if row.aside:
        aside = row.aside.removeprefix("it is ").removeprefix("it ")
        lines.append(("uncounted", [(aside, "text")]))
    if row.kept_of and undo.why_not:
        lines.append(("then", [(f"it stays: {undo.why_not}", "text")]))
    elif row.kept_of:
        ways = (
            f"{undo.key} makes it {foreign(row.kept_of)} again, bak doctor --drop drops it",
            f"{undo.key} undoes the swap, doctor --drop drops it",
        )
        lines.append(("then", first_that_fits(room, *([(way, "text")] for way in ways))))
    return lines
