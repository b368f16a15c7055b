"""The bucket pane: nothing moves under the cursor, whatever comes in, however much."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from textual.widgets import Input

from bak_tui.core.jobs import JobId
from bak_tui.tui.dialogs.details import DetailsDialog
from bak_tui.tui.messages import JobUpdated
from tests.fakes.listing_server import ListingServer, Manner
from tests.operations.conftest import House
from tests.scenes.jobs import ENDED
from tests.tui.conftest import Stage, on_stage

pytestmark = pytest.mark.asyncio

KEYS = 5_200


def names(stage: Stage) -> list[str]:
    return [entry.name for entry in stage.bucket.listing.items]


def is_whole(stage: Stage) -> bool:
    return stage.bucket.view.is_at_rest


def shows(stage: Stage, wanted: list[str]) -> bool:
    return names(stage) == wanted and is_whole(stage)


async def test_the_cursor_stays_on_its_object_when_the_folder_is_listed_again(house: House) -> None:
    for name in ("b.txt", "d.txt", "e.txt"):
        house.bucket.write(f"notes/{name}", b"x")
    async with on_stage(house) as stage:
        await stage.press("3")
        await stage.go_to(stage.bucket, "notes/")
        await stage.press("enter")
        await stage.go_to(stage.bucket, "d.txt")
        for name in ("a.txt", "c.txt"):
            house.bucket.write(f"notes/{name}", b"x")
        house.bucket.delete(["notes/b.txt"])
        await stage.press("r", "r")
        await stage.until(lambda: names(stage) == ["..", "a.txt", "c.txt", "d.txt", "e.txt"])
        assert stage.bucket.listing.current is not None
        assert stage.bucket.listing.current.name == "d.txt"


async def test_a_folder_opens_on_its_newest_dump(house: House) -> None:
    dumps = [f"fence-202611{day:02}T{hour:02}0000Z.sql" for day in (1, 2) for hour in range(24)]
    for name in (*dumps, "a.txt", "old/x"):
        house.bucket.write(f"fence/{name}", b"PGDMP")
    async with on_stage(house) as stage:
        await stage.press("3")
        await stage.go_to(stage.bucket, "fence/")
        await stage.press("enter")
        await stage.until(lambda: len(names(stage)) == 51 and is_whole(stage))
        assert stage.bucket.listing.current is not None
        assert stage.bucket.listing.current.name == dumps[-1]
        assert stage.bucket.listing.scroll_offset.y == 0, "the way up is hidden, though there is room"
        await stage.press("k")
        await stage.press("r")
        await stage.until(lambda: is_whole(stage))
        assert stage.bucket.listing.current.name == "old/", "a cursor that was moved stays"


async def test_dumps_of_one_minute_are_told_apart_by_their_seconds(house: House) -> None:
    for stamp in ("20261101T000000Z", "20261102T000000Z", "20261102T000059Z"):
        house.bucket.write(f"fence/fence-{stamp}.sql", b"PGDMP")
    async with on_stage(house) as stage:
        await stage.press("3")
        await stage.go_to(stage.bucket, "fence/")
        await stage.press("enter")
        await stage.until(lambda: len(names(stage)) == 4 and is_whole(stage))
        for taken in ("  2026-11-02 00:00:59 ", "  2026-11-02 00:00:00 ", " Sun 2026-11-01 00:00  "):
            assert taken in stage.text()
        await stage.press("z")
        await stage.until(lambda: "Mon 2026-11-02 00:00:59 " in stage.text())


async def test_a_filter_that_hides_what_the_cursor_was_on_leaves_it_on_the_first_that_matches(
    house: House,
) -> None:
    for day in (1, 2, 3):
        house.bucket.write(f"fence/fence-2026110{day}T000000Z.sql", b"PGDMP")
    async with on_stage(house) as stage:
        await stage.press("3")
        await stage.go_to(stage.bucket, "fence/")
        await stage.press("enter")
        await stage.until(lambda: len(names(stage)) == 4 and is_whole(stage))

        def current() -> str:
            entry = stage.bucket.listing.current
            return entry.name if entry else ""

        await stage.press("slash", *"1102", "enter")
        await stage.until(lambda: names(stage) == ["..", "fence-20261102T000000Z.sql"] and is_whole(stage))
        await stage.until(lambda: current() == "fence-20261102T000000Z.sql")
        await stage.press("k")
        stage.bucket.query_one(Input).value = "1102t"
        await stage.until(lambda: len(names(stage)) == 2 and is_whole(stage))
        assert current() == "..", "where its user has put it"


async def test_a_dump_that_came_after_the_board_is_called_one(house: House) -> None:
    house.bucket.write("fence/fence-20261101T000000Z.sql", b"PGDMP")
    async with on_stage(house) as stage:
        house.bucket.write("fence/fence-20261102T000000Z.sql", b"PGDMP")
        await stage.press("3")
        await stage.go_to(stage.bucket, "fence/")
        await stage.press("enter")
        await stage.until(lambda: len(names(stage)) == 3 and is_whole(stage))
        await stage.until(lambda: "5 B, a dump, not looked into yet" in stage.text())
        await stage.press("R")
        await stage.until(lambda: "R does not work here: this dump is not looked into yet" in stage.text())


async def test_the_way_up_is_no_object_to_be_copied(house: House) -> None:
    house.bucket.write("notes/a.txt", b"x")
    async with on_stage(house) as stage:
        await stage.press("3")
        await stage.go_to(stage.bucket, "notes/")
        await stage.press("enter")
        await stage.until(lambda: names(stage) == ["..", "a.txt"] and is_whole(stage))
        await stage.press("g", "y")
        await stage.until(lambda: "y does not work here: no object is under the cursor" in stage.text())
        assert stage.app.clipboard == ""
        await stage.press("j", "y")
        assert stage.app.clipboard.endswith("/notes/a.txt")


async def test_going_up_the_cursor_is_on_the_folder_that_was_left(house: House) -> None:
    for name in ("a/x", "b/b/x", "b/c/x", "c/x"):
        house.bucket.write(name, b"x")
    async with on_stage(house) as stage:
        await stage.press("3")
        await stage.go_to(stage.bucket, "b/")
        await stage.press("enter")
        await stage.go_to(stage.bucket, "c/")
        await stage.press("enter")
        await stage.until(lambda: names(stage) == ["..", "x"])
        assert stage.bucket.listing.cursor == 0
        for left, above in (("b/c/", ["..", "b/", "c/"]), ("b/", ["a/", "b/", "c/"])):
            await stage.press("h")
            await stage.until(partial(shows, stage, above))
            assert stage.bucket.listing.current is not None
            assert stage.bucket.listing.current.path == left


async def test_a_jump_goes_on_from_the_name_before_all_is_listed(house: House) -> None:
    keys = [f"photos/{number:06}.jpg" for number in range(40_000)]
    with ListingServer.of(keys, Manner.PROPER) as fake:
        async with on_stage(replace(house, target=fake.target)) as stage:
            await stage.press("3")
            await stage.go_to(stage.bucket, "photos/")
            await stage.press("enter")
            await stage.until(lambda: len(names(stage)) == 40_001 and is_whole(stage))
            stage.bucket.view.is_whole = False  # as if more were to come, however fast it was
            await stage.press("f", *"0399", "enter")
            await stage.until(
                lambda: names(stage) == ["..", *[f"{each:06}.jpg" for each in range(39_900, 40_000)]]
            )
            await stage.until(lambda: is_whole(stage))
            assert "from 0399" in str(stage.bucket.border_title)
            await stage.press("escape")
            await stage.until(lambda: len(names(stage)) == 40_001 and is_whole(stage))
            await stage.press("f", *"0123", "enter")
            await stage.until(lambda: stage.bucket.listing.cursor == 12_301)
            assert stage.bucket.listing.current is not None
            assert stage.bucket.listing.current.name == "012300.jpg"
            await stage.press("f", "z", "enter")
            await stage.until(lambda: "nothing from z on" in stage.text())


async def test_enter_on_what_is_no_folder_opens_its_details(house: House) -> None:
    for name in ("fence-20261101T000000Z.sql", "notes.txt"):
        house.bucket.write(f"fence/{name}", b"PGDMP")
    async with on_stage(house) as stage:
        await stage.press("3")
        await stage.go_to(stage.bucket, "fence/")
        await stage.press("enter")
        for row, name in (("fence", "fence-20261101T000000Z.sql"), ("notes.txt", "notes.txt")):
            await stage.go_to(stage.bucket, row)
            await stage.opened(DetailsDialog, "enter")
            assert name in stage.text()
            await stage.press("escape")
            await stage.until(lambda: stage.app.screen is stage.workbench)


async def test_a_filter_that_has_found_a_folder_does_not_hide_what_is_in_it(house: House) -> None:
    for key in ("notes/a.txt", "notes/b.txt", "photos/c.txt"):
        house.bucket.write(key, b"x")
    async with on_stage(house) as stage:
        await stage.press("3")
        await stage.until(lambda: "notes/" in names(stage) and is_whole(stage))
        await stage.press("slash", *"note", "enter")
        await stage.until(lambda: shows(stage, ["notes/"]))
        await stage.press("enter")
        await stage.until(lambda: shows(stage, ["..", "a.txt", "b.txt"]))
        assert stage.bucket.filter == ""
        await stage.press("slash", "b")
        await stage.until(lambda: shows(stage, ["..", "b.txt"]))
        await stage.press("enter", "r")
        await stage.until(lambda: is_whole(stage))
        assert names(stage) == ["..", "b.txt"], "what is asked again stays filtered"


async def test_thousands_of_objects_are_sorted_and_filtered_with_the_cursor_held(house: House) -> None:
    keys = [f"photos/{number:04}.jpg" for number in range(KEYS)]
    with ListingServer.of([*keys, "photos/old.sql"], Manner.PROPER) as fake:
        async with on_stage(replace(house, target=fake.target)) as stage:
            await stage.press("3")
            await stage.go_to(stage.bucket, "photos/")
            await stage.press("enter")
            await stage.until(lambda: stage.bucket.folder == "photos/" and is_whole(stage))
            # One dump, on the last page, made it another order: dumps above other objects.
            assert names(stage) == ["..", "old.sql", *[key.removeprefix("photos/") for key in keys]]
            await stage.press("G", "k", "s")
            await stage.until(lambda: is_whole(stage))
            assert stage.bucket.listing.current is not None
            assert stage.bucket.listing.current.name == f"{KEYS - 2:04}.jpg"
            await stage.press("slash", *"19.JPG", "enter")
            await stage.until(lambda: is_whole(stage))
            assert names(stage) == ["..", *[f"{number:04}.jpg" for number in range(19, KEYS, 100)]]
            await stage.press("slash", *"nothing", "enter")
            assert names(stage) == [".."]
            await stage.press("escape")
            await stage.until(lambda: len(names(stage)) == KEYS + 2)


@pytest.mark.parametrize("size", [(160, 45), (80, 24)], ids=str)
async def test_a_listing_that_breaks_off_keeps_what_it_has_and_goes_on_from_there(
    house: House, size: tuple[int, int]
) -> None:
    keys = [f"photos/{number:04}.jpg" for number in range(KEYS)]
    with ListingServer.of(keys, Manner.PROPER) as fake:
        async with on_stage(replace(house, target=fake.target), size=size) as stage:
            await stage.press("3")
            await stage.go_to(stage.bucket, "photos/")
            began = len(fake.operations)
            fake.refusals[began + 3] = (400, "<Error><Code>ExpiredToken</Code></Error>")
            await stage.press("enter")
            await stage.until(lambda: stage.bucket.view.error is not None)
            # The last of the 2,200 waits for a manifest that may follow.
            await stage.until(lambda: names(stage) == ["..", *[f"{each:04}.jpg" for each in range(2199)]])
            assert "the listing broke off" in str(stage.bucket.border_subtitle)
            await stage.press("G")
            await stage.until(lambda: "renew them and try again" in stage.text())
            held = stage.bucket.listing.current
            asked = len(fake.operations)
            stage.workbench.post_message(JobUpdated(replace(ENDED[1], id=JobId(900))))
            await stage.until(lambda: len(fake.operations) - asked == 6)  # the board looks by itself
            assert stage.bucket.view.error is not None, "nobody has asked that it goes on"
            asked = len(fake.operations)
            await stage.press("r")
            await stage.until(lambda: is_whole(stage))
            assert names(stage) == ["..", *[f"{number:04}.jpg" for number in range(KEYS)]]
            assert stage.bucket.listing.current == held
            # 3,000 names in four pages; six more list it all for the board.
            await stage.until(lambda: len(fake.operations) - asked == 4 + 6)
            assert "broke off" not in str(stage.bucket.border_subtitle)


async def test_a_folder_without_a_name_is_entered_and_left_like_any_other(house: House) -> None:
    with ListingServer.of(["a//b/x", "a/c", "//d"], Manner.PROPER) as fake:
        async with on_stage(replace(house, target=fake.target)) as stage:
            await stage.press("3")
            for name in ("a/", "/", "b/"):
                await stage.go_to(stage.bucket, name)
                await stage.press("enter")
                await stage.until(lambda: is_whole(stage) and stage.bucket.folder.endswith(name))  # noqa: B023  # awaited here
            for left, folder in (("a//b/", "a//"), ("a//", "a/"), ("a/", "")):
                assert stage.bucket.folder == left
                await stage.press("h")
                await stage.until(lambda: is_whole(stage) and stage.bucket.folder == folder)  # noqa: B023  # awaited here
                await stage.until(lambda: getattr(stage.bucket.listing.current, "path", "") == left)  # noqa: B023  # awaited here
