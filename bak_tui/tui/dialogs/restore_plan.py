"""How a restore's plan looks: what, where, the four words. Lines only; nothing is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import zip_longest
from types import MappingProxyType

from rich.cells import cell_len

from bak_tui.core.plan import Change, Mode, PlanWord, Prospect, Verdict
from bak_tui.core.profile import Profile
from bak_tui.core.standing import Standing
from bak_tui.core.wording import age, size
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.tui.dialogs.ask import NOTHING
from bak_tui.tui.dialogs.restore_checks import check_lines
from bak_tui.tui.look import states
from bak_tui.tui.look.labelled import LABEL, rule
from bak_tui.tui.look.spans import Line, first_that_fits, foreign, left, middle, right
from bak_tui.tui.look.wrapping import wrapped

_SIZE = 10
_WHAT = (22, 34)
"""The least and the most cells of what a change is about."""
_NARROW = 90
_REMARK = 26
"""The least cells of a remark."""
MODES: dict[Mode, str] = {
    Mode.NEW: "new: restored aside, checked, then named",
    Mode.EXISTING: "existing: an empty database is filled directly",
    Mode.SWAP: "swap: restored beside it, checked, then renamed",
    Mode.CLEAN: "clean: dropped and made again in one transaction",
}
_MODES_IN_SHORT: dict[Mode, str] = {
    Mode.NEW: "as new",
    Mode.EXISTING: "into what is there",
    Mode.SWAP: "by swap",
    Mode.CLEAN: "by clean",
}


def what_line(dump: StoredDump, now: datetime, room: int, shrunk: str = "") -> Line:
    """Which dump, when it was taken, how old it is, and whether anything vouches for it.

    Without room for all of that (in cells) without its age, then of what vouches for it the word alone.
    """
    word = vouched(dump, now, shrunk)
    when = f"{dump.taken.astimezone(UTC):%a %Y-%m-%d %H:%M} UTC"
    old = f"{age(max(timedelta(), now - dump.taken))} old   "
    name: Line = [
        (f"{'What':<{LABEL}}", "muted"),
        (f"{foreign(dump.database)}  {when}", "text bold"),
        (f"   {size(dump.stored.size)}   ", "text"),
    ]
    return first_that_fits(room, [*name, (old, "text"), *word], [*name, *word], [*name, *word[:1]])


def vouched(dump: StoredDump, now: datetime, shrunk: str = "") -> Line:
    """What vouches for a dump: `● OK  proven 3 d ago`. `shrunk`: why it counts as that."""
    if dump.evidence.failed is not None:
        return [("✗ FAILED", "bad bold"), (f" {foreign(dump.evidence.harm)}", "bad")]
    if not dump.is_backup:
        return [("○ UNVERIFIED", "muted"), (" no manifest: no counts to compare", "muted")]
    if shrunk:
        return [states.standing(Standing.SHRUNK), (f" {foreign(shrunk)}", "warn")]
    return [("● OK", "ok"), (f" {dump.evidence.words(now) or 'has a manifest'}", "muted")]


def where_line(profile: Profile, database: str, mode: Mode, room: int) -> Line:
    """Which server and database, and in which way; that in two words where there is no `room` for more."""
    label = states.environment(foreign(profile.environment))
    place: Line = [
        (f"{'Where':<{LABEL}}", "muted"),
        *([label, ("  ", "")] if label[0] else []),
        (f"{foreign(profile.name)}  {foreign(database)}", "text bold"),
    ]
    ways = (MODES[mode], _MODES_IN_SHORT[mode])
    return first_that_fits(room, *([*place, (f"   {way}", "text")] for way in ways))


def plan_lines(
    prospect: Prospect,
    width: int,
    mends: Mapping[str, str] = MappingProxyType({}),
    *,
    is_short: bool,
) -> list[Line]:
    """What will happen, what was checked, and how long it took before.

    `mends`: the key that does something about a check, by its label.
    `is_short`: in few words, and few rows, so that all of it is seen at once.
    """
    lines: list[Line] = [rule("what will happen", width)]
    longest = max((cell_len(foreign(change.what)) for change in prospect.changes), default=0)
    rest = width - LABEL - _SIZE - 3
    what = max(_WHAT[0], min(_WHAT[1], longest, rest - (0 if is_short else _REMARK)))
    for change in prospect.changes:
        if is_short:
            lines += _change_in_short(change, what, width)
        else:
            lines += _change_below(change, width) if width < _NARROW else _change(change, what, width)
    lines += [*([] if is_short or width < _NARROW else [[]]), rule("what was checked", width)]
    is_worst_first = width < _NARROW
    checked = check_lines(prospect, width, mends, is_short=is_short, is_worst_first=is_worst_first)
    return [*lines, *checked]


def _change(change: Change, what: int, width: int) -> list[Line]:
    is_lost = change.word is PlanWord.LOST and not change.is_nothing
    words = "bad bold" if is_lost else "muted"
    names = wrapped(foreign(change.what) or "nothing", what)
    remarks = wrapped(foreign(change.remark), max(10, width - LABEL - what - _SIZE - 3))
    amounts = [_amount(change)]
    lines: list[Line] = []
    for number, (name, amount, remark) in enumerate(zip_longest(names, amounts, remarks, fillvalue="")):
        lines.append(
            [
                (f"{change.word.value if number == 0 else '':<{LABEL}}", words),
                (left(name, what), "muted" if change.is_nothing else "text"),
                (right(amount, _SIZE), "text"),
                ("   ", ""),
                (remark, "muted"),
            ]
        )
    return lines


def _change_in_short(change: Change, what: int, width: int) -> list[Line]:
    """In one row, its remark in so few words that it has room there; else below."""

    def fits(room: int, said: str) -> bool:
        return cell_len(foreign(said)) <= room

    beside = change.remark_in(partial(fits, width - LABEL - what - _SIZE - 3))
    if beside is not None:
        return _change(replace(change, remark=beside), what, width)
    below = change.remark_in(partial(fits, width - LABEL))
    return _change_below(change if below is None else replace(change, remark=below), width)


def _change_below(change: Change, width: int) -> list[Line]:
    """The same where there is no room for a remark beside a name: it stands below."""
    room = min(_WHAT[1], max(_WHAT[0], width - LABEL - _SIZE))
    (first, *more) = _change(replace(change, remark=""), room, width)
    remarks = wrapped(foreign(change.remark), max(20, width - LABEL))
    return [
        first[:3],
        *(line[:2] for line in more),
        *([(" " * LABEL, ""), (row, "muted")] for row in remarks),
    ]


def _amount(change: Change) -> str:
    if change.age is not None:
        return clock(change.age)
    if change.size is None:
        return "unknown" if change.is_estimate else ""
    return f"{'~' * change.is_estimate}{size(change.size)}"


def clock(delta: timedelta) -> str:
    """`2 h 06 m`; from two days on by the day."""
    minutes = max(0, int(delta.total_seconds())) // 60
    if minutes >= 48 * 60:
        return age(delta)
    return f"{minutes // 60} h {minutes % 60:02} m" if minutes >= 60 else f"{minutes} m"


def losses(prospect: Prospect) -> list[tuple[str, str]]:
    """What must be said before a name is typed: lost, cut off, kept."""
    facts = []
    for word in (PlanWord.LOST, PlanWord.KEPT):
        change = next(change for change in prospect.changes if change.word is word)
        amount = f" ({clock(change.age)})" if change.age is not None else ""
        remark = f", {change.remark}" if change.remark and not change.is_nothing else ""
        facts.append((word.value, f"{change.what or NOTHING}{amount}{remark}"))
    sessions = next((check for check in prospect.checks if check.label == "sessions"), None)
    if sessions is not None and sessions.verdict is Verdict.WARN:
        facts.insert(1, ("sessions", ": ".join(sessions.fact.split(": ")[:2])))
    if prospect.must_be_said:
        facts += [("rights", line) for line in rights(prospect)]
    return facts


def rights(prospect: Prospect) -> list[str]:
    """What runs in the dump, and with whose rights."""
    return [check.fact for check in prospect.checks if check.label in {"code", "rights"}]


def dump_line(dump: StoredDump, now: datetime, width: int, shrunk: str = "") -> Line:
    """One of several dumps to choose from."""
    when = f"{dump.taken.astimezone(UTC):%a %Y-%m-%d %H:%M:%S}"
    old = age(max(timedelta(), now - dump.taken))
    cells = f"{when} UTC   {size(dump.stored.size):>9}   {old:>5} old   "
    word = vouched(dump, now, shrunk)
    room = width - cell_len(cells) - 16
    path = middle(foreign(dump.path), room) if room >= _WHAT[0] else ""
    return [(cells, "text"), (left(word[0][0], 14), word[0][1]), ("  ", ""), (path, "muted")]
