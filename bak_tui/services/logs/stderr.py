"""What `-v` shows, and what a defect leaves on the terminal: with every known secret struck out.

boto's own loggers stay at WARNING: their DEBUG prints session tokens.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType

from bak_tui.core.errors import limit_met, limit_of
from bak_tui.core.foreign import visible, visible_lines
from bak_tui.core.redaction import struck


class RedactingFormatter(logging.Formatter):
    """One safe line a record: secrets struck out, control characters visible."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return visible_lines(struck(super().format(record)))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """The message on one line, whatever is quoted in it; only a traceback has several."""
        return visible(struck(super().formatMessage(record)))


def keep_quiet() -> None:
    """Nothing of a library's log on stderr: what matters of it reaches the user as an error of ours.

    psycopg warns of a lost connection that cannot be rolled back; without a handler Python would print that.
    """
    logging.getLogger().addHandler(logging.NullHandler())


def show_debug() -> None:
    """Log everything of ours to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter())
    logger = logging.getLogger("bak_tui")
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG)


def crash_report(error: BaseException) -> str:
    """Where a defect was met, for whoever mends it: no local variables, no secret, nothing raw.

    Of a limit of this machine only which, and what to do about it.
    """
    limit = next(filter(None, map(limit_of, _with_causes(error))), "")
    if limit:
        met = limit_met("bak-tui", limit)
        return f"{met.message}\n{met.hint}\n"
    lines = visible_lines(struck("".join(traceback.format_exception(error))))
    return f"{lines}\nThis is a defect of bak-tui; please report what stands here.\n"


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def tell_crashes_safely() -> None:
    """What nobody catches ends in a report of ours, in whatever thread: its words may be anybody's."""

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del kind, trace  # the error has them
        sys.stderr.write(crash_report(error))

    def tell_of_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            sys.stderr.write(crash_report(args.exc_value))

    sys.excepthook = tell
    threading.excepthook = tell_of_thread
