"""What our own files hold when nobody has touched them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import tomlkit

from bak_tui.services.journal import ProcessTable

RECORD: dict[str, Any] = {
    "number": 7,
    "verb": "backup",
    "what": "fence",
    "profile": "prod",
    "state": "ok",
    "submitted": "2026-11-23T12:00:00Z",
    "finished": "2026-11-23T12:01:00Z",
    "outcome": "fine",
    "error_kind": "x",
    "exit_code": 0,
    "warnings": ["w"],
    "items": [{"subject": "fence", "state": "ok", "outcome": "fine"}],
}
COUNTS: dict[str, Any] = {
    "items": [
        {
            "subject": "fence",
            "tables": 2,
            "matching": 1,
            "rows": [
                ["public.users", 7, 6, 8192, True, None],
                ["public.marker", 1, None, None, True, None],
                ["large objects", 0, 0, None, False, True],
            ],
        }
    ]
}
LOG = b"2026-11-23T12:00:00.000000Z\tpg_dump\t!\tfence\terror: no\n" * 3
ENTRY: dict[str, Any] = {
    "schema": 1,
    "id": "0123456789abcdef",
    "job": "bak-1f00c2aa",
    "process": {"pid": 1, "started": "1", "host": "h", "boot": "b", "namespace": "n"},
    "at": "2026-11-23T12:00:00Z",
    "trace": {
        "endpoint": "https://s3",
        "bucket": "b",
        "key": "k",
        "token": "t",
        "upload_id": None,
        "wants_manifest": True,
        "kind": "upload",
    },
    "is_abandoned": False,
}
BEGUN: dict[str, Any] = {
    "number": 7,
    "verb": "backup",
    "what": "fence",
    "submitted": "2026-11-23T12:00:00Z",
    "started": "2026-11-23T12:00:00Z",
    # One of this machine that is gone: another has its number.
    "process": {**asdict(ProcessTable().this), "started": "0"},
}


def as_toml(document: dict[str, Any]) -> bytes:
    """The file that says so, as far as TOML can."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items() if each is not None}
        return [plain(each) for each in value if each is not None] if isinstance(value, list) else value

    return tomlkit.dumps(plain(document)).encode()


TOML = (
    b"a = " + b"[" * 5000,
    b"a = " + b"{b=" * 5000,
    b"a = " + b"9" * 5000,
    b"a = 0x" + b"f" * 100_000,
    b"a = 1e999999999",
    b"a = 9999-99-99T99:99:99Z",
    b".".join([b"a"] * 5000) + b" = 1",
    b"[profiles.prod.server]\nhost = 1979-05-27T07:32:00-99:99",
    b"[profiles]\nprod = 1",
    b"[[profiles]]",
    b"profiles = 7",
    b"\xff\xfe",
)
