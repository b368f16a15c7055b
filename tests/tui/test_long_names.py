"""However long names are, what must be seen of a place is seen: server, bucket, and where a backup goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.look.spans import width_of
from bak_tui.tui.session.choices import choice_of
from bak_tui.tui.widgets.header import Header
from tests.scenes.catalogue import Scene
from tests.scenes.databases import PROFILE
from tests.scenes.drawing import SceneApp, settled
from tests.tui.conftest import Stage


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [(160, 45), (100, 30), (80, 24)], ids=str)
async def test_a_long_profile_hides_neither_the_ends_nor_where_a_backup_goes(size: tuple[int, int]) -> None:
    prefix = "a/very/long/prefix/" * 4
    profile = replace(PROFILE, name="x" * 64, given_target=replace(PROFILE.target, prefix=prefix))
    scene = Scene("test", size, choices=(choice_of(profile),))
    app = SceneApp(scene)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(app)
        stage = Stage(app, pilot, app.scene_bak)
        header = stage.workbench.query_one(Header).render_line(0).text
        assert "x" * 7 in header
        assert "db.gen3.internal" in header
        assert "s3://aced-backups/" in header
        await stage.opened(BackupDialog, "b")
        assert isinstance(app.screen, BackupDialog)
        lines = app.screen._what.lines
        assert max(map(width_of, lines)) <= app.screen._what.size.width
        told = "".join("".join(text for text, _ in line).strip() for line in lines)
        assert f"s3://aced-backups/{prefix}<database>/<database>-<time>.sql" in told
