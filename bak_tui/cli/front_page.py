"""What `bak --help` says. It is asked for most, so it needs nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bak_tui import __version__

SHORT_HELP = {
    "backup": "Postgres ➜ S3",
    "browse": "List one folder of the bucket",
    "completion": "Print a shell's completion script",
    "delete": "Delete dumps from the bucket, for good",
    "demo": "Try everything on a PostgreSQL and an S3 of your own",
    "doctor": "Check tools, settings, server and bucket",
    "download": "S3 ➜ local",
    "dump": "Postgres ➜ local",
    "dumps": "List what is in the bucket",
    "jobs": "List what earlier jobs came to",
    "ls": "List databases",
    "profiles": "Servers and buckets by name",
    "prove": "Restore backups into scratch databases and compare them",
    "restore": "S3 ➜ Postgres",
    "show": "Tell what is known of a dump",
    "status": "Which databases are protected, worst first",
    "undo": "Swap back: the database a restore --swap has kept",
    "upload": "local ➜ S3",
    "verify": "Check that backups are the bytes that were written",
}
"""Every command, and what `bak --help` says of it."""
WHAT = "Back up PostgreSQL to S3-compatible storage, and get it back."
VERSION = "Show the version and exit."
VERBOSE = "Enable verbose (DEBUG) logging."
_HELP = "Show this message and exit."
_OPTIONS = {"--version": VERSION, "-v, --verbose, --debug": VERBOSE, "--help": _HELP}
_FIRST = ("backup", "download", "dump", "ls", "restore", "upload")


def answer(arguments: Sequence[str]) -> str | None:
    """What to say when nothing but the page, or the version, is asked for; else None."""
    match list(arguments):
        case ["--help"]:
            return page()
        case ["--version"]:
            return f"bak, version {__version__}\n"
    return None


def page() -> str:
    """The six commands everybody uses stand first, the others in a second group. At most 72 cells wide."""
    first = {name: SHORT_HELP[name] for name in _FIRST}
    others = {name: told for name, told in SHORT_HELP.items() if name not in first}
    rooms = (("Options", _OPTIONS), ("Commands", first), ("More commands", others))
    head = ["Usage: bak [OPTIONS] COMMAND [ARGS]...", "", f"  {WHAT}"]
    return "\n".join([*head, *(line for title, rows in rooms for line in _room(title, rows))]) + "\n"


def _room(title: str, rows: dict[str, str]) -> Iterator[str]:
    widest = max(map(len, rows))
    yield from ("", f"{title}:")
    yield from (f"  {name:<{widest}}  {told}" for name, told in rows.items())
