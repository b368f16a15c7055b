"""A server or a bucket that refuses, or says nothing: panes and dialogs say what is wrong and what to do.

Real servers, real time-outs, and S3's own answers by a proxy before a real store.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import pytest

from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.services.s3 import S3Options
from bak_tui.tui.dialogs.ask import AskPassword
from tests.faults.s3_proxy import ANY, FOR_EVER, Fault, Refuse, S3Proxy
from tests.operations.conftest import House
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.tui.conftest import Stage, on_stage
from tests.tui.test_workbench import backed_up
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio

SIZES = [(80, 24)]
"""A pane alone: beside another one its sentences are wrapped among that one's."""


@dataclass(frozen=True)
class Refusal:
    """An answer of S3, and how it is told."""

    answer: Fault
    words: str
    """In the header."""
    said: str
    hint: str


REFUSALS = {
    "unknown key": Refusal(
        Refuse(403, "InvalidAccessKeyId"),
        "wrong keys",
        "access key is not known there",
        "check the access key",
    ),
    "wrong secret": Refusal(
        Refuse(403, "SignatureDoesNotMatch"), "wrong keys", "secret key does not fit", "check the secret key"
    ),
    "expired": Refusal(
        Refuse(400, "ExpiredToken"), "keys expired", "credentials have expired", "renew them and try again"
    ),
    "denied": Refusal(Refuse(403, "AccessDenied"), "access denied", "access denied", "(s3:ListBucket)"),
}


@pytest.fixture
def proxy(house: House) -> Iterator[S3Proxy]:
    """Between the house and its bucket."""
    assert house.target.endpoint
    with S3Proxy(house.target.endpoint) as proxy:
        house.target = replace(house.target, endpoint=proxy.url)
        yield proxy
    assert not proxy.surprises


@pytest.fixture
def role(house: House) -> Iterator[Server]:
    """A role that may make databases, without a password that anybody knows but this server value."""
    name, password = "bak_refused", "right"
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN CREATEDB PASSWORD '{password}'".encode())
    yield replace(house.server, user=name, password=Secret(password))
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f"DROP ROLE {name}".encode())


def words(stage: Stage) -> str:
    """What is on the screen without frames and line ends: a sentence may be wrapped anywhere."""
    return " ".join("".join(" " if sign in "│─╭╮╰╯▌" else sign for sign in stage.text()).split())


async def told(stage: Stage, *said: str) -> None:
    await stage.until(lambda: all(part in words(stage) for part in said))


# -- a bucket that refuses -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("case", REFUSALS)
async def test_a_bucket_that_refuses_from_the_start_says_why_in_its_pane_and_in_the_header(
    house: House, proxy: S3Proxy, case: str, size: tuple[int, int]
) -> None:
    refusal = REFUSALS[case]
    proxy.fault(ANY, refusal.answer, times=FOR_EVER)
    async with on_stage(house, size=size) as stage:
        stage.app.clear_notifications()
        await stage.press("3")
        await told(
            stage, f"✗ cannot list s3://{house.target.bucket}/", refusal.said, refusal.hint, "r try again"
        )
        assert refusal.words in stage.text().splitlines()[0]
        proxy.heal()
        await stage.press("r")
        await told(stage, "nothing is stored here yet")
        await stage.until(lambda: refusal.words not in stage.text().splitlines()[0])


# -- a server that refuses -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_wrong_password_is_asked_for_again_and_said_where_it_was_not_given(
    house: House, size: tuple[int, int]
) -> None:
    house.server = replace(house.server, password=Secret("wrong"))
    async with on_stage(house, size=size) as stage:
        await stage.until(lambda: isinstance(stage.app.screen, AskPassword))
        await told(stage, "refused: password authentication failed")
        await stage.press("escape", "2")
        stage.app.clear_notifications()
        await told(stage, "✗", "password authentication failed", "check user and password", "r try again")
        assert "wrong password" in stage.text().splitlines()[0]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_role_without_login_is_told_with_what_to_do(
    house: House, role: Server, size: tuple[int, int]
) -> None:
    alter(house, role, "NOLOGIN")
    good, house.server = house.server, role
    async with on_stage(house, size=size) as stage:
        await stage.press("2")
        stage.app.clear_notifications()
        await told(stage, "is not permitted to log in", "have LOGIN given to this one", "r try again")
        assert "refused" in stage.text().splitlines()[0]
        house.server = good
        alter(house, role, "LOGIN")
        await stage.press("r")
        await stage.until(lambda: "refused" not in stage.text().splitlines()[0])


async def test_what_was_seen_stays_and_says_what_to_do_when_login_and_keys_are_lost_while_it_is_open(
    house: House, role: Server, proxy: S3Proxy, make_database: MakeDatabase
) -> None:
    name = make_database()
    admin, house.server = house.server, role
    async with on_stage(house, size=(80, 24)) as stage:
        await backed_up(stage, name)
        house.server = admin
        alter(house, role, "NOLOGIN")
        with open_connection(admin, "postgres") as connection:
            sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
            connection.execute(sessions, (role.user,))
        proxy.fault(ANY, Refuse(400, "ExpiredToken"), times=FOR_EVER)
        panes = (stage.databases, stage.bucket)
        await stage.press("r")
        await stage.until(lambda: all("stale since" in str(pane.border_subtitle) for pane in panes))
        stage.app.clear_notifications()
        assert name in {row.database for row in stage.databases.listing.items}
        assert f"{name}/" in {row.name for row in stage.bucket.listing.items}
        await told(stage, "is not permitted to log in", "have LOGIN given to this one")
        await stage.press("3")
        await told(stage, "credentials have expired", "renew them and try again")
        alter(house, role, "LOGIN")
        proxy.heal()
        await stage.press("r")
        await stage.until(lambda: not any("stale" in str(pane.border_subtitle) for pane in panes))


def alter(house: House, role: Server, attribute: str) -> None:
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f"ALTER ROLE {role.user} {attribute}".encode())


# -- nobody says anything --------------------------------------------------------------------------------


@contextmanager
def silent() -> Iterator[str]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield str(listening.getsockname()[1])


def asked_of(house: House, database: str, store: str, *, seconds: float) -> None:
    """At these ports, and so patiently."""
    extra = {"connect_timeout": f"{seconds:.0f}"}
    house.server = replace(house.server, port=database, extra=extra)
    house.target = replace(house.target, endpoint=f"http://127.0.0.1:{store}")
    house.s3 = S3Options(retry_pause=0.05, read_timeout=seconds)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_keys_work_while_nobody_answers_and_the_panes_say_so_after_their_time_outs(
    house: House, size: tuple[int, int]
) -> None:
    with ExitStack() as first, silent() as database, silent() as store:
        asked_of(house, first.enter_context(silent()), first.enter_context(silent()), seconds=PATIENCE)
        async with on_stage(house, size=size, waits=False) as stage:
            await stage.press("4")
            await stage.until(lambda: stage.jobs.listing.has_focus)
            await stage.press("3")
            await told(stage, "listing …")
            await stage.press("2")
            await told(stage, "connecting")
            assert not stage.has_whole_board(), "nobody has answered yet"
            first.close()
            await stage.until(stage.has_whole_board)
            asked_of(house, database, store, seconds=2)
            stage.workbench.profile = house.profile
            await stage.press("r")
            await told(
                stage, "✗ cannot reach PostgreSQL", "timeout", "a firewall lets nothing", "r try again"
            )
            await stage.press("3")
            await told(stage, "✗ cannot list s3://", "fell silent", "try again, or look at the server")
