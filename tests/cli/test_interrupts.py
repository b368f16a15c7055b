"""Ctrl-C, SIGTERM and SIGHUP before a server or a bucket that accepts and never answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runner import BAK

QUESTIONS = ("ls", "dumps", "status", "show x", "doctor", "restore x.sql", "backup --dry-run")


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


CASES = [
    *((question, signal.SIGINT, 130) for question in QUESTIONS),
    *((question, signal.SIGTERM, 143) for question in ("status", "dumps")),
    ("ls", signal.SIGHUP, 129),
]


@pytest.mark.parametrize(("question", "number", "code"), CASES)
def test_a_question_ends_soon_and_in_one_line(
    silent: socket.socket, tmp_path: Path, question: str, number: signal.Signals, code: int
) -> None:
    port = silent.getsockname()[1]
    command, *rest = question.split()
    at_server = ["--host", f"127.0.0.1:{port}", "--user", "u"]
    at_bucket = ["--endpoint", f"http://127.0.0.1:{port}", "--bucket", "b"]
    if command == "ls":
        at_bucket = []
    elif command in {"dumps", "show"}:
        at_server = []
    environment = {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "PGPASSWORD": "p",
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "BAK_STATE_DIR": str(tmp_path / "state"),
    }
    run = subprocess.Popen(
        [BAK, command, *rest, *at_server, *at_bucket],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed,  # noqa: PLW1509  whatever started the tests may ignore them
    )
    try:
        waiting, _ = silent.accept()
        with waiting:
            run.send_signal(number)
            stdout, stderr = run.communicate(timeout=15)
    finally:
        run.kill()
        run.wait()
    assert (run.returncode, stdout) == (code, "")
    assert stderr == "bak: interrupted\n"


def _heed() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
