"""A restored database is given what the dumped one had itself (settings, privileges, owner), then its name.

pg_dump leaves that out. A dump that did not write it down, and replaces a database, leaves it as that one
has it: a swap must not lock anybody out.
"""

from __future__ import annotations

from bak_tui.core.errors import RestoreFailed
from bak_tui.core.fitting import how_to_install, missing_extensions
from bak_tui.core.requirements import Requirements
from bak_tui.operations.restore.loading import Loader

_MOST_TOLD = 5


def require_extensions(loader: Loader) -> None:
    """Raise RestoreFailed, before anything is done, when an extension is missing that all of a dump needs."""
    if loader.how.portion.is_whole and (wanted := _recorded(loader)) and wanted.extensions:
        missing = missing_extensions(wanted, loader.instance.offer())
        if missing:
            raise RestoreFailed(
                f"{loader.subject} needs extensions that are not installed on this server: "
                + ", ".join(missing),
                hint=f"{how_to_install(missing)}; then restore again",
                left="nothing was done",
                kind="extension_missing",
            )


def finish(loader: Loader, database: str, replaced: str | None) -> bool:
    """Give `database` what the dumped one had; warns of what the server refused.

    `replaced`: whose name it will take, asked when the dump did not write it down. Whether it was a template:
    that it is to be made with its name.
    """
    wanted = recorded = _recorded(loader)
    if wanted is None or wanted.owner is None:
        wanted = loader.instance.requirements(replaced) if replaced else None
    loader.task.phase("finishing")
    ownership = loader.how.ownership
    refused = loader.instance.apply(
        database, wanted or Requirements(), owner=ownership.has_owners, privileges=ownership.has_privileges
    )
    if refused:
        more = f" and {len(refused) - _MOST_TOLD} more" if len(refused) > _MOST_TOLD else ""
        loader.task.warn(f"the database itself is not all as it was: {'; '.join(refused[:_MOST_TOLD])}{more}")
    if recorded is not None and recorded.is_template is not None:
        return recorded.is_template
    return any(each.is_template for each in loader.instance.databases() if each.name == replaced)


def _recorded(loader: Loader) -> Requirements | None:
    manifest = loader.source.manifest
    return manifest.requirements if manifest else None
