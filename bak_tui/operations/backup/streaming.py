"""A dump written as one stream: pg_dump's custom format, from its output to the place, no file between."""

from __future__ import annotations

from bak_tui.core.dump_format import DumpFormat
from bak_tui.core.manifest import part_records
from bak_tui.core.parts import StreamDigest, plan_parts
from bak_tui.operations.backup.dumping import Dumping, Written
from bak_tui.operations.backup.storing import StoredBytes, tell_retries
from bak_tui.operations.backup.walking import WalkedStream, check_dumped, notes_on, offsets_of
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.places import Place


def stream_dump(dumping: Dumping, place: Place) -> Written:
    """Nothing is visible unless this returns: the gate is asked when the last byte is acknowledged."""
    task = dumping.task
    plan = plan_parts(dumping.database.size or dumping.snapshot.catalog.size, dumping.run.part_size)
    progress = dumping.begin()
    request = dumping.request()
    process = dumping.process(request, progress)
    with progress.watching(dumping.copies), process, task.on_cancel(process.stop):
        stored = StoredBytes(task)

        def ended(size: int) -> None:
            """Its last parts are still on their way: from now on bytes tell how far it is."""
            task.check()
            dumping.check_exit(process)
            progress.end()
            stored.all_that_is_left(size)

        stream = WalkedStream(
            process.stream, lambda: dumping.passed(Step.STREAMING), ended, dumping.require_definitions
        )

        def gate(_digest: StreamDigest) -> None:
            task.check()
            dumping.check_exit(process)
            check_dumped(stream.walk, dumping.database.name)
            dumping.counts.result()
            dumping.passed(Step.GATE)

        receipt = place.store(
            dumping.path,
            stream,
            plan,
            cancellation=task,
            gate=gate,
            progress=stored.add,
            entry=dumping.entry,
        )
    tell_retries(task, receipt)
    return Written(
        format=DumpFormat.CUSTOM,
        options=request.options,
        size=receipt.digest.size,
        sha256=receipt.digest.sha256,
        part_size=plan.part_size,
        parts=part_records(receipt.digest),
        checked=receipt.checked,
        offsets=offsets_of(stream.walk),
        notes=(*notes_on(stream.walk), *dumping.warnings_of(process)),
    )
