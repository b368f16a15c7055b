"""Verify, prove, undo and delete: each looked at in a thread first, asked for, then a job.

What changes something that exists wants a name typed; under a read-only profile it is not offered at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from textual import work

from bak_tui.core.command_line import AD_HOC, bak_line
from bak_tui.core.consent import Consent
from bak_tui.core.profile import Profile
from bak_tui.core.wording import age, first_of, plural, size
from bak_tui.operations.bucket.delete import DeleteOptions, DeletePlan
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.refused import Refused
from bak_tui.operations.restore.trust import Unvouched
from bak_tui.operations.restore.undo import UndoOptions, UndoPlan
from bak_tui.tui.dialogs.ask import NOTHING, Confirm, TypeName
from bak_tui.tui.dialogs.proof import ProveDialog, VerifyDialog
from bak_tui.tui.panes.bucket import BucketPane
from bak_tui.tui.panes.databases import DatabasesPane
from bak_tui.tui.screens.dump_actions import DumpActions

_ON_A_DUMP = frozenset({"verify", "prove", "delete_dump"})
_CHANGES = frozenset({"prove", "delete_dump", "undo"})
"""What a read-only profile does not offer."""
_MOST_NAMED = 5


class ProofActions(DumpActions):
    """The keys `V`, `P`, `U` and `D` of the workbench."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in _CHANGES and (self.profile is None or self.profile.is_read_only):
            return False
        if action in _ON_A_DUMP and not self.is_refused(action) and not self._has_dumps(action):
            return None
        if action == "undo":
            return self.query_one(DatabasesPane).can_swap_back or None
        return super().check_action(action, parameters)

    def _has_dumps(self, action: str) -> bool:
        """Whether the action has anything to work on."""
        bucket = self.query_one(BucketPane)
        if action == "delete_dump":  # a key of the bucket alone
            return bucket.has_marks or bucket.current_dump is not None
        return (bucket.has_focus_within and bucket.has_marks) or bool(self._dumps_here)

    @property
    def _dumps_here(self) -> list[StoredDump]:
        """The bucket's marked dumps, or the one under its cursor, of a folder the newest; else of every
        marked database, or the one under the cursor, the newest.
        """
        bucket, databases = self.query_one(BucketPane), self.query_one(DatabasesPane)
        if bucket.has_focus_within:
            return bucket.chosen_dumps or bucket.current_dumps[:1]
        here = databases.listing.current
        rows = databases.every_marked or ([here] if here is not None else [])
        return [row.dumps[0] for row in rows if row.dumps]

    def _clear_marks(self) -> None:
        """What was marked is being done."""
        self.query_one(DatabasesPane).clear_marks()
        self.query_one(BucketPane).clear_marks()

    @work(description="-")
    async def action_verify(self) -> None:
        """Prove that the bytes are the ones that were written."""
        dumps, profile = self._dumps_here, self.profile
        if not dumps or profile is None:
            return
        options = await self.app.push_screen_wait(VerifyDialog(profile, dumps, self.moment, self.cores))
        if options is not None:
            self.bak.verify(profile, dumps, options)
            self._clear_marks()

    @work(description="-")
    async def action_prove(self) -> None:
        """Restore it into a scratch database and compare."""
        dumps, profile = self._dumps_here, self.profile
        if not dumps or profile is None:
            return
        options = await self.app.push_screen_wait(ProveDialog(profile, dumps, self.moment, self.cores))
        if options is not None:
            agreed = await self._agreed(profile, dumps, options)
            if agreed is not None:
                self.bak.prove(profile, dumps, agreed)
                self._clear_marks()

    async def _agreed(
        self, profile: Profile, dumps: Sequence[StoredDump], options: ProveOptions
    ) -> ProveOptions | None:
        """After asking where a superuser would run code that nothing vouches for; None on No."""
        bare = [dump for dump in dumps if dump.manifest is None]

        def ask() -> tuple[Unvouched, ...]:
            return self.bak.plans.unvouched(profile.server, self.bak.catalogue(profile.target).sources(bare))

        found = await self.ask_first("what the dump brings", ask) if bare else ()
        if found is None:
            return None
        if not found:
            return options
        why = "No manifest vouches for it, and a superuser runs it with all rights on the server."
        paths = [dump.path for dump in dumps]
        question = Confirm(
            "Prove as a superuser",
            [*(f"{each.name} brings {each.brings}" for each in found), why],
            profile,
            command=bak_line("prove", profile, "--as-superuser", operands=paths),
        )
        consent = Consent(seals=frozenset(each.seal for each in found))
        return replace(options, consent=consent) if await self.app.push_screen_wait(question) else None

    @work(description="-")
    async def action_undo(self) -> None:
        """Swap a database back to what a restore has kept of it; on a kept one, back to that."""
        row, profile = self.query_one(DatabasesPane).listing.current, self.profile
        if row is None or profile is None:
            return
        name = row.kept_of or row.database
        kept = row.database if row.kept_of else None
        options = UndoOptions(kept, confirmed=frozenset({name}))
        plan = await self.ask_first(
            "what would be undone", partial(self.bak.plans.undo, profile.server, name, options)
        )
        if plan is None:
            return
        dialog = TypeName(
            "Undo the swap",
            profile,
            f"This makes {plan.back.name} {name} again",
            _undo_facts(plan),
            name=name,
            verb="Swap back",
            place=str(profile.server),
            command=bak_line(
                "undo", profile, *(["--kept", kept] if kept else []), "--confirm", name, operands=[name]
            ),
        )
        if await self.app.push_screen_wait(dialog):
            self.bak.undo(profile.server, name, replace(options, named_at=plan.named_at), profile.name)

    @work(description="-")
    async def action_delete_dump(self) -> None:
        """Delete the marked dumps, or the one under the cursor, with manifests and results of checks."""
        dumps, profile = self.query_one(BucketPane).chosen_dumps, self.profile
        if not dumps or profile is None:
            return
        plan = await self._delete_plan(profile, dumps)
        if plan is None:
            return
        name = profile.target.bucket if profile.name == AD_HOC else profile.name
        dialog = TypeName(
            "Delete",
            profile,
            f"This deletes {plural(len(plan.dumps), 'dump')} for good",
            _delete_facts(plan),
            name=name,
            verb=f"Delete {len(plan.dumps):,}" if len(plan.dumps) > 1 else "Delete",
            place=str(profile.target),
            command=bak_line("delete", profile, "--confirm", name, operands=[dump.path for dump in dumps]),
        )
        if await self.app.push_screen_wait(dialog):
            self.bak.delete(profile, plan.named, DeleteOptions(frozenset({name}), self.cores))
            self._clear_marks()

    async def _delete_plan(self, profile: Profile, dumps: Sequence[StoredDump]) -> DeletePlan | None:
        """What would go; None, and why is said, when nothing would."""
        plan = await self.ask_first(
            f"what would be deleted, {plural(len(dumps), 'dump')}",
            partial(self.bak.plans.delete, profile, dumps),
        )
        if plan is None:
            return None
        if not plan.dumps:
            self.complain(plan.refused[0].error)
            return None
        return plan


def _undo_facts(plan: UndoPlan) -> list[tuple[str, str]]:
    since = f"{age(plan.at - plan.back.mark.at)} ago"
    facts = [("back", f"{plan.back.name}, {size(plan.back.size)}, put aside {since}")]
    facts.append(
        ("kept", f"what it is now, as {plan.keep_as}: undo can be undone" if plan.exists else NOTHING)
    )
    if plan.sessions:
        facts.append(("sessions", f"{len(plan.sessions)} connected: they are waited for"))
    return [("lost", NOTHING), *facts]


def _delete_facts(plan: DeletePlan) -> list[tuple[str, str]]:
    """How many, how much and which; of many the newest by name."""
    dumps = plan.dumps
    paths = [f"{dump.path}, {size(dump.stored.size)}" for dump in dumps]
    if len(dumps) == 1:
        lost = [("lost", paths[0]), ("with it", "its manifest and the results of its checks")]
    else:
        databases = plural(len({dump.database for dump in dumps}), "database")
        more = [f"and {len(dumps) - _MOST_NAMED:,} more"] if len(dumps) > _MOST_NAMED else []
        lost = [
            ("lost", f"{plural(len(dumps), 'dump')} of {databases}, {size(plan.size)}"),
            *(("", path) for path in [*paths[:_MOST_NAMED], *more]),
            ("with it", "their manifests and the results of their checks"),
        ]
    if plan.bared:
        lost.append(("left", f"no good backup of {first_of(plan.bared, _MOST_NAMED)}"))
    if plan.refused:
        lost.append(("stays", first_of([_told(each) for each in plan.refused], 1)))
    return lost


def _told(refused: Refused) -> str:
    said = str(refused.error)
    return said if refused.name in said else f"{refused.name}: {said}"
