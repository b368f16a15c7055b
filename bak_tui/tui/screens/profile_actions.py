"""Making, changing, trying and forgetting profiles; the list of what can be opened follows the file."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

from textual import work

from bak_tui.core.errors import BakError, Cancelled, PasswordNeeded
from bak_tui.core.profile import Profile
from bak_tui.core.profile_line import remove_line
from bak_tui.core.secret import Secret
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.core.storing import storable
from bak_tui.core.wording import plural
from bak_tui.operations.bak import Bak
from bak_tui.operations.profiles.candidates import Candidate
from bak_tui.tui.asking import answered
from bak_tui.tui.clock import Clock
from bak_tui.tui.dialogs.ask import AskPassword, Confirm
from bak_tui.tui.dialogs.profile import ProfileDialog
from bak_tui.tui.look import placeholders
from bak_tui.tui.look.spans import foreign
from bak_tui.tui.messages import Failed
from bak_tui.tui.panes.bucket import BucketPane
from bak_tui.tui.panes.databases import DatabasesPane
from bak_tui.tui.panes.profiles import ProfileRow, ProfilesPane, Reach, Wish, reach_of
from bak_tui.tui.screens.fetching import Fetcher
from bak_tui.tui.screens.proof_actions import ProofActions
from bak_tui.tui.session.choices import Choice, stored_choice

_NEEDS_PROFILE = frozenset(
    {
        "back_up",
        "dump",
        "upload",
        "download",
        "restore_dump",
        "restore_newest",
        "copy_path",
        "copy_command",
        "details",
        "verify",
        "prove",
        "undo",
        "delete_dump",
    }
)
_BEGINS: dict[Wish, Literal["", "test", "import"]] = {Wish.IMPORT: "import", Wish.TEST: "test"}


class ProfileActions(ProofActions):
    """What the workbench does with its profiles. Reading and writing the file is left to threads."""

    def __init__(self, bak: Bak, choices: Sequence[Choice], clock: Clock, *, prepares: bool = False) -> None:
        super().__init__(bak, clock)
        self.fetch = Fetcher(self, bak)
        self.choices = {choice.name: choice for choice in choices}
        self.reach = dict.fromkeys(self.choices, Reach.CLOSED)
        self.wanted = ""
        """The profile that is open or about to be: an answer for another comes too late."""
        self.refusal: BakError | None = None
        """Why that one could not be opened."""
        self._typed: set[str] = set()
        """Profiles whose password was typed in this session."""
        self.prepares = prepares
        """The first profile is being made ready."""

    @abstractmethod
    def tell(self) -> None:
        """Header, tabs and strip say what is so now."""

    def add_choice(self, choice: Choice) -> None:
        """Another profile can be chosen from now on; the first one is opened."""
        self.choices[choice.name] = choice
        self.reach[choice.name] = Reach.CLOSED
        self.show_profiles()
        if self.profile is None:
            self.open_profile(choice.name)

    def named(self, name: str) -> Profile | None:
        """A profile's name and label, for the title of a dialog about it."""
        choice = self.choices.get(name)
        return Profile(name, environment=choice.environment) if choice else None

    def choices_renewed(self) -> None:
        """Show what can be opened now. What is open stays open, unless it is no longer there."""
        self.reach = {name: self.reach.get(name, Reach.CLOSED) for name in self.choices}
        self.show_profiles()
        if self.wanted not in self.choices:
            self.profile = self.board = None
            if self.choices:
                self.open_profile(next(iter(self.choices)))
            else:
                self.say_there_is_none()
        self.tell()

    @work(exclusive=True, group="first-start", description="-")
    async def say_there_is_none(self) -> None:
        """No profile: what one is, and the keys that make one."""
        self.wanted = ""
        self.query_one(ProfilesPane).listing.say_instead(placeholders.NO_PROFILE)
        self.query_one(BucketPane).close()
        databases = self.query_one(DatabasesPane)
        databases.show_board(None)
        if self.prepares:
            databases.listing.say_instead(placeholders.loading("preparing the demo"))
            return
        keys = (
            databases.key_of("db.new-profile", "n"),
            databases.key_of("db.import-profile", "i"),
            databases.key_of("db.demo", "d"),
        )
        databases.say_first_start(placeholders.first_start(keys))
        known = await asyncio.to_thread(self.bak.profiles.candidates)
        if databases.is_first_start:
            databases.say_first_start(placeholders.first_start(keys, found_words(known)))

    def open_profile(self, name: str, password: Secret | None = None) -> None:
        """Switch to a profile: its secrets first, then both of its ends."""
        self.profile = self.board = self.refusal = None
        self.wanted = name
        self.reach[name] = Reach.OPENING
        self.show_profiles()
        self._open(self.choices[name], password)
        databases = self.query_one(DatabasesPane)
        databases.show_board(None)
        databases.clear_marks()  # another server may have databases of the same names
        databases.listing.say_instead(placeholders.loading(f"connecting to {foreign(name)}"))

    def _open(self, choice: Choice, password: Secret | None) -> None:
        """With what was typed, or with what the profile refers to."""
        self._typed = self._typed - {choice.name} if password is None else self._typed | {choice.name}
        self.fetch.open(choice, password)

    @work(description="-")
    async def on_failed(self, message: Failed) -> None:
        """A profile that cannot be opened: ask for its password, or say why."""
        if isinstance(message.error, PasswordNeeded):
            await self.ask_password(message.profile, message.error)
            return
        self._give_up(message.profile, message.error)
        self.complain(message.error)

    def _give_up(self, name: str, error: BakError) -> None:
        """Say in list, pane and header why the profile is not open, or what it wants; `r` tries again."""
        self.reach[name] = reach_of(error)
        self.show_profiles()
        if name == self.wanted and self.profile is None:
            self.refusal = error
            databases = self.query_one(DatabasesPane)
            databases.listing.say_instead(databases.failure(error))
        self.tell()

    async def ask_password(self, name: str, error: BakError) -> None:
        """Ask, and open the profile with the answer."""
        choice = self.choices.get(name)
        if choice is None:
            return  # it was deleted meanwhile
        refused = "" if isinstance(error, PasswordNeeded) else await self._refused(choice)
        password = await self.app.push_screen_wait(
            AskPassword(choice.name, choice.environment, error.message, refused)
        )
        if password:
            self._open(choice, Secret(password))
        else:
            self._give_up(name, error)

    async def _refused(self, choice: Choice) -> str:
        """Where the password came from that was refused, in a sentence; empty when that is not known."""
        if choice.name in self._typed:
            return "The password that was refused is the one typed here."
        try:
            source = await asyncio.to_thread(choice.password_source)
        except BakError:
            return ""  # the file was changed meanwhile: what is wrong with it is told when it is opened again
        return f"The password that was refused came from {source}." if source else ""

    def show_profiles(self) -> None:
        """The list, as far as each could be reached."""
        self.query_one(ProfilesPane).show(
            tuple(
                ProfileRow(
                    choice.name,
                    choice.environment,
                    choice.is_read_only,
                    self.reach[choice.name],
                    is_open=self.profile is not None and self.profile.name == choice.name,
                    is_stored=choice.is_stored,
                )
                for choice in self.choices.values()
            )
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What works on a profile works only with one."""
        if action == "refresh":
            return bool(self.wanted)
        if action in _NEEDS_PROFILE and self.profile is None:
            return False
        return super().check_action(action, parameters)

    @work(exclusive=True, group="profiling", description="-")
    async def on_profiles_pane_asked(self, message: ProfilesPane.Asked) -> None:
        try:
            if message.wish is Wish.DELETE:
                await self._delete(message.name)
                return
            begins = _BEGINS.get(message.wish, "")
            choice = self.choices.get(message.name)
            if choice is not None and choice.made_of is not None and not choice.is_stored:
                await self._edit(ProfileDialog(self.bak, like=storable(choice.made_of), begins=begins))
                return
            stored = await self._stored(message.name) if message.name else None
            await self._edit(ProfileDialog(self.bak, stored, begins=begins))
        except Cancelled:
            return
        except BakError as error:
            self.complain(error)

    async def _stored(self, name: str) -> StoredProfile | None:
        every = await answered(self, self.bak.profiles.all)
        return next((stored for stored in every if stored.name == name), None)

    async def _edit(self, form: ProfileDialog) -> None:
        saved = await self.app.push_screen_wait(form)
        if saved is None:
            return
        if await self._renew():
            self.notify(f"profile {saved.name} is saved", markup=False)
            self.open_profile(saved.name, saved.password)

    async def _delete(self, name: str) -> None:
        choice = self.choices[name]
        profile = Profile(name, environment=choice.environment)
        said = [
            "Forget this profile?",
            "",
            "Its server, its bucket and every backup stay as they are.",
            f"It is taken out of {self.bak.profiles.path}.",
        ]
        command = remove_line(name, self.bak.profiles.config)
        if await self.app.push_screen_wait(Confirm("Delete profile", said, profile, command=command)):
            await asyncio.to_thread(self.bak.profiles.remove, name)
            if await self._renew():
                self.notify(f"profile {name} is forgotten", markup=False)

    async def _renew(self) -> bool:
        """Show what can be opened: the file's profiles in its order, then those made for the moment.

        False when the program has begun to end meanwhile: what would show them may be gone.
        """
        every = await asyncio.to_thread(self.bak.profiles.all)
        if not self.is_attached:
            return False
        stored = [stored_choice(self.bak, each) for each in every]
        others = [choice for choice in self.choices.values() if not choice.is_stored]
        self.choices = {choice.name: choice for choice in [*stored, *others]}
        self.choices_renewed()
        return True


def found_words(known: list[Candidate]) -> str:
    """`found here: 2 pg services, 3 AWS profiles`."""
    services = sum(candidate.part == "server" for candidate in known)
    aws = len(known) - services
    parts = [plural(services, "pg service")] if services else []
    parts += [plural(aws, "AWS profile")] if aws else []
    return f"found here: {', '.join(parts)}" if parts else "nothing found here to import"
