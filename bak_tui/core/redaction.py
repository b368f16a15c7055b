"""Secrets struck out of text that was made elsewhere: a log line, a server's answer, a traceback.

A secret is looked for as it is, and as it is written where it may be quoted: in a URL, in JSON, in a
connection string, in Python, in SQL, in XML, in a shell. What looks like one is struck out by its form.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from bak_tui.core.foreign import visible
from bak_tui.core.secret import Secret, living_secrets

_MASK = "•••"
_BLANK = re.compile(r"\s")
_URL = re.compile(r"(://[^/\s:@]*:)[^@\s]+(@)")
_PATTERNS = (
    re.compile(r"(password=)(?:'(?:[^'\\]|\\.)*'|[^\s'][^\s&]*)()", re.IGNORECASE),
    re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+()", re.IGNORECASE),
)


def struck(text: str) -> str:
    """`text` without any secret this process holds, nor anything that looks like one."""
    # First: a known secret may be a part of the word that tells an unknown one.
    text = _without_passwords_of_urls(text)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{_MASK}\2", text)
    return without(text, living_secrets())


def _without_passwords_of_urls(text: str) -> str:
    """Word by word, as far as its last `@`: else from every `://` its end would be looked for in vain."""
    pieces: list[str] = []
    at = 0
    while (begin := text.find("://", at)) >= 0:
        blank = _BLANK.search(text, begin)
        end = blank.start() if blank else len(text)
        last = text.rfind("@", begin, end) + 1 or begin
        pieces += [text[at:begin], _URL.sub(rf"\1{_MASK}\2", text[begin:last]), text[last:end]]
        at = end
    return "".join([*pieces, text[at:]])


def without(text: str, secrets: Iterable[Secret]) -> str:
    """`text` without these, however they are written."""
    spelled = {spelling for secret in secrets for spelling in _spellings(secret.reveal())}
    # The longest first: what a part of it is written like must not hide the whole.
    for spelling in sorted(spelled, key=len, reverse=True):
        text = text.replace(spelling, _MASK)
    return text


def _spellings(value: str) -> Iterator[str]:
    """How it may be written; nothing of an empty one."""
    if not value:
        return
    yield value
    yield visible(value)
    for ascii_only in (True, False):
        yield json.dumps(value, ensure_ascii=ascii_only)[1:-1]
    yield repr(value)[1:-1]
    for safe in ("", "/", "!$&'()*+,;="):  # the last as a URL's user and password may stand
        encoded = quote(value, safe=safe, errors="replace")
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda each: each[0].lower(), encoded)
    yield quote_plus(value, errors="replace")
    yield shlex.quote(value).strip("'")
    xml = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield xml
    yield xml.replace('"', "&quot;").replace("'", "&#39;")
    yield xml.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")
    yield xml.replace('"', "&quot;").replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")
    yield value.replace("'", "''")  # SQL
    yield value.replace("\\", "\\\\").replace("'", "\\'")  # a connection string
    yield value.replace("\\", "\\\\").replace(":", "\\:")  # a password file
