"""The primary key in a constraint's definition, which anybody may have written."""

from __future__ import annotations

import time

from bak_tui.operations.bucket.peek import key_columns


def test_the_columns_are_told_as_the_dump_writes_them() -> None:
    made = 'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (a, "b c");\n'
    assert key_columns(made) == 'a, "b c"'
    assert key_columns("ALTER TABLE ONLY public.t ADD CONSTRAINT t_key UNIQUE (a);") == ""


def test_a_definition_that_is_megabytes_of_keys_is_gone_through_once() -> None:
    begun = time.perf_counter()
    assert key_columns(" PRIMARY KEY (" * 500_000) == ""
    assert time.perf_counter() - begun < 2
