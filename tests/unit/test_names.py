"""Names of dumps: written so that any file system takes them, read back whoever wrote them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bak_tui.core.names import (
    IDENTIFIER_BYTES,
    MANIFEST_SUFFIX,
    PARTIAL_SUFFIX,
    DumpName,
    derived_name,
    dump_path,
    free_moment,
    free_name,
    is_manifest,
    local_path,
    manifest_path,
    parse_dump_name,
    slug,
    timestamp,
    unslug,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONGEST_FILE_NAME = 255
UNIQUE = ".0123abcd"
"""What a file in the making has before its `.partial`."""


def fits(name: str) -> bool:
    return 0 < len(name.encode("utf-8", "surrogateescape")) <= IDENTIFIER_BYTES


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(fits)
KEYS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF),
    max_size=300,
)
"""What a listing or a file system can give: bytes that are no UTF-8 are low surrogates."""
BYTES = st.binary(min_size=1, max_size=63).filter(lambda raw: 0 not in raw)


@given(NAMES)
@example(".")
@example("..")
@example("-Fc")
@example("~41")
@example("../../etc/passwd")
@example("x" * 63)
@example("é" * 31)
@example(".hidden~2E")
@example("prod-20261123T120000Z")
def test_a_slug_gives_the_name_back(name: str) -> None:
    assert unslug(slug(name)) == name


@given(BYTES)
def test_a_name_that_is_no_utf8_comes_back_too(raw: bytes) -> None:
    name = raw.decode("utf-8", "surrogateescape")
    assert unslug(slug(name)) == name


@given(NAMES)
def test_a_slug_is_one_harmless_file_name_with_room_for_every_suffix(name: str) -> None:
    text = slug(name)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-~")
    assert text[0] not in ".-"
    file = PurePosixPath(dump_path(name, NOON)).name + MANIFEST_SUFFIX + UNIQUE + PARTIAL_SUFFIX
    assert len(file.encode()) <= LONGEST_FILE_NAME


@given(NAMES, NAMES)
def test_two_databases_never_share_a_slug(one: str, other: str) -> None:
    assume(one != other)
    assert slug(one) != slug(other)


@given(st.text(st.characters(exclude_categories=())))
def test_text_that_is_no_slug_comes_back_as_it_is(text: str) -> None:
    name = unslug(text)
    assert name == text or slug(name) == text


@pytest.mark.parametrize("text", ["a~zz", "a~4", "é~41", "~41", "plain", "", "~E9 x", "~2e"])
def test_what_only_looks_like_a_slug_is_left_alone(text: str) -> None:
    assert unslug(text) == text


@given(NAMES, st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31)))  # noqa: DTZ001
def test_the_path_of_a_dump_tells_database_and_second(name: str, moment: datetime) -> None:
    taken = moment.replace(tzinfo=UTC, microsecond=0)
    path = dump_path(name, taken)
    assert parse_dump_name(path) == DumpName(name, taken)
    assert path.count("/") == 1


def test_timestamps_are_utc_whatever_the_clock_says() -> None:
    assert timestamp(datetime(2026, 11, 23, 14, tzinfo=timezone(timedelta(hours=2)))) == "20261123T120000Z"


DAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "database", "taken"),
    [
        ("fence/fence-20261123T120000Z.sql", "fence", NOON),
        ("a/b/fence-20261123T120000Z.sql", "fence", NOON),
        ("fence-20261123T120000Z.dir/", "fence", NOON),
        ("fence-20261123T120000Z.DUMP", "fence", NOON),
        ("your_database.sql", "your_database", None),
        ("your_database", "your_database", None),
        ("db.backup", "db", None),
        ("db_2026-11-23.dump", "db", DAY),
        ("db-20261123.pgdump", "db", DAY),
        ("db_2026-11-23_12-00-00.sql", "db", NOON),
        ("db.2026-11-23T12:00:00Z.custom", "db", NOON),
        ("db-202611231200.sql", "db", NOON),
        ("db-99999999.sql", "db-99999999", None),
        ("db-20261123T250000Z.sql", "db-20261123T250000Z", None),
        ("x-20200101-20261123T120000Z.sql", "x-20200101", NOON),
        ("~2Ehidden-20261123T120000Z.sql", ".hidden", NOON),
        ("Z~C3~BCrich.sql", "Zürich", None),
        ("notes.txt", "notes.txt", None),
        ("", "", None),
    ],
)
def test_names_of_dumps_are_read_whoever_gave_them(path: str, database: str, taken: datetime | None) -> None:
    assert parse_dump_name(path) == DumpName(database, taken)


@given(st.text(st.characters(exclude_categories=())))
@example("a-２０２６-１１-２３.sql")
def test_any_key_can_be_parsed(path: str) -> None:
    found = parse_dump_name(path)
    assert found.taken is None or found.taken.tzinfo is UTC


def test_a_manifest_lies_beside_its_dump() -> None:
    assert manifest_path("a/b.sql") == "a/b.sql.manifest.json"
    assert is_manifest("a/b.sql.manifest.json")
    assert not is_manifest("a/b.sql")


@given(NAMES, st.sampled_from(["new", "old"]))
@example("x" * 63, "new")
@example("é" * 31, "new")
@example("x" * 41 + "__new_20261123T120000Z", "new")
@example("x" * 40 + "__new_20261123T120000Z", "new")
@example("__new_20261123T120000Z", "new")
def test_a_derived_name_fits_and_is_never_the_name_itself(name: str, label: str) -> None:
    derived = derived_name(name, label, NOON)
    assert len(derived.encode()) <= IDENTIFIER_BYTES
    assert derived != name
    assert derived.endswith(f"__{label}_20261123T120000Z")


def test_a_derived_name_is_cut_at_a_characters_border() -> None:
    assert derived_name("é" * 31, "new", NOON) == "é" * 20 + "__new_20261123T120000Z"


def test_a_derived_name_of_a_name_that_is_no_utf8_is_utf8() -> None:
    derived_name("a\udce9b", "new", NOON).encode("utf-8")


@pytest.mark.parametrize(
    ("key", "local"),
    [
        ("fence/fence-20261123T120000Z.sql", "fence/fence-20261123T120000Z.sql"),
        ("../../x", "~2E~2E/~2E~2E/x"),
        ("/abs", "abs"),
        ("a\\..\\b", "a~5C..~5Cb"),
        ("nul\0", "nul~00"),
        ("a\nb", "a~0Ab"),
        ("..", "~2E~2E"),
        (".", "~2E"),
        ("", "~"),
        ("///", "~"),
        ("a//b/", "a/b"),
        ("Zürich", "Z~C3~BCrich"),
        ("C:evil", "C~3Aevil"),
        ("\udce9", "~E9"),
    ],
)
def test_hostile_keys_become_harmless_paths(key: str, local: str) -> None:
    assert local_path(key) == local


@given(KEYS)
@example("x" * 1000)
@example("\x1b" * 1000)
@example("../" * 300)
def test_no_key_leaves_the_folder(key: str) -> None:
    local = local_path(key)
    root = Path("/dumps")
    place = root / local
    assert place != root
    assert place.is_relative_to(root)
    assert ".." not in place.parts
    longest = max(len(part.encode()) for part in place.parts)
    assert longest + len(MANIFEST_SUFFIX + UNIQUE + PARTIAL_SUFFIX) <= LONGEST_FILE_NAME


def test_long_names_that_differ_only_at_their_end_stay_apart() -> None:
    assert local_path("x" * 500 + "1") != local_path("x" * 500 + "2")
    assert local_path("x" * 500 + ".sql").endswith(".sql")


def test_a_dump_that_we_named_is_kept_under_its_name() -> None:
    key = dump_path("\x1b" * IDENTIFIER_BYTES, NOON)
    assert local_path(key) == key


def test_a_derived_name_that_is_taken_is_given_a_later_time() -> None:
    taken = datetime(2026, 11, 23, 12, tzinfo=UTC)
    others = {"fence__old_20261123T120000Z", "fence__old_20261123T120001Z"}
    assert free_name("fence", "old", taken, others) == "fence__old_20261123T120002Z"
    others.add("fence__new_20261123T120002Z")
    assert free_moment("fence", ("new", "old"), taken, others).second == 3, "one time for both names"
