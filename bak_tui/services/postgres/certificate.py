"""Why the server's certificate is not trusted: libpq only says that it is not.

One more handshake, by the same rules and with nothing but the request for TLS in it
(https://www.postgresql.org/docs/current/protocol-flow.html, "SSL Session Encryption"), tells an expired
certificate from one that nobody here vouches for. What it finds is only told, never acted on.
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
from pathlib import Path

from bak_tui.core.errors import ServerError
from bak_tui.core.profile import Server

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_PATIENCE = 5.0
_USUAL_PORT = "5432"
_EXPIRED = frozenset({9, 10})
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED."""
_CLOCK = "have it renewed there; if it is valid, look at this machine's clock"
_AUTHORITY = "give the CA that made it: sslrootcert in the profile or the URI, or PGSSLROOTCERT"
_NAME = "use the name that stands in the certificate as the host, or have it made out to this one"
_HINTS = {
    "certificate verify failed": _AUTHORITY,
    "does not match host name": _NAME,
    "root certificate file": "name a file that is there: sslrootcert, or PGSSLROOTCERT",
    "does not support SSL": "switch ssl on there; with sslmode=prefer it is done without",
}
"""By what libpq says."""


def untrusted(said: str, server: Server) -> ServerError | None:
    """The failure to agree on TLS that `said`, libpq's words, are about; None when it is another one."""
    hint = next((hint for words, hint in _HINTS.items() if words in said), None)
    if hint is None:
        return None
    reason = said.rpartition("failed: ")[2]
    if hint == _AUTHORITY and (found := _verification(server)) is not None:
        reason = f"certificate: {found.verify_message}"
        hint = _CLOCK if found.verify_code in _EXPIRED else _AUTHORITY
    return ServerError(f"no trusted TLS connection to {server} ({reason})", hint=hint, kind="tls")


def _verification(server: Server) -> ssl.SSLCertVerificationError | None:
    """What a handshake finds wrong with the certificate; None when it finds nothing, or there is none."""
    context = ssl.create_default_context(cafile=_authority(server))
    context.check_hostname = False  # libpq tells that by itself
    host = (server.host or os.environ.get("PGHOST") or "localhost").partition(",")[0]
    port = (server.port or os.environ.get("PGPORT") or _USUAL_PORT).partition(",")[0]
    try:
        with socket.create_connection((host, int(port)), _PATIENCE) as plain:
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) == b"S":
                context.wrap_socket(plain).close()
    except ssl.SSLCertVerificationError as error:
        return error
    except (OSError, ValueError):
        pass
    return None


def _authority(server: Server) -> str | None:
    """The file of CAs that libpq reads; None: the system's."""
    named = server.extra.get("sslrootcert") or os.environ.get("PGSSLROOTCERT") or "~/.postgresql/root.crt"
    path = Path(named).expanduser()
    return str(path) if path.is_file() else None
