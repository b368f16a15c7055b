"""A proven database gets the name it was made for; who bore that name is kept under another.

Both happen in one transaction, so that the name always belongs to a whole database. The kept one bears a
mark in its COMMENT, by which `undo` knows it again; its own comment stands in the mark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bak_tui.core.marks import KEPT_LABEL, Mark, MarkKind, parse_mark
from bak_tui.core.names import derived_name, free_name
from bak_tui.operations.ports import Postgres
from bak_tui.services.postgres import Rename


@dataclass(frozen=True, slots=True)
class Succession:
    """A name that is to go from one database to another."""

    wished: str
    """The name; whoever bears it now is kept."""
    successor: str
    """Who gets it."""
    at: datetime
    job: str
    """The application name of the sessions that do it."""
    source: str = ""
    """The dump the successor came from."""
    kept_as: str | None = None
    """What the database that bears the name is called afterwards; None: `<wished>__old_<time>`."""
    is_template: bool = False
    """Whether the successor becomes one with its name."""
    named_at: datetime | None = None
    """That time; None: `at`. The name of a later second is taken while another database has that one."""


def succeed(
    instance: Postgres,
    succession: Succession,
    *,
    patience: float,
    terminates: bool,
    check: Callable[[], None],
) -> str:
    """Carry it out; what the kept one is called. Raises DatabaseInUse with nothing renamed."""
    comments = instance.comments()
    before = comments.get(succession.wished)
    mark = Mark(
        kind=MarkKind.KEPT,
        database=succession.wished,
        job=succession.job,
        at=succession.at,
        source=succession.source,
        comment=before,
    )
    own = parse_mark(comments.get(succession.successor))
    # A scratch database has no comment of its own: the name keeps the one it had.
    is_kept = own is not None and own.is_kept
    comment = own_comment(own.comment if own and is_kept else before)
    names = {each.name for each in instance.databases()}
    named_at = succession.named_at or succession.at
    kept_as = succession.kept_as or free_name(succession.wished, KEPT_LABEL, named_at, names)
    renames = [
        Rename(succession.wished, kept_as, str(mark)),
        Rename(
            succession.successor,
            succession.wished,
            comment,
            is_nobodys=not is_kept,
            is_template=succession.is_template,
        ),
    ]
    instance.rename(renames, patience=patience, terminates=terminates, check=check)
    return kept_as


def taken_meanwhile(database: str, named_at: datetime | None, kept_as: str) -> str:
    """The name that a plan of that moment has told, where what is kept got another; else empty."""
    planned = derived_name(database, KEPT_LABEL, named_at) if named_at else kept_as
    return planned if planned != kept_as else ""


def kept_words(kept_as: str, taken: str) -> str:
    """`x__old_… (x__old_…, as planned, was taken meanwhile)`."""
    return f"{kept_as} ({taken}, as planned, was taken meanwhile)" if taken else kept_as


def own_comment(comment: str | None) -> str | None:
    """A comment as it may be given to a database; a mark would make it one that it is not."""
    return None if parse_mark(comment) else comment
