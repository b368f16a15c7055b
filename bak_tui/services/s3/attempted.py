"""The sentence that tells of a failure: what was tried, where, and why it came to nothing.

Nothing secret may get into it: the target's own secrets and any signature in a URL are masked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bak_tui.core.errors import StoreError
from bak_tui.core.profile import Target
from bak_tui.core.redaction import without
from bak_tui.services.s3.codes import PERMISSIONS, WORDINGS, Wording

_SIGNED = re.compile(
    r"(?i)(X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=[^&\s\"'<]+"
)
_USER_INFO = re.compile(r"(://)[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Attempted:
    """What was tried: for the sentence that tells why it failed."""

    action: str
    """A verb with its object's beginning, as in `cannot <action> s3://…`: `list`, `upload part 3 of`."""
    target: Target
    endpoint: str
    key: str = ""
    is_stranger: bool = False
    """Whether nothing has ever answered there as an S3 server does."""

    def __str__(self) -> str:
        where = f"s3://{self.target.bucket}/{self.key}"
        return f"cannot {self.action} {where} at {self.endpoint}"

    @property
    def is_look(self) -> bool:
        """Whether it was a HEAD, whose answer has no body and so no reason."""
        return self.action == "look at"

    @property
    def permission(self) -> str:
        """What has to be granted for it, as policies call it; empty when that is not known."""
        begun = (name for verb, name in PERMISSIONS.items() if self.action.startswith(verb))
        return next(begun, "")


def is_transient(error: StoreError) -> bool:
    """Whether the same request may well succeed a moment later."""
    wording = WORDINGS.get(error.kind)
    return wording is not None and wording.is_transient


def may_have_worked(error: StoreError) -> bool:
    """Whether the server may have done what it was asked all the same: its answer was lost, or is none."""
    return is_transient(error) and error.kind not in {"unreachable", "slow_down"}


def store_error(
    kind: str, attempted: Attempted, *, wording: Wording | None = None, hint: str = "", **filling: str
) -> StoreError:
    """The sentence of one kind, or a narrower `wording` of it. `filling`: detail, region, skew if known."""
    wording = wording or WORDINGS[kind]
    filled = {"detail": "", "region": "", "skew": "", **filling}
    message = f"{attempted}: {wording.reason.format(**filled)}"
    hint = hint or wording.hint
    if kind == "access_denied" and hint == wording.hint and attempted.permission:
        hint = f"{hint} ({attempted.permission})"
    return StoreError(masked(message, attempted.target), hint=hint, kind=kind)


def masked(text: str, target: Target) -> str:
    """`text` without the target's secrets, signatures and passwords in URLs."""
    text = without(text, [secret for secret in (target.secret_key, target.session_token) if secret])
    return _USER_INFO.sub(r"\1•••@", _SIGNED.sub(r"\1=•••", text))
