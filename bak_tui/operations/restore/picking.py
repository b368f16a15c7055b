"""A part of a dump: which entries it is, their list for pg_restore, and what is to be compared."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bak_tui.core.manifest import LargeObjectsRecord, Manifest
from bak_tui.core.portion import Portion, pick
from bak_tui.services.archive import TOC_NAME, TocEntry, read_contents


@dataclass(frozen=True, slots=True)
class Part:
    """What of one dump is restored."""

    portion: Portion
    ids: frozenset[int]
    """Of its entries, by their dump ids."""
    manifest: Manifest | None
    """The dump's, narrowed to what must be there afterwards."""
    left_out: tuple[str, ...] = ()
    """What belongs to it and needs something that is not restored."""
    list_file: Path | None = None
    """Names the entries for pg_restore, in the archive's order; None takes all of the sections' entries."""


def make_part(
    file: Path, portion: Portion, manifest: Manifest | None, spool: Path, *, is_clean: bool
) -> Part:
    """Read the archive's table of contents and choose. Raises UsageError when a name is not in it.

    `is_clean`: what the chosen ones depend on is in the target already, and must not be dropped there.
    """
    with (file / TOC_NAME if file.is_dir() else file).open("rb") as stream:
        contents = read_contents(stream, file.name)
    part = choose(contents.entries, portion, manifest, is_clean=is_clean)
    if not portion.names_something:
        return part
    list_file = spool / f"{uuid.uuid4().hex}.list"
    lines = (f"{entry.dump_id};\n" for entry in contents.entries if entry.dump_id in part.ids)
    list_file.write_text("".join(lines), encoding="ascii")
    return replace(part, list_file=list_file)


def choose(
    entries: Sequence[TocEntry], portion: Portion, manifest: Manifest | None, *, is_clean: bool
) -> Part:
    """The part without its list. Raises UsageError for a name that is not there. `is_clean`: as above."""
    ids = frozenset(entry.dump_id for entry in entries)
    left_out: tuple[str, ...] = ()
    if portion.names_something:
        picked = pick(entries, portion, with_needs=not is_clean)
        ids, left_out = picked.ids, picked.left_out
    return Part(portion, ids, _narrowed(manifest, entries, ids, portion) if manifest else None, left_out)


def _narrowed(
    manifest: Manifest, entries: Sequence[TocEntry], ids: frozenset[int], portion: Portion
) -> Manifest:
    """What must be there: tables without their rows count none; large objects only when all are meant."""
    chosen = [entry for entry in entries if entry.dump_id in ids]
    has_structure = not portion.sections or "pre-data" in portion.sections
    made = {(each.namespace, each.tag) for each in chosen if each.desc == "TABLE" and has_structure}
    filled = {(each.namespace, each.tag) for each in chosen if each.desc == "TABLE DATA" and portion.has_data}
    views = {(each.namespace, each.tag) for each in chosen if each.desc == "MATERIALIZED VIEW"}
    tables = [
        table if (table.schema_name, table.name) in filled else table.model_copy(update={"rows": 0})
        for table in manifest.tables or []
        if (table.schema_name, table.name) in made | filled
    ]
    objects = manifest.large_objects
    if portion.names_something:
        objects = LargeObjectsRecord(number=0, bytes=0)
    elif not portion.has_data:
        objects = None
    return manifest.model_copy(
        update={
            "tables": tables if manifest.tables is not None else None,
            "materialized_views": [
                view
                for view in manifest.materialized_views or []
                if (view.schema_name, view.name) in views and not portion.sections
            ],
            "large_objects": objects,
        }
    )
