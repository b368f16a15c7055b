"""What botocore, or urllib3 below it, raises becomes the project's own error: one sentence in our words."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from bak_tui.core.errors import StoreError
from bak_tui.services.s3.attempted import Attempted, store_error
from bak_tui.services.s3.codes import KIND_BY_EXCEPTION
from bak_tui.services.s3.refusal import plain_http_hint, refusal

_EXPIRED = "have it renewed there; if it is valid, look at this machine's clock"
_OTHER_NAME = "use the name that stands in the certificate as the endpoint, or have it made out to this one"
_CERTIFICATE_HINTS = {9: _EXPIRED, 10: _EXPIRED, 62: _OTHER_NAME, 64: _OTHER_NAME}
"""By OpenSSL's X509_V_ERR_…: not yet valid, expired, host name, IP address. Of all others it is the CA."""


def translate(error: Exception, attempted: Attempted) -> StoreError:
    """The project's error for whatever botocore (or urllib3 below it) raised."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return refusal(response, attempted)
    kind = _kind_of(error)
    detail, hint = _transport_detail(error, kind, attempted)
    if kind == "tls" and not hint and _certificate_trouble(_innermost(error)) is None:
        kind = "interrupted"  # a reset in the middle of the handshake, not a matter of trust
    return store_error(kind, attempted, detail=detail, hint=hint)


def _kind_of(error: Exception) -> str:
    names = (ancestor.__name__ for ancestor in type(error).__mro__)
    return next((KIND_BY_EXCEPTION[name] for name in names if name in KIND_BY_EXCEPTION), "store")


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
    hint = plain_http_hint(attempted) if kind == "interrupted" else ""
    if isinstance(cause, OSError) and cause.strerror:
        return f" ({cause.strerror})", hint
    return _own_words(error, kind), hint


def _own_words(error: Exception, kind: str) -> str:
    """What botocore says of a failure that is no transport's; not its regular expressions for names."""
    text = " ".join(str(error).split())
    if kind == "store":
        return text
    is_told = kind in {"no_credentials", "credentials_expired", "bad_region", "bad_bucket_name"}
    return f" ({text})" if is_told and "Invalid bucket name" not in text else ""


def _certificate_trouble(cause: BaseException) -> tuple[str, str] | None:
    """What is wrong with the server's certificate, and a hint; None when that is not the trouble."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = cause.verify_message.rstrip(".")
        return f" (certificate: {reason})", _CERTIFICATE_HINTS.get(cause.verify_code, "")
    if type(cause).__name__ == "CertificateError":  # of urllib3, which compares the names itself
        return f" (certificate: {cause})", _OTHER_NAME
    return None


def _innermost(error: BaseException) -> BaseException:
    """The first cause in the chain: botocore and urllib3 wrap the system's error three deep."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error
