"""What a session said stands in a file: for its owner alone, without secrets, bounded, never a hindrance."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bak_tui.core.secret import Secret
from bak_tui.services.logs import session_file
from bak_tui.services.logs.session_file import NAME, keep_log

_log = logging.getLogger("bak_tui.x")


@pytest.fixture(autouse=True)
def logger() -> Iterator[logging.Logger]:
    """Ours, as it was before."""
    logger = logging.getLogger("bak_tui")
    handlers, level = list(logger.handlers), logger.level
    yield logger
    for handler in set(logger.handlers) - set(handlers):
        handler.close()
    logger.handlers = handlers
    logger.setLevel(level)


def test_what_is_said_is_kept_on_one_line_for_its_owner_alone_and_without_secrets(tmp_path: Path) -> None:
    secret = Secret("hunter2canary")
    before = os.umask(0)
    try:
        keep_log(tmp_path / "state")
        assert not (tmp_path / "state").exists(), "there is nothing to write yet"
        _log.error("with %s\n\x1b]0;owned\x07", secret.reveal())
        _log.debug("nobody wants to know")
    finally:
        os.umask(before)
    file = tmp_path / "state" / NAME
    (line,) = file.read_text().splitlines()
    assert line.endswith("ERROR bak_tui.x: with •••\\n\\x1b]0;owned\\x07")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_it_turns_over_and_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_file, "_LARGEST", 2_000)
    keep_log(tmp_path)
    for number in range(200):
        _log.warning("line %s", number)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [NAME, f"{NAME}.1", f"{NAME}.2"]
    assert max(file.stat().st_size for file in files) <= 2_000
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert files[0].read_text().splitlines()[-1].endswith("line 199")


def test_where_it_cannot_be_written_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").write_text("a file")
    keep_log(tmp_path / "state")
    _log.error("lost")
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    (elsewhere / NAME).symlink_to(tmp_path / "victim")
    keep_log(elsewhere)
    _log.error("lost")
    assert not (tmp_path / "victim").exists()
    assert capsys.readouterr() == ("", "")
