"""What is left out, counted and hashed, what of the roles, and how it goes: the rarer options of a backup."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from bak_tui.core.parts import MIN_PART_SIZE
from bak_tui.operations.backup.run import MOST_NOTE, BackupOptions, Globals
from bak_tui.tui.look.spans import foreign
from bak_tui.tui.widgets.choosing import Dropdown, Option, Radio
from bak_tui.tui.widgets.fields import FormRow, TextField
from bak_tui.tui.widgets.folding import Folded

_LABEL = 12
_CONTENTS: tuple[Option, ...] = (
    ("", "rows counted"),
    ("hash", "and every table hashed, 1 s a million rows"),
)
_GLOBALS: tuple[Option, ...] = (
    (Globals.NONE, "left out"),
    (Globals.ROLES, "taken"),
    (Globals.SECRETS, "with password hashes"),
)
_GLOBALS_FLAGS = {Globals.ROLES: "--globals", Globals.SECRETS: "--globals-with-passwords"}
_PARTS: tuple[Option, ...] = (
    ("", "planned by the database's size"),
    *((f"{mib}MiB", f"{mib} MiB") for mib in (MIN_PART_SIZE >> 20, 16, 64, 256, 1024)),
)


class BackupExtras(Folded):
    """What is left out stands between blanks; a name that holds one is quoted as in a shell."""

    def __init__(self) -> None:
        super().__init__(_LABEL)
        self._contents = Radio(_CONTENTS, "", id="contents")
        self._globals = Radio(_GLOBALS, Globals.NONE, id="globals")
        self._left_out = TextField(id="left-out", placeholder="nothing; else names, or globs such as *-test")
        self._part_size = Dropdown("Size of a part", _PARTS, "", id="part-size")
        self._folder = TextField(id="copies", placeholder="none: streamed, no local file")
        self._note = TextField(id="note", placeholder="none; else kept in the manifest")
        self._note.max_length = MOST_NOTE

    def rows(self) -> list[FormRow]:
        return [
            FormRow("  Contents", self._contents),
            FormRow("  Roles", self._globals),
            FormRow("  Leave out", self._left_out),
            FormRow("  Parts", self._part_size),
            FormRow("  Copies in", self._folder),
            FormRow("  Note", self._note),
        ]

    def said(self) -> str:
        parts = ["rows counted" if not self._contents.value else "rows counted, contents hashed"]
        parts.append(f"without {foreign(self._left_out.text)}" if self.excluded else "nothing left out")
        parts.append({Globals.NONE: "no roles", Globals.ROLES: "roles"}.get(self._of_roles, "roles, hashes"))
        if self._part_size.value:
            parts.append(f"parts of {self._part_size.value}")
        if self._folder.text:
            parts.append(f"copies in {foreign(self._folder.text)}")
        parts.append("a note" if self._note.text else "no note")
        return ", ".join(parts)

    @property
    def _of_roles(self) -> Globals:
        return Globals(self._globals.value)

    @property
    def _copies(self) -> Path | None:
        return Path(self._folder.text).expanduser() if self._folder.text else None

    @property
    def keeps_copies(self) -> bool:
        return bool(self._folder.text)

    @property
    def excluded(self) -> tuple[str, ...]:
        """The names and globs that are left out; none as long as a quote is not closed."""
        try:
            return tuple(shlex.split(self._left_out.text))
        except ValueError:
            return ()

    def trouble(self) -> str:
        if self._left_out.text.strip() and not self.excluded:
            return "✗ a quote in what is left out is not closed"
        if self._folder.text and not Path(self._folder.text).is_absolute() and self._folder.text[0] != "~":
            return "✗ name the folder of the copies from the root, or from ~"
        try:
            _ = self._copies
        except RuntimeError:
            return "✗ there is no such user's folder"
        return ""

    def words(self) -> list[str]:
        """The options of the `bak` line."""
        words = ["--hash-contents"] if self._contents.value else []
        words += [_GLOBALS_FLAGS[self._of_roles]] if self._of_roles in _GLOBALS_FLAGS else []
        words += ["--part-size", self._part_size.value] if self._part_size.value else []
        if self._folder.text and not self.trouble():
            words += ["--dir", str(self._copies)]
        words += [f"--note={self._note.text}"] if self._note.text else []
        return words

    def added_to(self, options: BackupOptions) -> BackupOptions:
        """The options of the operation."""
        mib = self._part_size.value.removesuffix("MiB")
        return replace(
            options,
            hashes_contents=bool(self._contents.value),
            globals=self._of_roles,
            part_size=int(mib) << 20 if mib else None,
            folder=self._copies,
            note=self._note.text,
        )
