"""What `-v` shows: our own loggers on stderr, with every known secret struck out.

boto's own loggers stay at WARNING: their DEBUG prints session tokens.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from bak_tui.core.foreign import visible, visible_lines
from bak_tui.core.secret import Secret

_PATTERNS = (
    re.compile(r"(://[^/\s:@]*:)[^@\s]+(@)"),
    re.compile(r"(password=)(?:'(?:[^'\\]|\\.)*'|[^\s'][^\s&]*)()", re.IGNORECASE),
    re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+()", re.IGNORECASE),
)


class RedactingFormatter(logging.Formatter):
    """One safe line a record: secrets struck out, control characters visible."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = [secret.reveal() for secret in secrets if secret.reveal()]

    def format(self, record: logging.LogRecord) -> str:
        return visible_lines(self._struck(super().format(record)))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """The message on one line, whatever is quoted in it; only a traceback has several."""
        return visible(self._struck(super().formatMessage(record)))

    def _struck(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "•••")
        for pattern in _PATTERNS:
            text = pattern.sub(r"\1•••\2", text)
        return text


def keep_quiet() -> None:
    """Nothing of a library's log on stderr: what matters of it reaches the user as an error of ours.

    psycopg warns of a lost connection that cannot be rolled back; without a handler Python would print that.
    """
    logging.getLogger().addHandler(logging.NullHandler())


def show_debug(secrets: Iterable[Secret] = ()) -> None:
    """Log everything of ours to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(secrets))
    logger = logging.getLogger("bak_tui")
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG)
