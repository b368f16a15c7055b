"""The user's own keys: `[keys]` of the configuration, checked whole before the workbench takes one.

A key that means nothing, a misspelt action, and two meanings of one key in one place are refused with a
sentence: silence would leave a key that does something else than the user wrote.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from textual.binding import Binding
from textual.keys import REPLACED_KEYS, Keys, key_to_character

from bak_tui.core.errors import UsageError
from bak_tui.core.foreign import visible
from bak_tui.core.spelling import close_hint
from bak_tui.tui.keys.contexts import CONTEXTS, Context

_TAKEN = {
    "ctrl+c": "is the terminal's",
    "ctrl+q": "always quits",
    "ctrl+p": "always opens the palette",
    "ctrl+h": "is backspace to a terminal",
    "ctrl+i": "is tab to a terminal",
    "ctrl+j": "is enter to a terminal",
    "ctrl+m": "is enter to a terminal",
}
_NAMED = frozenset(key.value for key in Keys if not key.value.startswith("<"))
_MODIFIERS = frozenset({"ctrl", "alt", "shift"})


def keymap_of(wished: Mapping[str, str], where: str) -> dict[str, str]:
    """The keys of each action that has others than usual. `where`: the file, for complaints.

    Raises UsageError: no such action, no such key, or two actions that one key would do in one place.
    """
    if not wished:
        return {}
    from bak_tui.tui.keys.dialog_contexts import FIXED

    usual = {str(binding.id) for places in _places() for binding in _own(places[-1])}
    keymap: dict[str, str] = {}
    for name, keys in wished.items():
        if name not in usual:
            hint = close_hint(name, sorted(usual))
            raise UsageError(f"{where}: keys: there is no action {visible(name)}", hint=hint)
        if name in FIXED:
            said = "enter, escape, tab and the arrows are fixed in dialogs"
            raise UsageError(f"{where}: keys: {name} cannot have another key", hint=said)
        keymap[name] = ",".join(_checked(key.strip(), name, where) for key in keys.split(","))
    for places in _places():
        if not places[-1].is_common:
            _check_conflicts(places, keymap, where)
    return {**_sharing(keymap), **keymap}


def _places() -> Iterator[tuple[Context, ...]]:
    """Each context last, behind those whose keys work in it, too."""
    from bak_tui.tui.keys.dialog_contexts import DIALOGS, EVERY_DIALOG, HELP, IN_DIALOGS

    common = tuple(context for context in CONTEXTS if context.is_common)
    for context in CONTEXTS:
        yield (context,) if context.is_common else (*common, context)
    yield (EVERY_DIALOG,)
    for context in DIALOGS:
        yield (EVERY_DIALOG, IN_DIALOGS, context)
    yield (HELP,)


def _sharing(keymap: Mapping[str, str]) -> dict[str, str]:
    """Textual takes a key from everybody in a widget when one action there is given another: who keeps it."""
    return {
        binding.id: binding.key
        for places in _places()
        for binding in places[-1].bindings()
        if binding.id
        and any(
            other.id in keymap and _keys(other.key) & _keys(binding.key) for other in places[-1].bindings()
        )
    }


def _own(context: Context) -> Iterator[Binding]:
    yield from (binding for binding in context.bindings() if binding.id)


def _meant(key: str) -> str:
    """By the character it types, where it does: `?` and `question_mark` are one."""
    return _typed(key) or key


def _typed(key: str) -> str | None:
    return key_to_character(REPLACED_KEYS.get(key, key))


def _keys(written: str) -> set[str]:
    return {_meant(key) for key in written.split(",")}


def _checked(key: str, name: str, where: str) -> str:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    is_letter = len(last) == 1 and last.isprintable() and last != " "
    is_named = last in _NAMED or (len(last) > 1 and _typed(last) is not None)
    said = f"{where}: keys: {name}: {visible(key) or 'nothing'}"
    if key in _TAKEN:
        raise UsageError(f"{said} {_TAKEN[key]}", hint="choose another key")
    if not (is_letter or is_named) or not set(modifiers) <= _MODIFIERS:
        hint = "a key is one character, or a name: space, enter, f5, pageup, ctrl+r, …; several with commas"
        raise UsageError(f"{said} is no key", hint=hint)
    if modifiers == ["shift"] and is_letter:
        raise UsageError(f"{said} is written {last.upper()}", hint=f'{name} = "{last.upper()}"')
    char = _typed(key)
    return char if char is not None and char.isprintable() and char not in " ," else key


def _check_conflicts(places: Sequence[Context], keymap: Mapping[str, str], where: str) -> None:
    """What works in one place: its own keys, and those of every list and of everywhere."""
    bindings = [each for context in places for each in _own(context)]
    users: dict[str, list[Binding]] = defaultdict(list)
    for binding in bindings:
        for key in keymap.get(str(binding.id), binding.key).split(","):
            users[_meant(key)].append(binding)
    for key, sharing in users.items():
        changed = [each for each in sharing if each.id in keymap and key not in _keys(each.key)]
        if changed and len(sharing) > 1:
            one, other = changed[0], next(each for each in sharing if each is not changed[0])
            written = next(each for each in keymap[str(one.id)].split(",") if _meant(each) == key)
            raise UsageError(
                f"{where}: keys: {visible(written)} would be both {one.id} ({one.description}) and "
                f"{other.id} ({other.description}) in {places[-1].name}",
                hint=f"give {other.id} another key, too, or choose another for {one.id}",
            )
