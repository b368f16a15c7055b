"""`doctor --clean` and `--drop`: shown first, asked about, then done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import output
from bak_tui.cli.restore_options import confirmed_by_typing
from bak_tui.cli.session import Session
from bak_tui.core.command_line import bak_line
from bak_tui.core.foreign import visible
from bak_tui.core.wording import size

if TYPE_CHECKING:
    from bak_tui.core.leftovers import Claims, Cleaned, Leftover
    from bak_tui.operations.bak import Bak
    from bak_tui.operations.doctor.marked import MarkedDatabase


def cleaned_up(session: Session, bak: Bak, claims: Claims, *, dry_run: bool) -> tuple[Cleaned, ...]:
    """Remove what may go, when somebody said yes to it. Raises ConfirmationNeeded and UsageError."""
    from bak_tui.core.leftovers import LeftoverKind

    profile = session.profile
    found = bak.house.find(profile, claims, lists_objects=bool(claims.objects))
    for error in found.errors:
        session.note(f"could not all be looked for: {error}")
    if dry_run:
        _print(found.removable, is_json=session.is_json)
        return ()
    for each in found.removable:
        fate = "would be told no more" if each.kind is LeftoverKind.FILLED else "would be removed"
        session.note(f"{fate}: {each.kind} {each.facts}")
    says_yes = bool(session.said.get("yes"))
    if found.removable and session.may_ask and not says_yes:
        says_yes = click.confirm(f"Remove {found.sentence}?", default=False, err=True)
    line = f"if that is meant: {bak_line('doctor', profile, '--clean', '--yes')}"
    bak.house.allow(profile, found, line, confirmed=says_yes)
    cleaned = bak.house.clean(profile, found)
    for done in cleaned:
        gone = "stays and is told no more" if done.leftover.kind is LeftoverKind.FILLED else "was removed"
        said = f"could not be removed: {done.error}" if done.error else gone
        session.note(f"{done.leftover.kind} {visible(done.leftover.where)} {said}")
    return cleaned


def databases_dropped(
    session: Session, bak: Bak, names: tuple[str, ...], *, dry_run: bool
) -> tuple[MarkedDatabase, ...]:
    """Drop kept and scratch databases whose names were typed. Raises ConfirmationNeeded and UsageError."""
    profile = session.profile
    confirmed = frozenset(session.said.get("confirm", ()))
    if dry_run:
        rows = [
            (each.mark.kind, each.name, size(each.size), each.mark.database)
            for each in bak.house.dropping(profile, names)
        ]
        if session.is_json:
            fields = [dict(zip(("kind", "name", "size", "database"), row, strict=True)) for row in rows]
            output.document("plan", {"drops": fields})
        else:
            output.table(("kind", "would be dropped", "size", "of"), rows, right=frozenset({2}))
        return ()
    for name in dict.fromkeys(names):
        typed = confirmed_by_typing(session, partial(bak.house.dropping, profile, [name], confirmed))
        confirmed |= typed
    dropped = bak.house.drop(profile, names, confirmed)
    for each in dropped:
        session.note(f"{each.name} was dropped")
    return dropped


def leftover_fields(each: Leftover) -> dict[str, Any]:
    """As a program reads it."""
    return {
        "kind": each.kind,
        "name": each.name,
        "where": each.where,
        "since": each.since.isoformat(),
        "whose": each.whose,
        "upload_id": each.upload_id or None,
    }


def _print(leftovers: tuple[Leftover, ...], *, is_json: bool) -> None:
    if is_json:
        output.document("plan", {"leftovers": [leftover_fields(each) for each in leftovers]})
        return
    output.table(("kind", "would be removed"), [(each.kind, each.facts) for each in leftovers])
