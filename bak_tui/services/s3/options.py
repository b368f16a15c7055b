"""How patiently S3 is spoken to. Every wait is bounded; tests shorten them here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class S3Options:
    """Time-outs and pauses in seconds, attempts as totals (1 = no retry)."""

    connect_timeout: float = 5.0
    """Also bounds one blocked `send` of a part: urllib3 knows no time-out of its own for sending."""
    read_timeout: float = 60.0
    """How long a server may stay silent before an answer, or between two reads of a body."""
    attempts: int = 10
    """For a small request. Three SlowDowns in a row, which boto3's default gives up on, are common."""
    part_attempts: int = 10
    """For each part of an upload and each ranged GET of a download."""
    retry_pause: float = 0.5
    """The first pause; doubled each time, with jitter, up to 10 s."""
    completion: float = 1800.0
    """For completing an upload, its repetitions included. S3 sends blanks while it works on that, minutes for
    a large object, so that no silence ends it."""
    workers: int = 3
    """Parts of 16 MiB on their way at once, more of small ones (PartPlan.at_once_of). Memory for an upload
    is one part more.
    """
