"""A password and an S3 secret, used for everything and then found nowhere but where they were put."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from psycopg import sql

from bak_tui.core.profile import Server, Target
from bak_tui.core.secret import Secret
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.s3 import EmbeddedS3
from bak_tui.tui.app import BakApp
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from tests.cli.runner import Runner
from tests.operations.conftest import House, house
from tests.samples import drop, fill
from tests.security.watching import Watch
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.tui.conftest import on_stage

__all__ = ["house"]

CORE = f"c4n4ry{secrets.token_hex(8)}"
PASSWORD = f"'pa ss:wo\\rd%{CORE}"
"""Its beginning is escaped differently in each place; its end is plain, and is what is looked for."""
WRONG = f"wr0ng{secrets.token_hex(8)}"
PROFILES = """
[profiles.{name}.server]
host = "{host}"
port = {port}
user = "{user}"
password = {{ from = "file", path = "{password}" }}
[profiles.{name}.target]
bucket = "{bucket}"
endpoint = "{endpoint}"
addressing = "path"
keys = {{ from = "file", path = "{keys}" }}
"""


@dataclass
class Keeper:
    """A role with the canary as its password, on servers of its own secrets; and what was seen of it all."""

    server: Server
    target: Target
    bak: Runner
    store: EmbeddedS3
    said: list[str] = field(default_factory=list)
    watched: list[Watch] = field(default_factory=list)

    @property
    def canaries(self) -> tuple[bytes, ...]:
        secret = self.target.secret_key.reveal() if self.target.secret_key else ""
        return CORE.encode(), WRONG.encode(), secret.encode()

    def run(self, *words: str, code: int | None = 0) -> None:
        """`code`: how it is to end; None: anyhow."""
        process = self.bak.start("-v", *words)
        with Watch(process.pid) as watch:
            out, err = process.communicate(timeout=120)
        assert code is None or process.returncode == code, (words, err.decode())
        self.said.append((out + err).decode())
        self.watched.append(watch)

    def found_in(self, *texts: bytes) -> set[bytes]:
        return {canary for canary in self.canaries for text in texts if canary in text}


@pytest.fixture
def keeper(
    embedded_postgres: EmbeddedPostgres, embedded_s3: EmbeddedS3, bucket_target: Target, tmp_path: Path
) -> Iterator[Keeper]:
    role = sql.Identifier(f"keeper_{secrets.token_hex(4)}")
    with open_connection(embedded_postgres.server, "postgres") as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(role, sql.Literal(PASSWORD))
        )
    server = Server(
        embedded_postgres.host, str(embedded_postgres.port), role.as_string(None).strip('"'), Secret(PASSWORD)
    )
    put_away = tmp_path / "put-away"
    put_away.mkdir(mode=0o700)
    assert bucket_target.secret_key is not None
    keys = f"{bucket_target.access_key}\n{bucket_target.secret_key.reveal()}\n"
    config = ""
    for name, text in (("right", PASSWORD), ("wrong", WRONG)):
        (put_away / name).write_text(f"{text}\n")
        (put_away / "keys").write_text(keys)
        config += PROFILES.format(
            name=name,
            host=server.host,
            port=server.port,
            user=server.user,
            password=put_away / name,
            bucket=bucket_target.bucket,
            endpoint=bucket_target.endpoint,
            keys=put_away / "keys",
        )
    for each in put_away.iterdir():
        each.chmod(0o600)
    home = tmp_path / "home"
    (home / ".config/bak-tui").mkdir(parents=True)
    (home / ".config/bak-tui/config.toml").write_text(config)
    bak = Runner(home, {"BAK_PG_BINDIR": str(embedded_postgres.bindir), "TMPDIR": str(home)})
    yield Keeper(server, bucket_target, bak, embedded_s3)
    with open_connection(embedded_postgres.server, "postgres") as connection:
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked at in /proc")
@pytest.mark.fault("R38")
def test_no_secret_is_seen_by_others_said_or_kept(
    keeper: Keeper, embedded_postgres: EmbeddedPostgres, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(embedded_postgres.server, name)
    right = "--profile=right"
    keeper.run("profiles", "test", "right")
    keeper.run("backup", right, f"--database={name}")
    keeper.run("restore", right, f"--database={name}", f"--into={name}_again", "--jobs=2")
    keeper.run("doctor", right, "--json")
    keeper.run("backup", "--profile=wrong", f"--database={name}", code=4)
    drop(keeper.server, f"{name}_again")
    for program in ("pg_dump", "pg_restore"):
        assert any(watch.has_seen(program) for watch in keeper.watched), f"{program} was never looked at"
    assert any("DEBUG" in said for said in keeper.said)
    seen = [each for watch in keeper.watched for each in (*watch.command_lines, *watch.environments)]
    assert keeper.found_in(*seen) == set(), "in a command line or environment"
    assert keeper.found_in(*(said.encode() for said in keeper.said)) == set(), "in what was said"
    kept = [*keeper.bak.home.rglob("*"), *(keeper.store.root / keeper.target.bucket).rglob("*")]
    files = [path for path in kept if path.is_file()]
    assert {"config.toml", "history.jsonl"} <= {path.name for path in files}
    assert any(path.name.endswith(".manifest.json") for path in files)
    assert {str(path) for path in files if keeper.found_in(path.read_bytes())} == set()


@pytest.mark.asyncio
async def test_no_secret_is_on_a_screen(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    secret = house.target.secret_key
    password = house.server.password
    assert secret is not None
    assert password is not None
    pictures = []
    async with on_stage(house) as stage:
        for keys in (["2"], ["1", "e"], ["escape", "2", "b"], ["escape", "R"], ["escape", "f1"], ["f1", "4"]):
            await stage.press(*keys)
            await stage.rest()
            pictures.append(stage.app.export_screenshot())
        assert name in "".join(pictures)
    for picture in pictures:
        assert secret.reveal() not in picture
        assert password.reveal() not in picture


@pytest.mark.asyncio
async def test_a_crash_shows_where_and_never_with_what(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    bak = house.bak()
    app = BakApp(Begun(bak, Workbench(bak, [])))

    def crash() -> None:
        password = Secret(PASSWORD)
        spelled = f"{quote(password.reveal(), safe='')} {password.reveal()!r}"
        raise RuntimeError(f"a defect \x1b]0;owned\x07 [/x] {spelled}")

    async def run() -> None:
        async with app.run_test() as pilot:
            app.call_later(crash)
            await pilot.pause()

    with pytest.raises(RuntimeError, match="a defect"):
        await run()
    shown = capsys.readouterr().err
    assert r"a defect \x1b]0;owned\x07 [/x]" in shown
    assert CORE not in shown
    assert all(line.isprintable() for line in shown.splitlines())
