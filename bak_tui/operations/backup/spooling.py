"""A dump written by several workers: pg_dump's directory format, by way of a spool folder.

    pg_dump -Fd -j ─► a file is complete ─► stored, removed here ─► … ─► gate ─► lists stored ─► toc.dat

Every file goes as soon as it is complete, a large one while it is still written, so that a part of the dump
at most lies on this machine. The lists go when all else is there and the gate has opened, the table of
contents last: without it no reader takes the folder for a dump. Where anything fails, what was stored is
deleted again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bak_tui.core.dump_format import MOST_OBJECTS, DumpFormat
from bak_tui.core.errors import DumpFailed, IntegrityError
from bak_tui.core.manifest import file_record, sha256_of_files
from bak_tui.core.parts import DEFAULT_PART_SIZE, MIB, Receipt, plan_parts
from bak_tui.operations.backup.committing import Stored
from bak_tui.operations.backup.dumping import Dumping, Written
from bak_tui.operations.backup.sending_files import FileSender, checked_of_all
from bak_tui.operations.backup.spool_watch import SpoolWatch
from bak_tui.operations.backup.storing import StoredBytes, tell_retries
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.places import Place
from bak_tui.operations.spool import spool_folder
from bak_tui.operations.tables import TableProgress
from bak_tui.services.archive import is_list, require_files
from bak_tui.services.pgtools import DumpProcess

_LOOK_EVERY = 0.05
"""Seconds between two looks at the folder."""
_FOLLOWED_FROM = 4 * MIB
"""A file that has so much goes while it is written; smaller ones wait until they are complete."""
_FOLDER = "dump"


def spool_dump(dumping: Dumping, place: Place, stored: Stored) -> Written:
    """Nothing is taken for a dump unless this returns; what lies there meanwhile stands in `stored`."""
    task = dumping.task
    size = dumping.database.size or dumping.snapshot.catalog.size
    # A file is fetched whole in any case: parts that are small would only make uploads of one request many.
    plan = plan_parts(size, dumping.run.part_size, least=DEFAULT_PART_SIZE)
    progress = StoredBytes(task)
    objects = task.apart(lambda: dumping.run.instance.shape(dumping.database.name).objects)
    if objects > MOST_OBJECTS:
        task.say("bak", f"{objects:,} objects will be made, as directory format was asked for")
    with spool_folder(dumping.collaborators.journal, "backup") as spool:
        folder = spool.root / _FOLDER
        request = dumping.request(folder)
        sender = FileSender(
            folder,
            place,
            dumping.path,
            plan,
            stored=stored,
            journal=dumping.collaborators.journal,
            entry=dumping.entry,
            cancellation=task,
            progress=progress,
            large=dumping.run.jobs,
        )
        with sender:
            tables = dumping.begin(dumping.run.jobs)
            process = dumping.process(request, tables)
            with tables.watching(dumping.copies), process, task.on_cancel(process.stop):
                watch = SpoolWatch(
                    folder, process, size, dumping.collaborators.limits, lambda line: task.say("bak", line)
                )
                _follow(dumping, process, watch, sender)
            _finish(dumping, folder, watch, sender, tables, progress)
            receipts = sender.receipts()
    tell_retries(dumping.task, *receipts.values())
    return _written(request.options, plan.part_size, receipts, dumping.warnings_of(process))


def _follow(dumping: Dumping, process: DumpProcess, watch: SpoolWatch, sender: FileSender) -> None:
    """Until pg_dump has ended well: hand on what is complete or large, and let no more come than goes."""
    is_begun = False
    while not process.ends_within(_LOOK_EVERY):
        dumping.task.check()
        if not is_begun and watch.has_definitions:
            is_begun = True
            dumping.require_definitions()
        sender.check()
        for name in watch.complete():
            sender.give(name, watch.sizes[name])
        for name in watch.growing(_FOLLOWED_FROM, sender.followed):
            if sender.may_follow:
                sender.follow(name)
        watch.balance(sender.waiting)
        dumping.passed(Step.STREAMING)
    dumping.task.check()
    dumping.check_exit(process)
    if not is_begun:
        dumping.require_definitions()


def _finish(
    dumping: Dumping,
    folder: Path,
    watch: SpoolWatch,
    sender: FileSender,
    tables: TableProgress,
    progress: StoredBytes,
) -> None:
    """The rest, the gate, and the lists."""
    lists = []
    for name in watch.rest():
        if is_list(name):
            lists.append(name)
        else:
            sender.give(name, watch.sizes[name])
    tables.end()
    progress.all_that_is_left(sum(watch.sizes.values()))
    _require_whole(dumping, folder, watch.sizes)
    sender.join()
    dumping.counts.result()
    dumping.passed(Step.GATE)
    for name in lists:
        sender.give(name, watch.sizes[name])
        sender.join()


def _require_whole(dumping: Dumping, folder: Path, sizes: dict[str, int]) -> None:
    database = dumping.database.name
    if not sizes:
        raise DumpFailed(
            f"pg_dump of {database} said it was done and wrote nothing",
            hint="run it by hand",
            kind="empty_dump",
        )
    try:
        require_files(folder, sizes, dumping.task.check)
    except IntegrityError as error:
        raise DumpFailed(
            f"what pg_dump of {database} wrote is not whole: {error.message}",
            hint="run it by hand, and see what stands between it and this program",
            kind="bad_dump",
        ) from error


def _written(
    options: list[str], part_size: int, receipts: Mapping[str, Receipt], notes: tuple[str, ...]
) -> Written:
    files = [file_record(name, receipt.digest) for name, receipt in receipts.items()]
    return Written(
        format=DumpFormat.DIRECTORY,
        options=options,
        size=sum(file.size for file in files),
        sha256=sha256_of_files(files),
        part_size=part_size,
        parts=[],
        checked=checked_of_all(receipts),
        files=files,
        notes=notes,
    )
