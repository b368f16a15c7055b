"""Files that the user, or anybody with an editor, may have changed: config, history, journal, cache."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bak_tui.core.errors import BakError
from bak_tui.core.jobs import JobId, JobState, JobStatus
from bak_tui.core.objects import StoredObject
from bak_tui.core.outcomes import Outcome
from bak_tui.core.recorded_counts import parse_counts
from bak_tui.core.recorded_log import parse_log
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.services.cache import DocumentCache
from bak_tui.services.history import History
from bak_tui.services.journal import Journal, ProcessTable
from bak_tui.services.profiles import ProfileStore
from bak_tui.tui.dialogs.result_counts import CountsContents, recorded_result
from bak_tui.tui.look.spans import width_of
from bak_tui.tui.widgets.listing import Drawing
from tests.hostile.documents_of_ours import BEGUN, COUNTS, ENTRY, LOG, RECORD, TOML, as_toml
from tests.hostile.holding import refusals, shown
from tests.hostile.strategies import HOSTILE, changed, damaged, documents, hostile_text, json_values
from tests.scenes.databases import NOW

CANARY = "hunter2-canary"
PROFILE: dict[str, Any] = {
    "environment": "PROD",
    "read_only": True,
    "max_age": "26h",
    "server": {"host": "db", "port": 5432, "user": "u", "password": {"from": "env", "name": "PW"}},
    "target": {"bucket": "b", "prefix": "p/", "endpoint": "https://s3", "keys": {"from": "default"}},
}


@given(st.lists(documents(RECORD), max_size=3), st.one_of(st.none(), documents({"7": 7}), st.integers()))
@HOSTILE
def test_a_history_of_anything_goes_on_and_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], number: bytes | int | None
) -> None:
    folder: Path = tmp_path_factory.mktemp("state")
    before = b"".join(line.replace(b"\n", b" ") + b"\n" for line in lines)
    (folder / "history.jsonl").write_bytes(before)
    if number is not None:
        (folder / "last-job").write_bytes(number if isinstance(number, bytes) else str(number).encode())
    history = History(folder)
    for job in history.read().jobs:
        status = job.status
        shown(status.verb, status.what[:2000], status.profile[:2000])
        json.dumps(job.model_dump(mode="json"), allow_nan=False)
        for moment in filter(None, (status.submitted, status.started, status.finished)):
            moment.astimezone(UTC)
    given_number = history.next_number()
    assert given_number >= 1
    history.record(JobStatus(JobId(given_number), "backup", "new", JobState.OK, finished=NOW), None)
    assert (folder / "history.jsonl").read_bytes().startswith(before)
    assert given_number in {job.number for job in history.read().jobs}


@given(
    st.one_of(
        st.binary(max_size=300),
        damaged(LOG),
        hostile_text.map(lambda text: text.encode("utf-8", "surrogateescape")),
    )
)
@HOSTILE
def test_a_log_of_anything_is_lines_that_may_be_shown(raw: bytes) -> None:
    for line in parse_log(raw):
        shown(line.source, line.subject, line.text)
        line.at.astimezone(UTC)


@given(documents(COUNTS))
@HOSTILE
def test_counts_of_anything_are_shown_or_refused(raw: bytes) -> None:
    with refusals():
        for item in parse_counts(raw).items:
            contents = CountsContents(recorded_result(Outcome("fence"), item))
            drawn = [
                contents.head(76),
                *(contents.draw(row, Drawing(74, is_cursor=True)) for row in contents.rows),
            ]
            for line in (line for lines in drawn for line in lines):
                shown("".join(text for text, _ in line))
                assert width_of(line) <= 76
            shown(*(told[:2000] for told in contents.report() if "\t" not in told))


@given(st.lists(documents(BEGUN), min_size=1, max_size=3), st.sampled_from(["7", "x", "-1", "007"]))
@example([json.dumps({**BEGUN, "number": 10**30}).encode()], str(10**30))
@HOSTILE
def test_jobs_that_anything_says_have_begun_are_read_and_the_history_goes_on(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], name: str
) -> None:
    folder = tmp_path_factory.mktemp("state")
    (folder / "begun").mkdir()
    for number, body in enumerate(bodies):
        (folder / "begun" / f"{name if number == 0 else number}.json").write_bytes(body)
    history = History(folder, processes=ProcessTable())
    for _ in range(2):  # what the first puts on record the second reads
        past = history.read()
        assert not past.problems
        for job in past.jobs:
            shown(job.status.verb, job.status.what[:2000])
    number = history.next_number()
    status = JobStatus(JobId(number), "backup", "new", JobState.WAIT)
    history.begin(status)
    history.record(replace(status, state=JobState.OK), None)
    assert number in {job.number for job in history.read().jobs}


@given(documents(ENTRY))
@HOSTILE
def test_a_journal_of_anything_is_read_and_nothing_is_thrown_away(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    state: Path = tmp_path_factory.mktemp("state")
    (state / "journal").mkdir()
    place = state / "journal" / "0123456789abcdef.json"
    place.write_bytes(raw)
    past = Journal(state).past()
    for entry, _ in past.entries:
        entry.at.astimezone(UTC)
    assert len(past.entries) + len(past.problems) == 1
    kept = place if past.entries else place.with_name(place.name + ".damaged")
    assert kept.read_bytes() == raw


def profile_file(profile: dict[str, Any]) -> bytes:
    return as_toml({"profiles": {"prod": profile}})


@given(st.one_of(changed(PROFILE).map(profile_file), damaged(profile_file(PROFILE)), st.sampled_from(TOML)))
@HOSTILE
def test_a_config_file_of_anything_is_read_or_named_and_never_half_overwritten(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path: Path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_bytes(raw)
    store = ProfileStore(path)
    with refusals():
        for stored in store.all():
            stored.profile()
    assert path.read_bytes() == raw
    new = parse_profile("new", {"target": {"bucket": "b"}})
    with refusals():
        try:
            store.save(new)
        except BakError:
            assert path.read_bytes() == raw
            raise
        assert store.get("new") == new


@given(changed(PROFILE), st.sampled_from(["host", "password", "keys", "access_key", "sslmode", "argv"]))
@HOSTILE
def test_no_complaint_about_a_profile_quotes_what_may_be_a_secret(profile: dict[str, Any], key: str) -> None:
    for table in ("server", "target"):
        profile[table] = {**PROFILE[table], key: CANARY, "options": {"password": CANARY}}
    with pytest.raises(BakError) as refused:
        parse_profile("prod", profile)
    assert CANARY not in refused.value.message + refused.value.hint


@given(st.one_of(st.binary(max_size=300), json_values.map(lambda value: json.dumps(value).encode())))
@HOSTILE
def test_a_cache_of_anything_is_as_good_as_none(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path: Path = tmp_path_factory.mktemp("cache") / "documents.sqlite"
    path.write_bytes(raw)
    stored = StoredObject("k", 4, NOW, "etag")
    for _ in range(2):  # the first may find it damaged, and begin it anew
        with DocumentCache(path).opened() as kept:
            assert kept.find("place", stored) is None
    with DocumentCache(path).opened() as kept:
        kept.keep("place", stored, b"body")
        assert kept.find("place", stored) == b"body"
