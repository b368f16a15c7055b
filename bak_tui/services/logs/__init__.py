"""What is told beside the results, with every secret struck out: on stderr, and in the file of a session."""

from bak_tui.services.logs.stderr import (
    RedactingFormatter,
    crash_report,
    keep_quiet,
    show_debug,
    tell_crashes_safely,
)

__all__ = ["RedactingFormatter", "crash_report", "keep_quiet", "show_debug", "tell_crashes_safely"]
