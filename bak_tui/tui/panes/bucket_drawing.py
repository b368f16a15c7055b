"""How the bucket's entries are drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bak_tui.core.standing import Standing
from bak_tui.core.wording import age_cell, plural, size, size_cell
from bak_tui.operations.bucket.board import Board
from bak_tui.operations.bucket.browse import FolderSummary
from bak_tui.operations.bucket.entries import BrowseEntry, EntryKind
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, columns, foreign, left, middle, right
from bak_tui.tui.panes.dump_facts import dump_facts
from bak_tui.tui.panes.folder_rows import UP
from bak_tui.tui.panes.known import Known
from bak_tui.tui.widgets.listing import Drawing

_AGE_AND_STANDING = 5 + 12 + 6
_SIZE = 9


def heading(width: int, *, has_dumps: bool, has_folders: bool) -> Line:
    """The columns' heads: the size's ends above its last digit, the standing's begins above the word."""
    name = "taken, UTC" if has_dumps and not has_folders else "name"
    number = right("size", 6) + "   " if has_dumps else "dumps"
    room = width - 3 - len(number) - _AGE_AND_STANDING
    cells = (left(name, room), number, right("age", 5), "  standing")
    return [("   ", ""), *columns(*((cell, "muted") for cell in cells))]


def draw_entry(entry: BrowseEntry, drawing: Drawing, known: Known, now: datetime, *, has_dumps: bool) -> Line:
    """One row."""
    if entry is UP:
        return [("..", "muted")]
    number_width = _SIZE if has_dumps else 5
    width = drawing.width - number_width - _AGE_AND_STANDING
    bold = " bold" if drawing.is_cursor else ""
    if entry.kind is EntryKind.FOLDER:
        summary = known.summaries.get(entry.path)
        name: Line = [(left(foreign(entry.name), width), "text" + bold), ("  ", "")]
        return name + _folder_cells(summary, number_width, now)
    verdict = known.verdicts.get(entry.path)
    is_dump = entry.kind is EntryKind.DUMP
    guilty = verdict.guilty if verdict else ""
    line: Line = [*_name(entry, width, bold, has_twin=known.has_twin(entry.path)), ("  ", "")]
    dump = known.dumps.get(entry.path)
    bytes_held = entry.size if dump is None else dump.stored.size
    number = size_cell(bytes_held) if has_dumps else " " * 5
    line += [(number, "warn" if guilty == "size" else "text" if is_dump else "muted"), ("  ", "")]
    line += [(_age(entry.taken or entry.modified, now), "text" if is_dump else "muted"), ("  ", "")]
    if is_dump:
        unseen = Standing.OK if entry.has_manifest else Standing.UNVERIFIED
        word, words = states.verdict(verdict) if verdict else states.standing(unseen)
        line.append((left(word, 12), words))
    return line


def details(entry: BrowseEntry, known: Known, now: datetime, room: int) -> list[tuple[str, Line]]:
    """Labelled facts on what is under the cursor."""
    dump = known.dumps.get(entry.path)
    if dump is not None:
        return dump_facts(dump, now, room)
    if entry.kind is EntryKind.FOLDER:
        summary = known.summaries.get(entry.path)
        return _folder_facts(entry.path, summary, known) if summary else []
    if entry.kind is EntryKind.DUMP:
        what = "a directory-format dump" if entry.size is None else f"{size(entry.size)}, a dump"
        return [("is", [(f"{what}, not looked into yet", "text")])]
    return [("is", [(f"{size(entry.size or 0)}, an object that is no dump", "text")])]


def _name(entry: BrowseEntry, width: int, bold: str, *, has_twin: bool) -> Line:
    if entry.kind is EntryKind.DUMP and entry.taken is not None and entry.is_template_named:
        taken = entry.taken.astimezone(UTC)
        day = f"{taken:%a} "
        told = f"{taken:%Y-%m-%d %H:%M:%S}" if has_twin else f"{taken:%Y-%m-%d %H:%M}"
        if len(day + told) > width:  # the seconds tell more than the weekday
            day = ""
        return [(day, "muted"), (left(told, width - len(day)), "text" + bold)]
    words = "text" + bold if entry.kind is EntryKind.DUMP else "muted"
    return [(middle(foreign(entry.name), width), words)]


def _folder_cells(summary: FolderSummary | None, number_width: int, now: datetime) -> Line:
    number = str(summary.dumps) if summary else ""
    if summary and number_width >= _SIZE and summary.dumps < 1000:
        number = plural(summary.dumps, "dump")  # under a head that says `size`
    line: Line = [(right(number, number_width), "text"), ("  ", "")]
    is_old = summary is not None and summary.verdict.guilty == "age"
    age = _age(summary.newest if summary else None, now)
    line += [(age, "warn" if is_old else "text"), ("  ", "")]
    if summary:
        word, words = states.verdict(summary.verdict)
        line.append((left(word, 12), words))
    return line


def _folder_facts(folder: str, summary: FolderSummary, known: Known) -> list[tuple[str, Line]]:
    dumps = [dump for path, dump in known.dumps.items() if path.startswith(folder)]
    return [
        ("newest", [(", ".join(filter(None, (_dated(dumps[0]), dumps[0].evidence.word))), "text")]),
        ("oldest", [(_dated(dumps[-1]), "text")]),
        ("holds", [(f"{plural(summary.dumps, 'dump')}, {size(summary.size)}", "text")]),
        ("server", [(foreign(_whether_there(summary.databases, known.board)), "text")]),
    ]


def _whether_there(databases: tuple[str, ...], board: Board | None) -> str:
    """What of a folder's databases the server has."""
    rows = [row for row in board.rows if row.database in databases] if board else []
    if len(rows) != 1:
        there = sum(bool(row.is_on_server) for row in rows)
        return f"{there} of {plural(len(databases), 'database')} there: {', '.join(databases)}"
    if rows[0].is_on_server is None:
        return "not seen"
    name = rows[0].database
    return f"{name} is there, {size(rows[0].size)}" if rows[0].is_on_server else f"{name} is not there"


def _dated(dump: StoredDump) -> str:
    return f"{dump.taken.astimezone(UTC):%a %Y-%m-%d %H:%M} UTC, {size(dump.stored.size)}"


def _age(when: datetime | None, now: datetime) -> str:
    return "     " if when is None else age_cell(max(timedelta(), now - when))
