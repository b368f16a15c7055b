"""What a profile's form offers: presets, services, AWS profiles, lists, and what a choice gives up."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from bak_tui.core.weakening import Weakening
from bak_tui.tui.dialogs.ask import Confirm
from bak_tui.tui.dialogs.pick import Pick
from bak_tui.tui.dialogs.profile import ProfileDialog
from bak_tui.tui.widgets.pressing import FormButton
from tests.operations.conftest import House
from tests.tui.test_profile_form import (
    choose,
    chooser,
    field,
    form,
    form_by,
    home,
    opened,
    saved_by,
    type_into,
)

__all__ = ["home"]

pytestmark = pytest.mark.asyncio


async def test_services_and_aws_profiles_are_taken_over(home: House, tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text("[live]\nhost=db\nuser=backup\n[\x1b[31mred]\nhost=x\n")
    aws = tmp_path / ".aws"
    aws.mkdir()
    (aws / "config").write_text("[profile ceph]\nregion = eu\nendpoint_url = https://rgw.example\n")
    async with opened(home) as stage:
        await stage.until(lambda: "found here: 2 pg services, 1 AWS profile" in stage.text())
        await stage.press("i")
        await stage.until(lambda: isinstance(stage.app.screen, Pick))
        assert "\x1b" not in stage.text()
        assert "aws         ceph" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, ProfileDialog))
        assert (field(stage, "service").text, field(stage, "name").text) == ("live", "live")
        await stage.press("ctrl+o")
        await stage.until(lambda: isinstance(stage.app.screen, Pick))
        await stage.press("G", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, ProfileDialog))
        await stage.until(lambda: field(stage, "endpoint").text == "https://rgw.example")
        assert (chooser(stage, "keys").value, field(stage, "keys_detail").text) == ("profile", "ceph")
        await type_into(stage, "bucket", "b")
        await saved_by(stage, "ctrl+s")
    stored = home.bak().profiles.all()[0]
    assert stored.server is not None
    assert stored.target is not None
    assert (stored.server.service, stored.target.region, stored.target.keys.name) == ("live", "eu", "ceph")


async def test_a_preset_fills_what_it_knows_and_leaves_what_was_typed(home: House) -> None:
    async with opened(home) as stage:
        await form_by(stage, "n")
        await choose(stage, "provider", "GCS")
        assert field(stage, "endpoint").text == "https://storage.googleapis.com"
        await choose(stage, "provider", "MinIO")
        assert field(stage, "endpoint").text == ""
        assert chooser(stage, "addressing").value == "path"
        await type_into(stage, "endpoint", "https://mine.example")
        await choose(stage, "provider", "R2")
        assert field(stage, "endpoint").text == "https://mine.example"
        assert field(stage, "region").text == "auto"


async def test_what_a_profile_gives_up_is_chosen_told_in_words_and_stored(home: House) -> None:
    async with opened(home) as stage:
        dialog = await form_by(stage, "n")
        for name, text in (("name", "weak"), ("endpoint", "https://s3.invalid"), ("bucket", "b")):
            await type_into(stage, name, text)
        await choose(stage, "verify_tls", "not checked")
        await stage.until(lambda: f"▲ {Weakening.UNCHECKED.sentence}" in stage.text())
        await choose(stage, "plain_http", "allowed")
        await type_into(stage, "options", "connect_timeout=5 'application_name=a b'")
        await type_into(stage, "database", "template1")
        assert Weakening.PLAIN_HTTP.sentence not in stage.text(), "nothing goes over https in clear"
        await type_into(stage, "endpoint", "http://s3.invalid")
        await stage.until(lambda: f"▲ {Weakening.PLAIN_HTTP.sentence}" in stage.text())
        words = shlex.split(dialog.command())
        assert {"--no-verify-ssl", "--plain-http", "application_name=a b", "--maintenance-db"} <= set(words)
        await saved_by(stage, "ctrl+s")
    (stored,) = home.bak().profiles.all()
    assert stored.server is not None
    assert stored.target is not None
    assert (stored.target.verify_tls, stored.target.plain_http) == (False, True)
    assert stored.server.options == {"connect_timeout": "5", "application_name": "a b"}
    assert stored.server.database == "template1"


async def test_a_list_folds_out_and_a_click_does_what_a_key_does(home: House) -> None:
    async with opened(home) as stage:
        await form_by(stage, "n")
        await stage.pilot.click("#provider")
        await stage.until(lambda: isinstance(stage.app.screen, Pick))
        await stage.press("j", "j", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, ProfileDialog))
        assert chooser(stage, "provider").value == "Ceph"
        await stage.pilot.click("#mode", offset=(3, 0))
        assert chooser(stage, "mode").value == "read-only"
        test, cancel = list(form(stage).query(FormButton))[1::2]
        await stage.pilot.click(test)
        await stage.until(lambda: "needs a server, a target, or both" in stage.text())
        await stage.pilot.click(cancel)
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
