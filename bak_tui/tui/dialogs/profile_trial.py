"""Trying out one end of a profile that is still being written, and how the findings look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from textual.message import Message
from textual.screen import Screen

from bak_tui.core.errors import BakError, PasswordNeeded
from bak_tui.core.secret import Secret
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.core.wording import plural
from bak_tui.operations.bak import Bak
from bak_tui.operations.doctor.examining import Finding
from bak_tui.operations.profiles.stored import open_profile
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.drawn import Drawn

End = Literal["server", "target"]
ENDS: tuple[End, End] = ("server", "target")
_LABEL = 11
_WORKS = "works"
_UNKNOWN_WIDTH = 55
"""Before it is laid out for the first time."""


@dataclass
class Tried(Message):
    """What the test of one end found."""

    end: End
    number: int
    """Of the test: the form may have changed since."""
    findings: tuple[Finding, ...]


def try_end(bak: Bak, stored: StoredProfile, end: End, password: Secret | None) -> tuple[Finding, ...]:
    """Its secrets fetched as for a stored profile, then tried. One end's trouble does not hide the other."""
    alone = stored.model_copy(update={other: None for other in ENDS if other != end})
    try:
        profile = open_profile(alone, password)
    except BakError as error:
        return (Finding("password" if end == "server" else "keys", str(error), error),)
    return bak.profiles.test(profile).findings


class Trials:
    """The tests of one form: begun in threads, given up when what they test is changed."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._number = 0
        self._running: set[End] = set()
        self._found: dict[End, tuple[Finding, ...]] = {}

    @property
    def has_begun(self) -> bool:
        """Whether anything was tried yet."""
        return self._number > 0

    def begin(self, bak: Bak, stored: StoredProfile, password: Secret | None) -> None:
        """Try every end there is; each is told when it is done."""
        self._number += 1
        self._found = {}
        self._running = {end for end in ENDS if getattr(stored, end) is not None}
        for end in self._running:
            self._begin(bak, stored, end, password)
        self.show()

    def _begin(self, bak: Bak, stored: StoredProfile, end: End, password: Secret | None) -> None:
        number = self._number

        def run() -> None:
            self._screen.post_message(Tried(end, number, try_end(bak, stored, end, password)))

        self._screen.run_worker(run, thread=True, group=f"try-{end}", name=f"try-{end}")

    def end(self, tried: Tried) -> PasswordNeeded | None:
        """Show what was found; answers when it takes a password to find more."""
        if tried.number != self._number or tried.end not in self._running:
            return None  # the form has changed since
        self._running.discard(tried.end)
        self._found[tried.end] = tried.findings
        self.show()
        if not self._running:
            self._screen.call_after_refresh(self._bring_trouble_into_sight)
        errors = (finding.error for finding in tried.findings)
        return next((error for error in errors if isinstance(error, PasswordNeeded)), None)

    def _bring_trouble_into_sight(self) -> None:
        """Where the halves stand below each other, an end that works would hide one that does not."""
        for end in ENDS:
            if any(finding.error for finding in self._found.get(end, ())):
                self._screen.query_one(f"#{end}-found").scroll_visible(animate=False)
                return

    def forget(self, end: End) -> None:
        """This end is another now."""
        if end in self._found or end in self._running:
            self._found.pop(end, None)
            self._running.discard(end)
            self.show()

    def show(self) -> None:
        """State above, findings below each half."""
        for end in ENDS:
            findings = self._found.get(end, ())
            state = self._screen.query_one(f"#{end}-state", Drawn)
            testing: Line = [("► testing", "accent")]
            state.show([testing if end in self._running else state_line(end, findings)])
            state.refresh(layout=True)
            found = self._screen.query_one(f"#{end}-found", Drawn)
            lines = finding_lines(findings, found.size.width or _UNKNOWN_WIDTH)
            found.show([[], *lines] if lines else [])


def state_line(end: End, findings: Sequence[Finding]) -> Line:
    """The verdict, upper right of its half."""
    if not findings:
        return []
    if any(finding.error for finding in findings):
        return [("✗ does not work", "bad bold")]
    quirks = sum(finding.what == "quirk" for finding in findings)
    if any(finding.what == "weakened" for finding in findings):
        return [("▲ works, unprotected", "warn bold")]
    if quirks:
        return [(f"▲ works, {plural(quirks, 'quirk')}", "warn")]
    return [("● reached" if end == "server" else "● works", "ok")]


def finding_lines(findings: Sequence[Finding], width: int) -> list[Line]:
    """A line a finding, what went wrong in full; the steps that merely work share one."""
    room = max(8, width - _LABEL - 2)
    lines: list[Line] = []
    works = [finding.what for finding in findings if finding.error is None and finding.said == _WORKS]
    for finding in findings:
        if finding.error is not None:
            lines += _rows(finding.what, "✗", "bad bold", "bad", wrapped(foreign(finding.said), room))
            hint = wrapped(foreign(finding.error.hint), room)
            lines += [[(" " * (_LABEL + 2), ""), (row, "text")] for row in hint]
        elif finding.what in {"server", "bucket"}:
            lines += _rows("tested", "", "", "text", wrapped(foreign(finding.said), room))
        elif finding.needs_look or finding.what == "quirk":
            lines += _rows(finding.what, "▲", "warn bold", "text", wrapped(foreign(finding.said), room))
        elif finding.said != _WORKS:
            lines += _rows(finding.what, "●", "ok", "text", wrapped(foreign(finding.said), room))
    if works:
        lines += _rows("works", "●", "ok", "text", wrapped(foreign(", ".join(works)), room))
    return lines


def _rows(label: str, glyph: str, state: str, words: str, rows: list[str]) -> list[Line]:
    lines: list[Line] = []
    for number, row in enumerate(rows or [""]):
        named, sign = (label, glyph) if number == 0 else ("", " ")
        line: Line = [(f"{named:<{_LABEL}}", "muted")]
        line += [(f"{sign} ", state)] if glyph else []
        lines.append([*line, (row, words)])
    return lines
