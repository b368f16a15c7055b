"""The options that say how a restore is done, and what they come to."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from bak_tui.cli.options import kept, together
from bak_tui.cli.session import Session
from bak_tui.core.consent import NO_CONSENT, Consent
from bak_tui.core.errors import ConfirmationNeeded
from bak_tui.core.plan import Prospect, Verdict
from bak_tui.core.portion import SECTIONS, Portion

if TYPE_CHECKING:
    from bak_tui.operations.restore.targets import RestoreOptions

confirm_option = kept(
    "--confirm",
    to="confirm",
    multiple=True,
    metavar="NAME",
    help="The exact name of a database that is to be replaced, swapped back or dropped; --yes is not enough.",
)
terminate_option = kept(
    "--terminate",
    to="terminate",
    is_flag=True,
    default=None,
    help="End the sessions on a database that is to get another name; else they are waited for, and named.",
)
yes_option = kept(
    "--yes",
    to="yes",
    is_flag=True,
    default=None,
    help="Say yes to whatever needs no name typed, nor --as-superuser.",
)

as_superuser_option = kept(
    "--as-superuser",
    to="as_superuser",
    is_flag=True,
    default=None,
    help="As a superuser, run the code of a dump without a manifest, too: it gets all rights on the server.",
)

restoring_options = together(
    kept("--into", to="into", metavar="NAME", help="The target database's name."),
    kept(
        "--swap",
        to="swap",
        is_flag=True,
        default=None,
        help="An existing target gives its name to the restored one and is kept: bak undo swaps back.",
    ),
    kept(
        "--clean",
        to="clean",
        is_flag=True,
        default=None,
        help="In an existing target drop and make again what the dump has, in one transaction.",
    ),
    confirm_option,
    terminate_option,
    yes_option,
    kept(
        "--no-owner",
        to="no_owner",
        is_flag=True,
        default=None,
        help="Everything belongs to the role that restores.",
    ),
    kept("--no-privileges", to="no_privileges", is_flag=True, default=None, help="Leave out all grants."),
    as_superuser_option,
    kept("--role", to="role", metavar="NAME", help="Become this role before anything is made."),
    kept(
        "--schema",
        to="schema",
        multiple=True,
        metavar="NAME",
        help="Only this schema, by its exact name; repeatable.",
    ),
    kept(
        "--table",
        to="table",
        multiple=True,
        metavar="[SCHEMA.]NAME",
        help="Only this table (or view, sequence), by its exact name, with what belongs to it; repeatable.",
    ),
    kept(
        "--section",
        to="section",
        multiple=True,
        type=click.Choice(SECTIONS),
        help="Only this section of the dump; repeatable.",
    ),
    kept(
        "--jobs",
        "-j",
        to="jobs",
        type=click.IntRange(1, 64),
        help="Workers within one database (default: the server's cores if it tells, else this machine's).",
    ),
    kept(
        "--parallel",
        to="parallel",
        type=click.IntRange(1, 64),
        help="Databases at once (default: one a core).",
    ),
)


def how_to_restore(session: Session, dumps: int) -> RestoreOptions:
    """The options as the operation takes them, for so many dumps. Raises click.UsageError."""
    from bak_tui.core.plan import Mode
    from bak_tui.operations.restore.targets import RestoreOptions
    from bak_tui.services.pgtools import Ownership

    said = session.said
    if said.get("swap") and said.get("clean"):
        raise click.UsageError("--swap and --clean are two ways; choose one")
    if said.get("terminate") and not said.get("swap"):
        raise click.UsageError("--terminate belongs to --swap: only a swap needs the database to itself")
    cores = os.cpu_count() or 1
    width = min(said.get("parallel") or cores, max(1, dumps))
    return RestoreOptions(
        into=said.get("into"),
        parallel=width,
        jobs=said.get("jobs"),
        over=Mode.SWAP if said.get("swap") else Mode.CLEAN if said.get("clean") else None,
        confirmed=frozenset(said.get("confirm", ())),
        consent=Consent(is_general=bool(said.get("as_superuser"))),
        terminates=bool(said.get("terminate")),
        ownership=Ownership(
            has_owners=not said.get("no_owner"),
            has_privileges=not said.get("no_privileges"),
            role=said.get("role"),
        ),
        portion=Portion(
            schemas=tuple(said.get("schema", ())),
            tables=tuple(said.get("table", ())),
            sections=tuple(said.get("section", ())),
        ),
    )


def confirmed_by_typing(session: Session, attempt: Callable[[], object]) -> frozenset[str]:
    """The names that `attempt` wants, typed by the person at the terminal; none when nobody is there."""
    if not session.may_ask:
        return frozenset()
    try:
        attempt()
    except ConfirmationNeeded as needed:
        if needed.name is None:
            raise
        session.note(needed.message)
        typed = click.prompt("Type its name to go on", err=True, default="", show_default=False)
        return frozenset({typed})
    return frozenset()


def agreed_to(session: Session, foresee: Callable[[], Sequence[Prospect]]) -> Consent:
    """Where a person is there: asks whether to go on though roles are missing, or a superuser would run code
    that nothing vouches for, and gives what of the latter was agreed to. Raises ConfirmationNeeded on No.

    Without anybody to ask roles may be missing, and it ends OK WITH WARNINGS: no row is lost by it. --yes
    says yes to that, and to nobody's code.
    """
    if not session.may_ask:
        return NO_CONSENT
    prospects = foresee()
    roles = [] if session.said.get("yes") else [line for each in prospects for line in _missing_roles(each)]
    unvouched = [] if session.said.get("as_superuser") else [each for each in prospects if each.must_be_said]
    for line in (*roles, *(_unvouched(each) for each in unvouched)):
        session.note(line)
    if (roles or unvouched) and not click.confirm("Go on?", default=False, err=True):
        why = "no manifest vouches for its code" if unvouched else "roles are missing"
        hint = "restore it as a role with CREATEDB, or say --as-superuser"
        raise ConfirmationNeeded(
            f"not restored: {why}; nothing was touched",
            hint=hint if unvouched else "create them there, or say --no-owner --no-privileges, or --yes",
        )
    return Consent(seals=frozenset(each.seal for each in unvouched))


def _missing_roles(prospect: Prospect) -> list[str]:
    found = [check for check in prospect.checks if check.label == "roles" and check.verdict is Verdict.WARN]
    return [f"{prospect.database}: roles {check.fact}" for check in found]


def _unvouched(prospect: Prospect) -> str:
    facts = [check.fact for check in prospect.checks if check.label in {"code", "rights"}]
    return f"{prospect.database}: {'; '.join(facts)}"
