"""A part of a dump, and who is to own it: the rarer options of a restore."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from bak_tui.core.portion import SECTIONS, Portion
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.pgtools import Ownership
from bak_tui.tui.look.labelled import LABEL
from bak_tui.tui.look.spans import foreign
from bak_tui.tui.widgets.choosing import Option, Radio
from bak_tui.tui.widgets.fields import FormRow, TextField
from bak_tui.tui.widgets.folding import Folded

_SECTIONS: tuple[Option, ...] = (
    ("", "all"),
    ("pre-data data", "all but post-data"),
    *((name, name) for name in SECTIONS),
)
"""What pg_restore calls them, with blanks between; without post-data rows come whatever hinders the rest."""
_OWNERS: tuple[Option, ...] = (("kept", "as dumped"), ("none", "all mine"))
_GRANTS: tuple[Option, ...] = (("kept", "as dumped"), ("none", "none"))


class RestoreExtras(Folded):
    """Names are exact and stand between blanks; one that holds a blank is quoted as in a shell."""

    def __init__(self) -> None:
        super().__init__(LABEL)
        self._schemas = TextField(id="schemas", placeholder="all; else their names")
        self._tables = TextField(id="tables", placeholder="all; else table or schema.table")
        self._section = Radio(_SECTIONS, "", id="section")
        self._owners = Radio(_OWNERS, "kept", id="owners")
        self._grants = Radio(_GRANTS, "kept", id="grants")
        self._role = TextField(id="role", placeholder="none; else what to become first")

    def rows(self) -> list[FormRow]:
        return [
            FormRow("  Schemas", self._schemas),
            FormRow("  Tables", self._tables),
            FormRow("  Section", self._section),
            FormRow("  Owners", self._owners),
            FormRow("  Grants", self._grants),
            FormRow("  Role", self._role),
        ]

    def name_tables(self, names: Sequence[str]) -> None:
        """These are meant; none: all."""
        self._tables.text = shlex.join(names)
        if not self.has_class("-unfolded"):
            self.fold()

    def trouble(self) -> str:
        try:
            _ = self.portion
        except ValueError:
            return "✗ a quote in the names is not closed"
        return ""

    @property
    def portion(self) -> Portion:
        """What of the dump. Raises ValueError for a quote that is not closed."""
        return Portion(
            schemas=tuple(_names(self._schemas)),
            tables=tuple(_names(self._tables)),
            sections=tuple(self._section.value.split()),
        )

    @property
    def ownership(self) -> Ownership:
        """Whose it will be."""
        return Ownership(
            has_owners=self._owners.value == "kept",
            has_privileges=self._grants.value == "kept",
            role=self._role.text or None,
        )

    def said(self) -> str:
        portion, ownership = self.portion, self.ownership
        parts = ["the whole dump" if portion.is_whole else foreign(str(portion))]
        parts.append("owners as dumped" if ownership.has_owners else "all mine")
        parts.append("grants as dumped" if ownership.has_privileges else "no grants")
        parts += [f"as {foreign(ownership.role)}"] if ownership.role else []
        return ", ".join(parts)

    def added_to(self, options: RestoreOptions) -> RestoreOptions:
        """The options of the operation; what cannot be read is left out, and `trouble` says so."""
        portion = Portion() if self.trouble() else self.portion
        return replace(options, ownership=self.ownership, portion=portion)


def _names(field: TextField) -> list[str]:
    return shlex.split(field.text)
