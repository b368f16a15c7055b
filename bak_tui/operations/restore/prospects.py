"""The plan of a restore: every target's four lines, its checks, and how long it took before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from bak_tui.core.consent import GENERAL_CONSENT
from bak_tui.core.databases import Database
from bak_tui.core.jobs import JobState
from bak_tui.core.marks import KEPT_LABEL, SCRATCH_LABEL
from bak_tui.core.names import free_moment, parse_dump_name
from bak_tui.core.plan import Mode, Prospect
from bak_tui.core.profile import Server
from bak_tui.operations.ports import Collaborators, Postgres
from bak_tui.operations.restore.ahead import Ahead, look_ahead
from bak_tui.operations.restore.changes import TargetFacts, changes
from bak_tui.operations.restore.precheck import CheckedFacts, checks, is_own
from bak_tui.operations.restore.sources import DumpSource, dumped_version
from bak_tui.operations.restore.streaming import may_stream
from bak_tui.operations.restore.targets import RestoreItem, RestoreOptions, choose_targets
from bak_tui.operations.restore.trust import must_be_said, seal_of
from bak_tui.operations.spool import temporary_folder
from bak_tui.services.archive import LOOKED_AT, code_in
from bak_tui.services.folder import free_space
from bak_tui.services.history import PastJobs

_OVER = frozenset({Mode.SWAP, Mode.CLEAN})


def foresee(
    collaborators: Collaborators,
    server: Server,
    sources: Sequence[DumpSource],
    options: RestoreOptions,
    past: PastJobs,
) -> tuple[Prospect, ...]:
    """A prospect for every dump. Raises what the restore itself would raise beforehand, but asks no name."""
    items = choose_targets(collaborators, server, sources, options)
    instance = collaborators.postgres(server, "bak")
    databases = {each.name: each for each in instance.databases()}
    look = _Look(collaborators, instance, databases, options, past)
    return tuple(look.prospect(item) for item in items)


@dataclass(frozen=True)
class _Look:
    """A look at one server, before anything is done there."""

    collaborators: Collaborators
    instance: Postgres
    databases: Mapping[str, Database]
    options: RestoreOptions
    past: PastJobs

    def prospect(self, item: RestoreItem) -> Prospect:
        source = item.source
        ahead = look_ahead(source, item.how.portion, is_clean=item.mode is Mode.CLEAN)
        facts = self._target_facts(item, ahead)
        checked = self._checked_facts(item, facts, ahead)
        options = replace(self.options, consent=GENERAL_CONSENT) if checked.must_be_said else self.options
        return Prospect(
            source=source.name,
            reference=source.reference,
            taken=source.taken,
            dump_size=source.size,
            database=item.target,
            mode=item.mode,
            needs_name=item.needs_name,
            must_be_said=checked.must_be_said,
            seal=seal_of(checked.code),
            changes=changes(facts),
            checks=checks(checked),
            seconds=_took_before(source.database, self.past),
            arguments=options.arguments(needs_name=item.needs_name, target=item.target),
            sessions=checked.sessions,
            named_at=facts.named_at,
        )

    def _target_facts(self, item: RestoreItem, ahead: Ahead) -> TargetFacts:
        live = self.databases.get(item.target)
        now = self.collaborators.clock()
        return TargetFacts(
            database=item.target,
            mode=item.mode,
            taken=item.source.taken,
            manifest=ahead.manifest,
            live_size=live.size if live else None,
            live_rows=self.instance.row_estimates(item.target) if item.mode in _OVER else {},
            now=now,
            named_at=free_moment(item.target, (SCRATCH_LABEL, KEPT_LABEL), now, self.databases),
        )

    def _checked_facts(self, item: RestoreItem, facts: TargetFacts, ahead: Ahead) -> CheckedFacts:
        needs = item.source.manifest.requirements if item.source.manifest else None
        keeps_own = item.mode in {Mode.EXISTING, Mode.CLEAN}
        identity = self.instance.identity()
        offer = self.instance.offer(needs.locale.value() if needs and needs.locale else None)
        code = None if is_own(item.source.manifest, identity) else code_in(item.source.begin(LOOKED_AT))
        return CheckedFacts(
            mode=item.mode,
            identity=identity,
            offer=offer,
            tools=item.tools,
            workers=item.workers,
            names_roles=self.options.ownership.has_owners or self.options.ownership.has_privileges,
            manifest=item.source.manifest,
            code=code,
            must_be_said=must_be_said(item.source.manifest, code, is_superuser=offer.is_superuser),
            dumped_version=dumped_version(item.source),
            has=self.instance.requirements(item.target) if keeps_own else None,
            disk=self.instance.disk(),
            portion=self.options.portion,
            spool_size=ahead.spool_size,
            spool_free=free_space(temporary_folder()),
            can_stream=may_stream(item.how.portion) and item.source.streamed() is not None,
            restored_size=facts.restored_size,
            sessions=self.instance.sessions(item.target) if item.mode in _OVER else (),
            terminates=item.terminates,
            patience=self.collaborators.limits.sessions,
        )


def _took_before(database: str, past: PastJobs) -> float | None:
    """The median of what restores of this database alone took, in seconds."""
    took = [
        (job.finished - job.started).total_seconds()
        for job in past.jobs
        if job.verb == "restore"
        and job.state in {JobState.OK, JobState.WARN}
        and len(job.items) == 1
        and parse_dump_name(job.items[0].subject).database == database
        and job.started is not None
        and job.finished is not None
    ]
    return median(took) if took else None
