"""Whoever gives up protection says so, and sees it wherever the profile is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.addresses import is_on_this_host, leaves_in_clear
from bak_tui.core.command_line import AD_HOC, bak_line
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.profile_line import add_line
from bak_tui.core.settings import Flags, Preset, resolve
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.core.weakening import Weakening, weakenings
from bak_tui.tui.screens.whereabouts import whereabouts
from bak_tui.tui.session.choices import choice_of
from bak_tui.tui.widgets.header import Whereabouts
from tests.cli.runner import Runner
from tests.scenes.catalogue import Scene
from tests.scenes.databases import PROFILE
from tests.scenes.drawing import SceneApp, settled
from tests.scenes.scene_bak import SceneBak

PLAIN = Target("b", endpoint="http://minio:9000", allows_plain_http=True)


@pytest.mark.parametrize(
    "host",
    ["", "/run/postgresql", "@x", "localhost", "db.localhost.", "127.0.0.1", "127.9.9.9", "::1", "[::1]"],
)
def test_what_stays_on_this_host_is_on_no_wire(host: str) -> None:
    assert is_on_this_host(host)


@pytest.mark.parametrize(
    "host", ["minio", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil.example", "fe80::1%lo"]
)
def test_what_only_looks_like_it_is_elsewhere(host: str) -> None:
    assert not is_on_this_host(host)


@pytest.mark.parametrize(
    ("endpoint", "leaves"),
    [
        ("http://minio:9000", True),
        ("HTTP://minio", True),
        ("https://minio", False),
        ("http://127.0.0.1:9000", False),
        ("http://[::1]:9000", False),
        ("http://127.0.0.1@minio", True),
    ],
)
def test_plain_http_is_known_by_where_it_leads(endpoint: str, leaves: bool) -> None:
    assert leaves_in_clear(endpoint) is leaves


@pytest.mark.parametrize(
    ("profile", "found"),
    [
        (Profile("p", Server("db"), Target("b", endpoint="https://s3")), (Weakening.TLS_OPTIONAL,)),
        (Profile("p", Server("/run/postgresql"), Target("b", endpoint="https://s3")), ()),
        (Profile("p", Server(), Target("b", endpoint="https://s3")), ()),
        (Profile("p", Server("db", extra={"service": "p"})), ()),
        (Profile("p", None, PLAIN), (Weakening.PLAIN_HTTP,)),
        (Profile("p", None, replace(PLAIN, endpoint=None)), (Weakening.PLAIN_HTTP,)),
        (Profile("p", None, replace(PLAIN, endpoint="https://s3")), ()),
        (Profile("p", None, Target("b", verifies_tls=False)), (Weakening.UNCHECKED,)),
        (Profile("p", None, Target("b", endpoint="http://127.0.0.1:1", verifies_tls=False)), ()),
        (Profile("p", Server("db", extra={"sslmode": "disable"})), (Weakening.NO_TLS,)),
        (Profile("p", Server("localhost,db", extra={"sslmode": "allow"})), (Weakening.NO_TLS,)),
        (Profile("p", Server("localhost", extra={"sslmode": "disable"})), ()),
        (Profile("p", Server("db", extra={"sslmode": "prefer"})), (Weakening.TLS_OPTIONAL,)),
        (Profile("p", Server("db", extra={"sslmode": "require"})), (Weakening.SERVER_UNCHECKED,)),
        (Profile("p", Server("db", extra={"sslmode": "verify-ca"})), (Weakening.NAME_UNCHECKED,)),
        (
            Profile("p", Server("db", extra={"sslmode": "require", "sslrootcert": "/ca.pem"})),
            (Weakening.NAME_UNCHECKED,),
        ),
        (
            Profile("p", Server("localhost", extra={"hostaddr": "10.0.0.1", "sslmode": "disable"})),
            (Weakening.NO_TLS,),
        ),
        (
            Profile("p", Server(extra={"service": "p", "sslmode": "require"})),
            (Weakening.SERVER_UNCHECKED,),
        ),
        (Profile("p", Server(extra={"sslmode": "require"})), ()),
        (Profile("p", Server("::1", extra={"sslmode": "prefer"})), ()),
        (Profile("p", Server("db", extra={"sslmode": "verify-full"})), ()),
    ],
)
def test_what_is_given_up_is_told_in_the_header(profile: Profile, found: tuple[Weakening, ...]) -> None:
    assert weakenings(profile, {}) == found
    assert whereabouts(Whereabouts(), profile, None).weakened == found
    assert all(each.sentence for each in found)


def test_what_nobody_chose_is_told_where_it_is_looked_for_and_not_at_every_command() -> None:
    profile = Profile("p", Server("db"), Target("b", endpoint="https://s3"))
    assert weakenings(profile, {}) == (Weakening.TLS_OPTIONAL,)
    assert weakenings(profile, {}, chosen_only=True) == ()
    chosen = replace(profile, given_server=Server("db", extra={"sslmode": "prefer"}))
    assert weakenings(chosen, {}, chosen_only=True) == (Weakening.TLS_OPTIONAL,)


def test_what_libpqs_variables_give_up_is_told_unless_the_profile_says_better() -> None:
    elsewhere = {"PGHOST": "db", "PGSSLMODE": "require"}
    assert weakenings(Profile("p", Server()), elsewhere) == (Weakening.SERVER_UNCHECKED,)
    assert weakenings(Profile("p", Server("db")), {"PGSSLMODE": "allow"}) == (Weakening.NO_TLS,)
    assert weakenings(Profile("p", Server("db", extra={"sslmode": "verify-full"})), elsewhere) == ()
    assert weakenings(Profile("p", Server("localhost")), elsewhere) == ()


@pytest.mark.parametrize("mode", ["allow", "prefer", "require", "verify-ca"])
def test_a_weak_sslmode_is_told_wherever_the_profile_is(tmp_path: Path, mode: str) -> None:
    bak = Runner(tmp_path, {"BAK_CONFIG": str(tmp_path / "config.toml")})
    host = f"postgresql://me@db.invalid:1/?sslmode={mode}"
    assert bak("profiles", "add", "weak", "--host", host).code == 0
    (badge,) = weakenings(Profile("p", Server("db", extra={"sslmode": mode})), {})
    assert badge in bak("profiles", "list").out
    assert bak("profiles", "list", "--json").document["weakened"] == {"weak": [badge]}
    assert badge.sentence in bak("profiles", "show", "weak").out
    assert bak("profiles", "show", "weak", "--json").document["weakened"] == [badge]
    assert badge.sentence in bak("doctor", "--profile=weak").out
    assert badge.sentence in bak("doctor", "--host", host).out


def test_what_a_profile_allows_it_allows_for_its_own_endpoint() -> None:
    preset = Preset(Profile("p", None, PLAIN))
    kept = resolve(Flags(), {}, preset)
    assert kept.profile.target.allows_plain_http
    assert Weakening.PLAIN_HTTP.sentence in kept.notes
    assert not resolve(Flags(endpoint="http://other"), {}, preset).profile.target.allows_plain_http
    said = resolve(Flags(endpoint="http://other", allows_plain_http=True), {}, preset)
    assert said.profile.target.allows_plain_http
    assert ("plain_http", "allowed", "--plain-http") in {(o.name, o.value, o.source) for o in said.origins}


def test_the_lines_that_are_shown_say_it_too() -> None:
    assert bak_line("dumps", Profile(AD_HOC, None, PLAIN)).endswith("--plain-http")
    stored = parse_profile("p", {"target": {"bucket": "b", "endpoint": "http://minio", "plain_http": True}})
    assert add_line(stored, "", None).endswith("--endpoint http://minio --plain-http")


@pytest.mark.fault("R44")
def test_plain_http_to_another_host_is_refused_unless_the_profile_says_so(tmp_path: Path) -> None:
    bak = Runner(tmp_path, {"BAK_CONFIG": str(tmp_path / "config.toml"), "KEY": "k", "SECRET": "s"})
    link = ["--bucket=b", "--endpoint=http://bucket.invalid:9000", "--keys-env=KEY,SECRET"]
    assert bak("profiles", "add", "plain", *link).code == 0
    refused = bak("dumps", "--profile=plain")
    assert refused.code == 2
    assert "plain http to another host" in refused.err
    assert "plain_http = true" in refused.err
    assert bak("profiles", "add", "plain", *link, "--plain-http", "--replace").code == 0
    tried = bak("doctor", "--profile=plain")
    assert "bucket.invalid" in tried.out, "it was asked"
    assert Weakening.PLAIN_HTTP.sentence in tried.out
    assert "plain http: " in bak("profiles", "show", "plain").out


@pytest.mark.asyncio
async def test_the_header_shows_it_even_where_there_is_little_room() -> None:
    server = replace(PROFILE.server, extra={"sslmode": "disable"})
    target = replace(PROFILE.target, endpoint="http://rgw:80", allows_plain_http=True)
    choice = choice_of(replace(PROFILE, given_server=server, given_target=target))
    size = (80, 24)
    app = SceneApp(Scene("weakened", size, bak=SceneBak, choices=(choice,)))
    async with app.run_test(size=size):
        await settled(app)
        header = app.screen._compositor.render_strips()[0].text
        assert "▲ no TLS  ▲ plain http" in header
