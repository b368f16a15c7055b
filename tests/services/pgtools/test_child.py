"""A child keeps secrets, answers to cancel, and never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from bak_tui.core.errors import ServerError, ToolError, UsageError
from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.services.pgtools import child as child_module
from bak_tui.services.pgtools.child import Child, connection_string
from tests.services.pgtools.conftest import is_running
from tests.waiting import PATIENCE, until

CANARY = "hunter2:canary\\x"
Started = Callable[[], list[int]]


def shell(script: str, **options: object) -> Child:
    return Child(["sh", "-c", script], **options)  # type: ignore[arg-type]  # Child's own


def first_line(running: Child) -> str:
    return until(lambda: running.stderr)[0]


def the_one(started: Started) -> int:
    """The one child, once it is the program and no longer setpriv."""
    (pid,) = until(lambda: [pid for pid in started() if "setpriv" not in command_of(pid)])
    return pid


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


# -- secrets and surroundings ------------------------------------------------------------------------------


@pytest.mark.fault("R38")
def test_the_password_is_in_a_file_that_only_the_child_can_read(started: Started) -> None:
    script = 'cat "$PGPASSFILE" >&2; stat -Lc %a "$PGPASSFILE" >&2; echo "[$PGPASSWORD]" >&2; sleep 60'
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", "another")
        with shell(script, password=Secret(CANARY)) as running:
            until(lambda: len(running.stderr) == 3)
            pid = the_one(started)
            seen = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
            assert running.stderr == (r"*:*:*:*:hunter2\:canary\\x", "600", "[]")
            assert b"hunter2" not in seen
            assert b"PGPASSFILE=" in seen
            running.stop()


def test_where_there_is_no_memfd_the_file_is_private_and_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    script = 'stat -c %a "$PGPASSFILE" "$(dirname "$PGPASSFILE")" >&2; cat "$PGPASSFILE" >&2'
    with shell(script, password=Secret("x")) as running:
        running.wait()
        assert running.stderr == ("600", "700", "*:*:*:*:x")
    assert list(tmp_path.iterdir()) == []


def test_no_handle_to_the_password_is_left_open() -> None:
    def handles() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = handles()
    for _ in range(3):
        with shell("exit 3", password=Secret("x"), stdout=subprocess.PIPE) as running:
            assert running.wait() == 3
    with pytest.raises(UsageError), shell("exit 0", password=Secret("a\nb")):
        pass
    assert handles() == before


def test_a_password_with_a_line_end_is_refused_without_being_told() -> None:
    with pytest.raises(UsageError) as caught, shell("exit 0", password=Secret(f"{CANARY}\nb")):
        pass
    assert "hunter2" not in str(caught.value)


def test_a_child_speaks_english_and_keeps_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("PGSSLROOTCERT", "/a/root.crt")
    with shell('echo "$LC_ALL $PGSSLROOTCERT" >&2; command -v ls >&2; cat >&2') as running:
        assert running.wait() == 0
    assert running.stderr[0] == "C /a/root.crt"
    assert running.stderr[1].endswith("/ls")


def test_a_child_has_a_process_group_of_its_own(started: Started) -> None:
    with shell("sleep 60") as running:
        pid = the_one(started)
        assert os.getpgid(pid) == pid != os.getpgid(0)
        running.stop()


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_module, "_dies_with_us", tuple)
        with pytest.raises(ToolError, match="cannot run /no/such/pg_dump"), Child(["/no/such/pg_dump"]):
            pass


# -- reading -----------------------------------------------------------------------------------------------


def test_output_is_read_to_its_end() -> None:
    with shell("printf abc; sleep 0.05; printf def", stdout=subprocess.PIPE) as running:
        read = bytearray()
        while piece := running.read(2, stall=10):
            assert len(piece) <= 2
            read += piece
        assert (bytes(read), running.wait()) == (b"abcdef", 0)


def test_a_child_that_sends_nothing_has_stalled(started: Started) -> None:
    begun = time.monotonic()
    with (
        pytest.raises(ServerError, match="sh has sent nothing") as caught,
        shell("sleep 300", stdout=subprocess.PIPE) as running,
    ):
        running.read(10, stall=0.2)
    assert caught.value.kind == "stalled"
    assert time.monotonic() - begun < PATIENCE
    assert started() == []


def test_a_flood_on_stderr_holds_nothing_up() -> None:
    lines: list[str] = []
    script = "yes pg_dump: note | head -n 200000 >&2; printf done"
    with shell(script, stdout=subprocess.PIPE, on_line=lines.append) as running:
        assert running.read(10, stall=60) == b"done"
        assert running.wait() == 0
    assert len(lines) == 200_000
    assert len(running.stderr) == 2000


def test_a_line_without_an_end_is_not_kept_whole() -> None:
    with shell("head -c 5000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2") as running:
        assert running.wait() == 0
    assert running.stderr[-1] == "end"
    assert max(map(len, running.stderr)) == 64 * 1024
    assert sum(map(len, running.stderr)) == 5_000_003


def test_words_that_are_no_utf8_are_told_as_well_as_can_be() -> None:
    with shell(r"printf 'a\377b\r\n' >&2") as running:
        running.wait()
    assert running.stderr == ("a\ufffdb",)


def test_the_exit_code_is_the_signals_when_it_was_killed() -> None:
    with shell("kill -9 $$") as running:
        assert running.wait() == -signal.SIGKILL


# -- ending ------------------------------------------------------------------------------------------------


def test_leaving_ends_the_child_and_all_it_started(started: Started) -> None:
    with shell("sleep 300 & echo $! >&2; sleep 300") as running:
        worker = int(first_line(running))
        leader = the_one(started)
        assert is_running(worker)
    assert not is_running(leader)
    until(lambda: not is_running(worker))


def test_stopping_does_not_wait_and_may_be_done_twice_and_too_late() -> None:
    with shell("sleep 300") as running:
        begun = time.monotonic()
        running.stop()
        running.stop()
        assert time.monotonic() - begun < PATIENCE
        assert running.wait() == -signal.SIGTERM
        running.stop()


def test_a_child_that_ignores_the_request_is_killed_after_five_seconds() -> None:
    with shell("trap '' TERM; echo deaf >&2; while :; do sleep 0.1; done") as running:
        assert first_line(running) == "deaf"
        begun = time.monotonic()
        running.stop()
        assert running.wait() == -signal.SIGKILL
        assert 4.5 < time.monotonic() - begun < PATIENCE


def test_workers_do_not_outlive_a_leader_that_was_killed(
    monkeypatch: pytest.MonkeyPatch, started: Started
) -> None:
    monkeypatch.setattr(child_module, "_KILL_AFTER", 0.2)
    with shell("sleep 300 & echo $! >&2; wait") as running:
        worker = int(first_line(running))
        os.kill(the_one(started), signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
    until(lambda: not is_running(worker))


def test_stopping_from_another_thread_ends_a_wait() -> None:
    with shell("echo up >&2; sleep 300") as running:
        first_line(running)
        threading.Thread(target=running.stop).start()
        assert running.wait() == -signal.SIGTERM


ORPHANING = """
import sys, threading
from bak_tui.core.secret import Secret
from bak_tui.services.pgtools.child import Child
def work():
    with Child(["sh", "-c", "echo $$ >&2; exec sleep 300"], password=Secret("x"), on_line=print) as running:
        sys.stdout.flush()
        running.wait()
threading.Thread(target=work).start()
"""


def test_a_child_dies_when_we_are_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-c", ORPHANING], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert is_running(pid)
        owner.kill()
    until(lambda: not is_running(pid))


# -- conninfo ----------------------------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=63)


@given(NAMES)
@example("host=127.0.0.1 port=1")
@example("postgresql://evil/db")
@example("-Fc")
@example("--help")
@example("'")
@example("\\'")
@example("a b\\")
@example(" ")
@example("dbname=postgres")
@settings(deadline=None, max_examples=100)
def test_any_name_is_just_a_database(name: str) -> None:
    ours = {"host": "db", "port": "5433", "user": "me o'x", "application_name": "bak-1", "dbname": name}
    server = Server("db", "5433", "me o'x", Secret(CANARY), extra={"sslmode": "require"})
    text = connection_string(server, name, "bak-1")
    parsed = conninfo_to_dict(text)
    assert parsed == {**parsed, **ours, "sslmode": "require"}
    assert "password" not in parsed
    assert "hunter2" not in text


def test_waiting_for_a_connection_is_bounded_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    assert conninfo_to_dict(connection_string(Server(), "d", "a"))["connect_timeout"] == "10"
    ours = Server(extra={"connect_timeout": "3"})
    assert conninfo_to_dict(connection_string(ours, "d", "a"))["connect_timeout"] == "3"
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "4")
    assert "connect_timeout" not in conninfo_to_dict(connection_string(Server(), "d", "a"))


@pytest.mark.parametrize("name", ["nonsense", "conninfo", "row_factory"])
def test_a_parameter_that_libpq_does_not_know_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="make no sense"):
        connection_string(Server(extra={name: "x"}), "d", "a")
