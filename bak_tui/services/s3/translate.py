"""Third-party exceptions become the project's own, each one sentence in the user's words.

Nothing secret may get into a message: the target's own secrets and any signature in a URL are masked.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from bak_tui.core.errors import StoreError
from bak_tui.core.profile import Target
from bak_tui.core.wording import skew_in_words
from bak_tui.services.s3.codes import KIND_BY_CODE, KIND_BY_EXCEPTION, WORDINGS

_SIGNED = re.compile(
    r"(?i)(X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=[^&\s\"'<]+"
)
_USER_INFO = re.compile(r"(://)[^/@\s]+@")
_SKEW_TOLERATED = 900
"""S3 refuses requests that are more than 15 minutes off (seconds)."""
_EXPIRED = "have it renewed there; if it is valid, look at this machine's clock"
_OTHER_NAME = "use the name that stands in the certificate as the endpoint, or have it made out to this one"
_CERTIFICATE_HINTS = {9: _EXPIRED, 10: _EXPIRED, 62: _OTHER_NAME, 64: _OTHER_NAME}
"""By OpenSSL's X509_V_ERR_…: not yet valid, expired, host name, IP address. Of all others it is the CA."""
_NOT_S3_STATUSES = frozenset({"200", "400", "404", "405"})


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


def is_transient(error: StoreError) -> bool:
    """Whether the same request may well succeed a moment later."""
    wording = WORDINGS.get(error.kind)
    return wording is not None and wording.is_transient


def store_error(kind: str, attempted: Attempted, **filling: str) -> StoreError:
    """The sentence of one kind. `filling` gives detail, region and skew where they are known."""
    wording = WORDINGS[kind]
    filled = {"detail": "", "region": "", "skew": "", **filling}
    hint = filled.pop("hint", "") or wording.hint
    message = f"{attempted}: {wording.reason.format(**filled)}"
    return StoreError(masked(message, attempted.target), hint=hint, kind=kind)


def translate(error: Exception, attempted: Attempted) -> StoreError:
    """The project's error for whatever botocore (or urllib3 below it) raised."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return _refusal(response, attempted)
    kind = _kind_of(error)
    detail, hint = _transport_detail(error, kind, attempted)
    if kind == "tls" and not hint and _certificate_trouble(_innermost(error)) is None:
        kind = "interrupted"  # a reset in the middle of the handshake, not a matter of trust
    return store_error(kind, attempted, detail=detail, hint=hint)


def masked(text: str, target: Target) -> str:
    """`text` without the target's secrets, signatures and passwords in URLs."""
    for secret in (target.secret_key, target.session_token):
        if secret is not None and secret.reveal():
            text = text.replace(secret.reveal(), str(secret))
    return _USER_INFO.sub(r"\1•••@", _SIGNED.sub(r"\1=•••", text))


def _kind_of(error: Exception) -> str:
    names = (ancestor.__name__ for ancestor in type(error).__mro__)
    return next((KIND_BY_EXCEPTION[name] for name in names if name in KIND_BY_EXCEPTION), "store")


def _refusal(response: Mapping[str, Any], attempted: Attempted) -> StoreError:
    """An answer with an error in it."""
    error: Mapping[str, Any] = response.get("Error", {})
    metadata: Mapping[str, Any] = response.get("ResponseMetadata", {})
    headers: Mapping[str, str] = metadata.get("HTTPHeaders", {})
    status = str(metadata.get("HTTPStatusCode", ""))
    code = str(error.get("Code", "") or status)
    region = error.get("Region") or headers.get("x-amz-bucket-region") or ""
    skew = measured_skew(headers)
    return store_error(
        _kind_of_code(code, status, region, skew, attempted),
        attempted,
        detail=_quoted(code, str(error.get("Message", ""))),
        region=f", {region}" if region else "",
        skew=f" by {skew_in_words(skew)}" if skew else "",
        hint=_plain_http_hint(attempted) if code == status == "400" else "",
    )


def _kind_of_code(code: str, status: str, region: str, skew: float | None, attempted: Attempted) -> str:
    if code == "AuthorizationHeaderMalformed" and region:
        return "redirect"
    if status == "403" and skew is not None and abs(skew) > _SKEW_TOLERATED:
        return "clock_skew"  # servers call it many names, and a HEAD gives none at all
    if code == status and status in _NOT_S3_STATUSES and attempted.action != "look at":
        return "not_s3"  # an S3 server names its errors wherever an answer has a body
    by_status = {"5": "server_error"}.get(status[:1], "refused")
    return KIND_BY_CODE.get(code) or KIND_BY_CODE.get(status, by_status)


def measured_skew(headers: Mapping[str, str]) -> float | None:
    """Seconds the server's clock is ahead of ours, by its Date header; None when it gives none."""
    try:
        return (parsedate_to_datetime(headers["date"]) - datetime.now(UTC)).total_seconds()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _quoted(code: str, message: str) -> str:
    text = message if message and message != code else ""
    return f" ({code}: {text})" if text else f" ({code})"


def _transport_detail(error: Exception, kind: str, attempted: Attempted) -> tuple[str, str]:
    """The system's own words for a failure below HTTP, and a hint when the scheme looks wrong."""
    cause = _innermost(error)
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLCertVerificationError):
        reason = (cause.reason or "").replace("_", " ").lower()
        if reason in {"wrong version number", "record layer failure", "packet length too long"}:
            return " (the port answers, but not in TLS)", "this looks like a plain port: try http://"
        return f" ({reason or cause})", ""
    if (certificate := _certificate_trouble(cause)) is not None:
        return certificate
    hint = _plain_http_hint(attempted) if kind in {"not_s3", "interrupted"} else ""
    if isinstance(cause, OSError) and cause.strerror:
        return f" ({cause.strerror})", hint
    if kind in {"no_credentials", "credentials_expired", "bad_bucket_name", "bad_region", "store"}:
        text = " ".join(str(error).split())
        return (text if kind == "store" else f" ({text})"), ""
    return "", hint


def _certificate_trouble(cause: BaseException) -> tuple[str, str] | None:
    """What is wrong with the server's certificate, and a hint; None when that is not the trouble."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = cause.verify_message.rstrip(".")
        return f" (certificate: {reason})", _CERTIFICATE_HINTS.get(cause.verify_code, "")
    if type(cause).__name__ == "CertificateError":  # of urllib3, which compares the names itself
        return f" (certificate: {cause})", _OTHER_NAME
    return None


def _plain_http_hint(attempted: Attempted) -> str:
    if urlsplit(attempted.endpoint).scheme != "http" or not attempted.is_stranger:
        return ""
    return f"it may be an https port: try https://{attempted.endpoint.partition('://')[2]}"


def _innermost(error: BaseException) -> BaseException:
    """The first cause in the chain: botocore and urllib3 wrap the system's error three deep."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error
