"""The one door through which foreign text reaches a person.

Database names, object keys, server messages and tool output are hostile input: an ESC in a name can
retitle the terminal, a bidi override can make `gnp.sql` read `sql.png`. Everything that is not plainly
drawable becomes a visible escape here, and nothing else in the project does this work.
"""

from __future__ import annotations

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, *, limit: int | None = None) -> str:
    """`text` with every character that does not plainly print as a visible escape: the result prints.

    Controls, bidi and other formats, surrogates, private use, unassigned, and blanks other than the
    space: two names that differ only in them must look different. `limit` caps the length in
    characters; what is cut off is marked with `…`.
    """
    if not text.isprintable():
        text = "".join(_escaped(character) for character in text)
    if limit is not None and len(text) > limit:
        return text[: limit - 1] + "…"
    return text


def visible_lines(text: str, *, limit: int | None = None) -> str:
    """Like `visible`, but line ends stay line ends: for text shown as a block."""
    return "\n".join(visible(line, limit=limit) for line in text.splitlines())


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
