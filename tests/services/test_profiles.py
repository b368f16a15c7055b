"""The file of profiles: comments stay, nobody's change is lost, damage is named and left alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bak_tui.core.errors import FileProblem, UsageError
from bak_tui.core.screen_settings import ScreenSettings
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.services.profiles import ProfileStore, config_path
from tests.waiting import PATIENCE

BY_HAND = """\
# my servers

[profiles.prod] # the real one
environment = "PROD"

# about its server
[profiles.prod.server]
host = "db"  # moved in May
password = { from = "env", name = "PW" } # by the vault

[profiles.'odd name'.server]
host = "other"
"""


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "folder" / "config.toml")


@pytest.fixture
def by_hand(store: ProfileStore) -> ProfileStore:
    store.path.parent.mkdir(mode=0o700)
    store.path.write_text(BY_HAND)
    store.path.chmod(0o600)
    return store


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def stored(name: str = "stage", **raw: Any) -> StoredProfile:
    return parse_profile(name, raw or {"server": {"host": "h"}})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_saved_is_read_back(store: ProfileStore) -> None:
    saved = stored(
        environment="stage",
        read_only=True,
        max_age="2d",
        server={
            "host": "h",
            "port": 5433,
            "options": {"connect_timeout": "3"},
            "password": {"from": "prompt"},
        },
        target={"bucket": "b", "verify_tls": False, "keys": {"from": "env", "names": ["A", "B"]}},
    )
    store.save(saved)
    assert store.all() == (saved,)
    assert store.get("stage") == saved


def test_without_a_file_there_is_no_profile_and_none_is_made(store: ProfileStore) -> None:
    assert store.all() == ()
    with pytest.raises(UsageError, match="no profile x"):
        store.get("x")
    assert not store.path.parent.exists()


def test_a_wrong_name_gets_the_nearest(by_hand: ProfileStore) -> None:
    with pytest.raises(UsageError) as caught:
        by_hand.get("prd")
    assert caught.value.hint == "did you mean prod?"


def test_comments_and_order_are_kept(by_hand: ProfileStore) -> None:
    changed = {"host": "db2", "password": {"from": "env", "name": "PW"}}
    by_hand.save(stored("prod", environment="PROD", max_age="2d", server=changed), replaces="prod")
    by_hand.save(stored("new"))
    text = by_hand.path.read_text()
    for comment in (
        "# my servers",
        "# the real one",
        "# about its server",
        "# moved in May",
        "# by the vault",
    ):
        assert comment in text
    assert [each.name for each in by_hand.all()] == ["prod", "odd name", "new"]
    assert 'host = "db2"  # moved in May' in text


def test_what_is_left_out_goes(by_hand: ProfileStore) -> None:
    by_hand.save(stored("prod", target={"bucket": "b"}), replaces="prod")
    assert by_hand.get("prod").server is None
    assert "# the real one" in by_hand.path.read_text()


@pytest.mark.parametrize(("name", "wished"), [("prod", "live"), ("odd name", "even"), ("prod", "a new.name")])
def test_a_profile_can_get_another_name(by_hand: ProfileStore, name: str, wished: str) -> None:
    was = by_hand.get(name)
    by_hand.save(was.model_copy(update={"name": wished}), replaces=name)
    names = [each.name for each in by_hand.all()]
    assert wished in names
    assert name not in names
    assert "# about its server" in by_hand.path.read_text()


def test_a_new_profile_does_not_take_anothers_place(by_hand: ProfileStore) -> None:
    for replaces in (None, "odd name"):
        with pytest.raises(UsageError, match="already"):
            by_hand.save(stored("prod"), replaces=replaces)
    assert by_hand.path.read_text() == BY_HAND


def test_a_removed_profile_is_gone_and_the_others_are_not(by_hand: ProfileStore) -> None:
    by_hand.remove("prod")
    assert [each.name for each in by_hand.all()] == ["odd name"]
    with pytest.raises(UsageError, match="no profile prod"):
        by_hand.remove("prod")


@pytest.mark.usefixtures("no_umask")
def test_files_are_the_users_alone_whatever_the_umask(store: ProfileStore) -> None:
    store.save(stored())
    assert mode(store.path.parent) == 0o700
    assert {mode(path) for path in store.path.parent.iterdir()} == {0o600}


def test_a_file_others_can_read_is_tightened_and_that_is_told(by_hand: ProfileStore) -> None:
    by_hand.path.chmod(0o644)
    by_hand.all()
    assert mode(by_hand.path) == 0o600
    assert "could be read by others" in by_hand.notes[0]
    by_hand.all()
    assert len(by_hand.notes) == 1


def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    place = tmp_path / "config.toml"
    os.mkfifo(place)
    with pytest.raises(FileProblem, match="no file and was left alone"):
        ProfileStore(place).remove("prod")
    assert place.is_fifo()


def test_a_device_without_an_end_is_not_read_for_ever() -> None:
    with pytest.raises(FileProblem, match="goes on after"):
        ProfileStore(Path("/dev/zero")).all()


def test_a_link_stays_a_link(by_hand: ProfileStore, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(by_hand.path)
    ProfileStore(link).save(stored())
    assert link.is_symlink()
    assert len(by_hand.all()) == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[profiles.a.server]\nhost = \n", 2),
        ("[profiles.a.server]\nhost = 'h'\nhost = 'i'\n", 3),
        ("a\n", 1),
        ("[profiles.a", 1),
    ],
)
def test_a_damaged_file_is_named_with_its_line_and_left_alone(
    by_hand: ProfileStore, text: str, line: int
) -> None:
    by_hand.path.write_text(text)
    for act in (by_hand.all, lambda: by_hand.save(stored()), lambda: by_hand.remove("a")):
        with pytest.raises(UsageError) as caught:
            act()
        assert f"{by_hand.path}:{line}: no TOML" in str(caught.value)
    assert by_hand.path.read_text() == text


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000], ids=["deep", "long"])
def test_what_python_cannot_read_is_left_alone(by_hand: ProfileStore, text: str) -> None:
    by_hand.path.write_text(text)
    for act in (by_hand.all, lambda: by_hand.save(stored())):
        with pytest.raises(UsageError, match="no profiles can be read from it"):
            act()
    assert by_hand.path.read_text() == text


def test_bytes_that_are_no_text_are_left_alone(by_hand: ProfileStore) -> None:
    by_hand.path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        by_hand.save(stored())
    assert by_hand.path.read_bytes() == b"\xff\xfe"


def test_an_unknown_table_is_an_error(by_hand: ProfileStore) -> None:
    by_hand.path.write_text("[profile.a.server]\n")
    with pytest.raises(UsageError, match="no key profile") as caught:
        by_hand.all()
    assert caught.value.hint == "did you mean profiles?"


def test_the_users_own_keys_stand_beside_the_profiles_and_stay_when_one_is_written(
    by_hand: ProfileStore,
) -> None:
    table = """[keys]   # mine\ndb.backup = "B"\n"db.verify" = "v"\n"""
    by_hand.path.write_text(BY_HAND + table)
    assert by_hand.key_table() == {"db.backup": "B", "db.verify": "v"}
    by_hand.save(stored())
    assert table in by_hand.path.read_text()
    assert len(by_hand.all()) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keys = 1", "keys is no text"),
        ("[keys]\ndb.backup = 1", r"keys\.db\.backup is no text"),
        ("[keys]\n'a' = ['b']", r"keys\.a is no text"),
        ("[kyes]\na = 'b'", "there is no key kyes"),
    ],
)
def test_keys_that_are_no_texts_are_named(by_hand: ProfileStore, text: str, said: str) -> None:
    by_hand.path.write_text(text)
    with pytest.raises(UsageError, match=said):
        by_hand.key_table()


def test_without_a_file_no_key_is_the_users_own(store: ProfileStore) -> None:
    assert store.key_table() == {}


def test_how_the_screen_is_to_be_is_read_and_stays_when_a_profile_is_written(by_hand: ProfileStore) -> None:
    assert by_hand.screen() == ScreenSettings()
    table = "[screen]\nascii = true\nbell = false\n"
    by_hand.path.write_text(BY_HAND + table)
    by_hand.save(stored())
    assert table in by_hand.path.read_text()
    assert by_hand.screen() == ScreenSettings(is_ascii=True, rings=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("screen = true", "screen is no table"),
        ("[screen]\nbel = true", "there is no key bel"),
        ("[screen]\nascii = 1", r"screen\.ascii is neither true nor false"),
        ("[screen]\nbell = 'no'", r"screen\.bell is neither true nor false"),
    ],
)
def test_what_is_wrong_with_the_screens_settings_is_named(
    by_hand: ProfileStore, text: str, said: str
) -> None:
    by_hand.path.write_text(text)
    with pytest.raises(UsageError, match=said) as caught:
        by_hand.screen()
    assert str(by_hand.path) in caught.value.message


def test_a_wrong_profile_does_not_hinder_the_others(by_hand: ProfileStore) -> None:
    by_hand.path.write_text(BY_HAND + "[profiles.bad.server]\nhots = 'x'\n")
    assert by_hand.get("prod").name == "prod"
    by_hand.save(stored())
    with pytest.raises(UsageError, match=r"profile bad: there is no key server\.hots"):
        by_hand.all()
    by_hand.remove("bad")
    assert len(by_hand.all()) == 3


def test_a_profile_that_is_no_table_does_not_hinder_the_others(by_hand: ProfileStore) -> None:
    by_hand.path.write_text("[profiles]\nbad = 1\n")
    by_hand.save(stored())
    assert by_hand.get(stored().name) == stored()
    with pytest.raises(UsageError, match="profile bad is no table"):
        by_hand.get("bad")
    by_hand.remove("bad")
    assert len(by_hand.all()) == 1


def test_concurrent_writers_lose_nothing(store: ProfileStore) -> None:
    code = (
        "import sys; from pathlib import Path; from bak_tui.services.profiles import ProfileStore;"
        "from bak_tui.core.stored_complaints import parse_profile\n"
        "for i in range(8): ProfileStore(Path(sys.argv[1])).save("
        "parse_profile(f'{sys.argv[2]}{i}', {'server': {'host': 'h'}}))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(store.path), letter]) for letter in ("a", "b", "c")
    ]
    assert [process.wait(PATIENCE) for process in running] == [0, 0, 0]
    assert {each.name for each in store.all()} == {f"{letter}{i}" for letter in "abc" for i in range(8)}
    assert {path.name for path in store.path.parent.iterdir()} == {"config.toml", "config.toml.lock"}


def test_where_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    environment = {"BAK_CONFIG": "/env/config.toml"}
    assert config_path(Path("/said.toml"), environment) == Path("/said.toml")
    assert config_path(None, environment) == Path("/env/config.toml")
    path = config_path(None, {})
    assert (path.parent.name, path.name) == ("bak-tui", "config.toml")
    assert path.is_relative_to(tmp_path)
