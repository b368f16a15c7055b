"""The fields of the profile form and each other: a pasted URI, a preset, an import fill several of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from bak_tui.core.addresses import parse_bucket
from bak_tui.core.errors import BakError, UsageError
from bak_tui.core.providers import provider_named, provider_of
from bak_tui.core.secret import Secret
from bak_tui.operations.profiles.candidates import Candidate
from bak_tui.tui.dialogs.profile_draft import Draft, server_from_uri
from bak_tui.tui.dialogs.profile_parts import EXAMPLES, SERVER_FIELDS, TARGET_FIELDS
from bak_tui.tui.dialogs.profile_trial import End
from bak_tui.tui.look.spans import Line
from bak_tui.tui.widgets.choosing import Chooser
from bak_tui.tui.widgets.fields import TextField

if TYPE_CHECKING:
    from textual.screen import Screen

_URI = ("postgresql://", "postgres://")
_NOT_STORED: Line = [
    ("▲ ", "warn bold"),
    ("the URI's password is not stored: it will be asked for, or choose under Password where it is", "warn"),
]


class Filling:
    """Reads and fills the fields of one form."""

    def __init__(self, screen: Screen[Any], before: Draft) -> None:
        self._screen = screen
        self._before = before
        self._provider = provider_of(before.values["endpoint"])
        self._lengths: dict[str, int] = {}
        self._known: tuple[tuple[str, ...], Secret] | None = None

    # -- reading -------------------------------------------------------------------------------------

    def draft(self, *, name_instead: str = "") -> Draft:
        """What stands in the form now. A test needs no name yet."""
        values = {name: self._value(name) for name in self._before.values}
        values["environment"] = self._value("label") or values["environment"]
        values["name"] = values["name"] or name_instead
        return Draft(values, had_server=self._before.had_server)

    def _value(self, name: str) -> str:
        widget = self._screen.query_one(f"#{name}")
        if isinstance(widget, Chooser):
            return widget.value
        return widget.text if isinstance(widget, TextField) else ""

    def _field(self, name: str) -> TextField:
        return self._screen.query_one(f"#{name}", TextField)

    def _chooser(self, name: str) -> Chooser:
        return self._screen.query_one(f"#{name}", Chooser)

    @property
    def password(self) -> Secret | None:
        """The server's password, when it is known and the server is still the one it was given for."""
        return self._known[1] if self._known and self._known[0] == self._whose() else None

    def remember(self, password: Secret) -> None:
        """For this server, as long as the form is open."""
        self._known = (self._whose(), password)

    def _whose(self) -> tuple[str, ...]:
        return tuple(self._value(name) for name in ("host", "port", "user", "service", "password"))

    @staticmethod
    def end_of(name: str) -> End | None:
        """Which end a field belongs to."""
        if name in SERVER_FIELDS and name != "uri":
            return "server"
        return "target" if name in TARGET_FIELDS and name != "provider" else None

    def field_of(self, complaint: str) -> Widget | None:
        """The field a complaint is about: it names the key as it stands in the file."""
        match = re.search(r"(?:^|: )([a-z_.]+): ", complaint)
        path = match[1].split(".") if match else []
        names = [*reversed(path), *(f"{part}_detail" for part in path)]
        if path and path[-1] in {"name", "names", "path", "argv"} and len(path) > 1:
            names = [f"{path[-2]}_detail", *names]
        found = (self._screen.query(f"#{name}") for name in names if name not in ENDS_OF_FORM)
        widget = next((query.first() for query in found if query), None)
        return widget if widget is not None and widget.can_focus and widget.display else None

    # -- filling -------------------------------------------------------------------------------------

    def typed(self, name: str, value: str) -> Line | BakError | None:
        """After each change. What comes at once was pasted, and is taken at once."""
        is_pasted = len(value) - self._lengths.get(name, 0) > 1
        self._lengths[name] = len(value)
        return self.left(name) if is_pasted else None

    def left(self, name: str) -> Line | BakError | None:
        """A field is done with; answers what is to be said about it."""
        if name == "uri":
            return self._take_uri()
        text = self._value(name) if name == "bucket" else ""
        if text.startswith("s3://"):
            bucket, prefix = parse_bucket(text.strip())
            self._field("bucket").text = bucket
            if prefix:
                self._field("prefix").text = prefix
        return None

    def _take_uri(self) -> Line | BakError | None:
        text = self._value("uri").strip()
        if not text.startswith(_URI):
            return UsageError("a server's URI begins with postgresql://") if text else None
        try:
            values, password = server_from_uri(text)
        except UsageError as error:
            return error
        self._field("uri").text = ""
        for name, value in values.items():
            # What a URI does not say of TLS is not taken back.
            if value or name in {"host", "port", "user"}:
                self._set(name, value)
        if password is None:
            return None
        self._set("password", "prompt")
        self.remember(password)
        return _NOT_STORED

    def _set(self, name: str, value: str) -> None:
        widget = self._screen.query_one(f"#{name}")
        if isinstance(widget, Chooser):
            widget.value = value
        elif isinstance(widget, TextField):
            widget.text = value

    def chosen(self, name: str) -> None:
        """After another choice."""
        if name != "provider":
            return
        old, new = self._provider, provider_named(self._value("provider"))
        self._provider = new
        pairs = (
            ("endpoint", old.endpoint, new.endpoint),
            ("region", old.region, new.region),
            ("addressing", old.addressing.value, new.addressing.value),
        )
        for field, was, now in pairs:
            # What the user wrote stays.
            if self._value(field) in {"", was}:
                self._set(field, now)
        self._field("endpoint").placeholder = new.example
        self._field("region").placeholder = new.region_example

    def take(self, candidate: Candidate) -> None:
        """A service or an AWS profile."""
        if not self._value("name"):
            self._set("name", candidate.name)
        if candidate.part == "server":
            # What stands beside a service would go before it.
            for name in ("host", "port", "user"):
                self._set(name, "")
            self._set("service", candidate.name)
            return
        endpoint = str(candidate.fields.get("endpoint", ""))
        self._set("endpoint", endpoint)
        self._set("region", str(candidate.fields.get("region", "")))
        self._set("keys", "profile")
        self._set("keys_detail", candidate.name)
        self._set("provider", provider_of(endpoint).name)

    def show_what_is_needed(self) -> None:
        """A secret's detail only where its source has one; a label of one's own only under `other`."""
        self._field("environment").display = not self._value("label")
        for what in ("password", "keys"):
            example = EXAMPLES.get((what, self._value(what)))
            detail = self._field(f"{what}_detail")
            detail.display = example is not None
            detail.placeholder = example or ""
            self._chooser(what).set_class(example is not None, "-short")


ENDS_OF_FORM = frozenset({"server", "target"})
"""Words of a complaint's path that are no fields."""
