"""What checks have proven of a dump, as a program reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bak_tui.operations.bucket.inventory import StoredDump


def evidence_fields(dump: StoredDump) -> dict[str, Any]:
    """`good`, and when it was last `verified` and `proven`; null: never, or a check failed since."""
    evidence = dump.evidence
    return {
        "good": dump.is_good,
        "verified": evidence.verified and evidence.verified.isoformat(),
        "proven": evidence.proven and evidence.proven.isoformat(),
        "harm": evidence.harm or None,
    }
