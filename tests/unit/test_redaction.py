"""A secret is struck out however it is written; what only looks like one, too."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from bak_tui.core import redaction
from bak_tui.core.foreign import visible
from bak_tui.core.redaction import struck, without
from bak_tui.core.secret import Secret, living_secrets

PASSWORD = "'pa ss:wo\\rd%/&+<\"ü\tx"
WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "on a terminal": visible,
    "in JSON": json.dumps,
    "in JSON of UTF-8": lambda value: json.dumps(value, ensure_ascii=False),
    "in a URL": lambda value: f"https://h/{quote(value)}/x",
    "in a URL, all of it": lambda value: f"https://h/?a={quote(value, safe='')}",
    "in a URL, in small letters": lambda value: quote(value, safe="").lower(),
    "in a query": lambda value: urlencode({"a": value}),
    "in a form": quote_plus,
    "in a connection string": lambda value: make_conninfo("", user=value),
    "in Python": repr,
    "in Python's bytes": lambda value: repr([value]),
    "in SQL": lambda value: "'" + value.replace("'", "''") + "'",
    "in XML": escape,
    "in an attribute": quoteattr,
    "in a shell": shlex.quote,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_struck_out_however_it_is_written(way: str) -> None:
    secret = Secret(PASSWORD if way != "in a URL, in small letters" else PASSWORD.lower())
    text = struck(f"before {WAYS[way](secret.reveal())} after")
    assert "wo" not in text
    assert "before" in text
    assert "after" in text


@given(st.text(min_size=6, max_size=20).filter(lambda text: text.strip("•") != ""))
def test_no_secret_is_left_in_what_was_struck(value: str) -> None:
    secret = Secret(value)
    for way in (str, visible, json.dumps, repr):
        assert value not in without(f"<{way(value)}>", [secret])


def test_a_longer_secret_is_struck_out_whole_though_its_beginning_is_another() -> None:
    assert without("x hunter2-long y", [Secret("hunter2"), Secret("hunter2-long")]) == "x ••• y"


def test_a_secret_is_known_as_long_as_anybody_holds_it() -> None:
    first, second = Secret("only-here"), Secret("only-here")
    del first
    assert second in living_secrets()
    assert struck("only-here") == "•••"
    del second
    assert struck("only-here") == "only-here"


def test_a_known_secret_in_the_word_that_tells_an_unknown_one_hides_nothing() -> None:
    known = Secret("word")
    assert "canary" not in struck("password=canary")
    assert known.reveal() == "word"


def test_an_empty_secret_strikes_nothing_out() -> None:
    secret = Secret("")
    assert struck("words") == "words"
    assert secret.reveal() == ""


def test_passwords_of_urls_are_struck_out_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "living_secrets", tuple)  # those of other tests stand where they like
    text = "a://u:p1@h b (c://:p2@h:5/x?y=d://v:p3@h/z), e://h:5/x f://w:p4\n@ g://no:@h i://u:p/5@h://"
    assert struck(text) == (
        "a://u:•••@h b (c://:•••@h:5/x?y=d://v:•••@h/z), e://h:5/x f://w:p4\n@ g://no:@h i://u:•••@h://"
    )


_SLOW = """
import resource
from bak_tui.core.redaction import struck
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))  # by its square it would take minutes
assert struck("://a:" * 100_000) == "://a:" * 100_000
"""


def test_a_hostile_line_takes_as_long_as_it_is() -> None:
    """Not its square: whoever writes a log would keep the screen from answering."""
    assert subprocess.run([sys.executable, "-c", _SLOW], check=False).returncode == 0
