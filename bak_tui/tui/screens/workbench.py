"""The workbench: four panes, one profile, everything on one screen.

The top storey: it composes and lays out the panes, and keeps header, tabs and strip true. Nothing here waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus, Resize

from bak_tui.core.jobs import JobStatus
from bak_tui.core.last_place import NOWHERE, LastPlace
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.board import BoardRow
from bak_tui.operations.bucket.entries import BrowseEntry, EntryKind
from bak_tui.tui.clock import Clock, utc_now
from bak_tui.tui.look.keynames import name_of_action, own_keys_of
from bak_tui.tui.look.trouble import in_two_words
from bak_tui.tui.panes.bucket import BucketPane
from bak_tui.tui.panes.databases import DatabasesPane
from bak_tui.tui.panes.jobs import JobsPane
from bak_tui.tui.panes.profiles import ProfileRow, ProfilesPane
from bak_tui.tui.screens.arranging import Arrangement
from bak_tui.tui.screens.job_actions import JobActions
from bak_tui.tui.screens.whereabouts import tab_counters, whereabouts
from bak_tui.tui.session.choices import Choice
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.header import Header, Whereabouts
from bak_tui.tui.widgets.keys import Keys
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pane import Pane
from bak_tui.tui.widgets.strip import JobStrip, Tabs

_AGES_TICK = 60.0
_TAKE_MARKED = frozenset({"db.backup", "bucket.verify", "bucket.prove", "bucket.download", "bucket.delete"})
"""Keys that say in the footer how many they will take."""
_PANES = Binding.Group("panes")


def _pane(number: int, name: str) -> Binding:
    return Binding(
        str(number),
        f"pane({number})",
        name,
        show=False,
        id=f"pane.{number}",
        tooltip=f"Go to the {name.lower()}",
        group=_PANES,
    )


def _tab(key: str, action: str, name: str) -> Binding:
    told = "next pane, shift: the one before"
    group = Binding.Group(told)
    return Binding(
        key, action, name, show=False, key_display="tab", id=f"pane.{key}", tooltip=told, group=group
    )


class Workbench(JobActions):
    """The one screen an operator lives in."""

    CSS_PATH = "workbench.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        _pane(1, "Profiles"),
        _pane(2, "Databases"),
        _pane(3, "Bucket"),
        _pane(4, "Jobs"),
        _tab("tab", "app.focus_next", "Next pane"),
        _tab("shift+tab", "app.focus_previous", "Previous pane"),
        Binding(
            "z", "zoom", "Maximise", show=False, id="pane.zoom", tooltip="Maximise the pane, or end that"
        ),
        Binding("L", "log", "Log", show=False, id="log", tooltip="Log of the job"),
        Binding("r", "refresh", "Refresh", show=False, id="refresh", tooltip="Ask server and bucket again"),
        Binding(
            "Y",
            "copy_command",
            "Copy command",
            show=False,
            id="copy-command",
            tooltip="Copy the bak command",
        ),
    ]

    def __init__(
        self,
        bak: Bak,
        choices: Sequence[Choice],
        *,
        banner: str = "",
        prepares: bool = False,
        clock: Clock = utc_now,
        place: LastPlace = NOWHERE,
    ) -> None:
        super().__init__(bak, choices, clock, place, prepares=prepares)
        self._banner = banner
        self.running = 0
        """Jobs that have begun and not ended."""
        self._preparing = "preparing the demo …"
        self._arrangement = Arrangement(self)

    def compose(self) -> ComposeResult:
        yield Header()
        yield Tabs()
        with Horizontal(id="top"):
            yield ProfilesPane()
            yield DatabasesPane()
            yield BucketPane(self.clock)
        yield JobsPane()
        quits = name_of_action(own_keys_of(self.app), "app.quit", "q")
        told = f"too small;  {quits} quits;  60 columns and 15 rows are needed"
        yield Drawn([[(told, "text")]], id="too-small")
        with Vertical(id="foot"):
            yield JobStrip()
            yield Keys()

    def on_mount(self) -> None:
        self._arrangement.fit(self.size.width, self.size.height)
        self.show_profiles()
        for pane in (self.query_one(DatabasesPane), self.query_one(BucketPane)):
            pane.ask_screen = self.why_not
        self.query_one(DatabasesPane).order_by(self.left_at.databases_order)
        self.query_one(BucketPane).order_by(self.left_at.bucket_order)
        self.action_pane(self.left_at.pane if self.choices else 2)
        if self.choices:
            self.open_profile(next(iter(self.choices)))
        else:
            self.say_there_is_none()
        self.tell()
        self.fetch.read_history()
        self.set_interval(_AGES_TICK, self.judge_again)

    # -- profiles ------------------------------------------------------------------------------------

    @property
    def place(self) -> LastPlace:
        """Where the session is now."""
        bucket = self.query_one(BucketPane)
        return LastPlace(
            profile=self.wanted,
            folder=bucket.folder,
            pane=self._arrangement.active,
            databases_order=self.query_one(DatabasesPane).order,
            bucket_order=bucket.order,
        )

    def say_preparing(self, step: str) -> None:
        """What the demo is doing before there is anything to show."""
        self._preparing = f"preparing the demo: {step}"
        self.tell()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        row = message.listing.current
        if isinstance(row, ProfileRow):
            self.open_profile(row.name)
            self.action_pane(2)
        elif isinstance(row, BoardRow):
            self.enter_folder(row.folder)
            self.action_pane(3)
        elif isinstance(row, JobStatus):
            self.show_result(row)
        elif isinstance(row, BrowseEntry) and row.kind is not EntryKind.FOLDER:
            self.action_details()

    # -- panes and layout ----------------------------------------------------------------------------

    def action_pane(self, number: int) -> None:
        """Go to a pane; where it is folded away it comes out."""
        self._arrangement.activate(number)
        self.tell()

    def on_pane_counted(self) -> None:
        if self._arrangement.is_single:  # else its frame says it
            self.tell()

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        self.action_pane(message.number)

    def action_zoom(self) -> None:
        """The active pane alone, or all again."""
        self._arrangement.zoom()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        pane = next((node for node in event.widget.ancestors if isinstance(node, Pane)), None)
        if pane is not None and pane.number != self._arrangement.active:
            self.action_pane(pane.number)

    def on_resize(self, event: Resize) -> None:
        self._arrangement.fit(event.size.width, event.size.height)
        if self.focused is None:  # a screen that was too small had hidden what had it
            self._arrangement.activate(self._arrangement.active)
        self.tell()

    def label_of(self, binding: Binding) -> str:
        """`Back up 3 marked`: the key says what it will take."""
        if binding.id in _TAKE_MARKED:
            databases, bucket = self.query_one(DatabasesPane), self.query_one(BucketPane)
            is_backup = binding.id == "db.backup"
            marked = len(databases.marked_there if is_backup else bucket.listing.marks)
            if marked:
                return f"{binding.description} {marked:,}{'' if self.size.width < 100 else ' marked'}"
        if binding.id == "bucket.verify" and self.query_one(BucketPane).current_dump is None:
            return "Verify newest"
        return binding.description

    def tell(self) -> None:
        """Header, tabs and strip say what is so now."""
        jobs = self.query_one(JobsPane)
        if len(jobs.begun) != self.running:
            self.running = len(jobs.begun)
            self.app.screen.refresh_bindings()  # a dialog that covers the counters says it beside its keys
        here = Whereabouts(banner=self._banner, running=len(jobs.begun), failed=jobs.failed)
        has_none = self.profile is None and not self.choices
        jobs.set_class(has_none and not jobs.listing.items, "-first-start")
        if has_none:
            profile, instead = (self._preparing, "") if self.prepares else ("bak-tui", "no profile yet")
            here = replace(here, profile=profile, instead=instead)
        elif self.profile is None and self.wanted in self.choices:
            trouble = in_two_words(self.refusal) if self.refusal else ""
            choice = self.choices[self.wanted]
            here = replace(here, profile=choice.name, environment=choice.environment, server_trouble=trouble)
            here = replace(here, is_read_only=choice.is_read_only)
        here = whereabouts(here, self.profile, self.board)
        is_single = self._arrangement.is_single
        # Where there is a tab row, the counters stand in it, and the panes have no frames.
        alone = replace(here, at_risk=0, running=0, failed=0)
        self.query_one(Header).tell(alone if is_single else replace(here, stale=""))
        self.query_one(JobStrip).tell(jobs.running)
        active = self._arrangement.active
        counted = self._arrangement.pane(active).counted if is_single else []
        self.query_one(Tabs).tell(active, tab_counters(here), counted)
