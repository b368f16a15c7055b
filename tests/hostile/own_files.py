"""Every file of ours on a machine: where it lies, what anybody may have written into it, and who reads it."""

from __future__ import annotations

import ast
import json
import logging
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import bak_tui
from bak_tui.core.comparison import Comparison, CountPair, CountsDiffer
from bak_tui.core.jobs import JobId, JobState, JobStatus, LogLine
from bak_tui.core.journal import FileTrace
from bak_tui.core.last_place import LastPlace
from bak_tui.core.objects import StoredObject
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.operations.ports import Limits
from bak_tui.operations.wiring import real_history, real_services
from bak_tui.services.history import JobFiles
from bak_tui.services.last_place import LastPlaceFile
from bak_tui.services.logs.session_file import keep_log
from bak_tui.tui.keys.keymap import keymap_of
from tests.hostile.documents_of_ours import BEGUN, COUNTS, ENTRY, LOG, RECORD, TOML, as_toml
from tests.hostile.strategies import changed, damaged, documents, json_values
from tests.scenes.databases import NOW

PLACE = asdict(LastPlace("gen3", "fence/", 3, "by name", "largest first", "light"))
COUNTED: Report[object] = Report(
    (Outcome("fence", error=CountsDiffer(Comparison((CountPair("public.users", 2, 1),)), "fence")),)
)
SETTINGS: dict[str, Any] = {
    "keys": {"db.backup": "ctrl+b", "db": {"restore": "R"}},
    "screen": {"ascii": True, "bell": False},
    "profiles": {"prod": {"target": {"bucket": "b"}}},
}


@dataclass(frozen=True)
class OwnFile:
    """One of them."""

    path: str
    """Below the state folder, or `config/…`; of many of one kind one."""
    literal: str
    """What the code calls it."""
    content: st.SearchStrategy[bytes]


OWN_FILES = (
    OwnFile("history.jsonl", "history.jsonl", documents(RECORD)),
    OwnFile("history.damaged.jsonl", "history.damaged.jsonl", documents(RECORD)),
    OwnFile("history.lock", "history.lock", st.binary(max_size=99)),
    OwnFile("last-job", "last-job", documents({"7": 7})),
    OwnFile("begun/7.json", "begun", documents(BEGUN)),
    OwnFile("counts/7.json", "counts", documents(COUNTS)),
    OwnFile("logs/7.log", "logs", st.one_of(st.binary(max_size=300), damaged(LOG))),
    OwnFile("journal/0123456789abcdef.json", "journal", documents(ENTRY)),
    OwnFile("last-place.json", "last-place.json", documents(PLACE)),
    OwnFile(
        "documents-1.sqlite",
        "documents-1.sqlite",
        st.one_of(st.binary(max_size=300), json_values.map(lambda value: json.dumps(value).encode())),
    ),
    OwnFile(
        "config/config.toml",
        "config.toml",
        st.one_of(changed(SETTINGS).map(as_toml), damaged(as_toml(SETTINGS)), st.sampled_from(TOML)),
    ),
    OwnFile("bak-tui.log", "bak-tui.log", st.binary(max_size=300)),
    OwnFile("config/config.toml.lock", ".lock", st.binary(max_size=99)),
)

_FOREIGN = {"pg_hba.conf", ".pg_service.conf", "pg_service.conf", "postmaster.pid"}
_PASSING = {"postgres.log", "owner.lock", "rclone.conf", "rclone.log", "result.log", "README.txt"}
"""Of throw-away servers, gone with them; and a name that a screen proposes."""
_NAMES = re.compile(r"[\w.-]*\.(?:json|jsonl|toml|sqlite|lock|log|conf|pid|db|txt|ini|cfg|yaml)")
_ASSIGNED = re.compile(r"_(?:NUMBER|BEGUN|COUNTS|LOGS|FOLDER)")
_KEEPING = {"history", "journal"}
"""The services that call files and folders by names without a suffix."""


def files_named_in_the_code() -> set[str]:
    """What looks like the name of a file or folder of ours in the source."""
    found = set()
    for source in Path(bak_tui.__file__).parent.rglob("*.py"):
        tree = ast.parse(source.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if _NAMES.fullmatch(node.value) else set()
        if source.parent.name in _KEEPING:
            found |= _assigned(tree)
    return {name for name in found if not name.startswith(".")} - _FOREIGN - _PASSING


def _assigned(tree: ast.Module) -> set[str]:
    """Names without a suffix: constants that are called after what they are."""
    return {
        statement.value.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and _ASSIGNED.fullmatch(statement.targets[0].id)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    }


def uses(folder: Path) -> tuple[Callable[[], object], ...]:
    """All that a session does with them, each by itself."""
    state, config = folder, folder / "config" / "config.toml"
    services = real_services(None, Limits(), config, state)
    history, place, profiles = real_history(state), LastPlaceFile(state), services.profiles
    stored, files = StoredObject("k", 4, NOW, "etag"), JobFiles(state)

    def job() -> None:
        number = JobId(history.next_number())
        history.begin(JobStatus(number, "backup", "new", JobState.RUN, started=NOW))
        ended = JobStatus(number, "restore", "new", JobState.FAILED, finished=NOW)
        history.record(ended, COUNTED, [LogLine(NOW, "bak", "over")])

    def journal() -> None:
        with services.journal.entry(FileTrace((folder / "dump").as_uri())) as entry:
            entry.remains()

    def cache() -> None:
        with services.documents.opened() as kept:
            kept.keep("place", stored, b"body")
            kept.find("place", stored)

    def log() -> None:
        logger = logging.getLogger("bak_tui")
        before, level = [*logger.handlers], logger.level
        keep_log(state)
        try:
            logger.warning("something")
        finally:
            for handler in [each for each in logger.handlers if each not in before]:
                logger.removeHandler(handler)
                handler.close()
            logger.setLevel(level)

    return (
        log,
        history.read,
        lambda: files.counts(7),
        lambda: files.log(7),
        job,
        history.read,
        services.journal.past,
        journal,
        services.journal.past,
        cache,
        cache,
        place.read,
        lambda: place.keep(LastPlace("p")),
        lambda: [each.profile() for each in profiles.all()],
        profiles.screen,
        lambda: keymap_of(profiles.key_table(), str(profiles.path)),
        lambda: profiles.save(parse_profile("new", {"target": {"bucket": "b"}})),
        lambda: profiles.remove("prod"),
    )
