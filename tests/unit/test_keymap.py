"""The user's own keys: what cannot be meant is refused with a sentence, everything else is done."""

from __future__ import annotations

import pytest

from bak_tui.core.errors import UsageError
from bak_tui.tui.keys.contexts import CONTEXTS
from bak_tui.tui.keys.dialog_contexts import DIALOGS, EVERY_DIALOG, FIXED, HELP
from bak_tui.tui.keys.keymap import keymap_of


def refused(wished: dict[str, str]) -> UsageError:
    with pytest.raises(UsageError) as caught:
        keymap_of(wished, "config.toml")
    return caught.value


def test_an_action_gets_the_keys_that_are_written() -> None:
    assert keymap_of({}, "") == {}
    assert keymap_of({"db.backup": "B"}, "") == {"db.backup": "B"}
    assert keymap_of({"refresh": "f5, ctrl+r"}, "") == {"refresh": "f5,ctrl+r"}
    assert keymap_of({"app.help": "question_mark"}, "") == {"app.help": "?"}
    assert keymap_of({"db.mark": "space,insert"}, "") == {"db.mark": "space,insert"}


def test_two_may_change_places() -> None:
    assert keymap_of({"db.verify": "P", "db.prove": "V"}, "") == {"db.verify": "P", "db.prove": "V"}


def test_one_key_may_do_different_things_in_different_panes() -> None:
    assert keymap_of({"db.backup": "v", "bucket.verify": "v"}, "")


def test_who_shares_a_key_with_the_changed_one_keeps_it() -> None:
    assert keymap_of({"db.details": "I"}, "") == {"db.details": "I", "db.import-profile": "i"}


@pytest.mark.parametrize(
    ("wished", "said", "hint"),
    [
        ({"db.bakcup": "B"}, "there is no action db.bakcup", "did you mean db.backup?"),
        ({"dialog.accept": "B"}, "dialog.accept cannot have another key", "are fixed in dialogs"),
        (
            {"confirm.yes": "enter"},
            "enter would be both confirm.yes (Yes) and dialog.accept (Go) in yes or no",
            "",
        ),
        ({"log.copy": "f"}, "f would be both log.copy (Copy log) and log.follow (Follow) in a log", ""),
        ({"tables.all": "j"}, "j would be both tables.all (All) and dialog.down", ""),
        ({"list.down": "y"}, "y would be both list.down", ""),
        ({"dialog.copy": "f"}, "f would be both dialog.copy (Copy command) and log.follow", ""),
        ({"d\x1b[31m": "B"}, r"there is no action d\x1b[31m", ""),
        ({"db.backup": ""}, "db.backup: nothing is no key", "a key is one character, or a name"),
        ({"db.backup": "F5"}, "db.backup: F5 is no key", "f5"),
        ({"db.backup": "hyper+b"}, "hyper+b is no key", ""),
        ({"db.backup": "b,,"}, "nothing is no key", ""),
        ({"db.backup": "shift+b"}, "shift+b is written B", 'db.backup = "B"'),
        ({"db.backup": "ctrl+c"}, "ctrl+c is the terminal's", ""),
        ({"db.backup": "ctrl+i"}, "ctrl+i is tab to a terminal", ""),
        (
            {"db.backup": "V"},
            "V would be both db.backup (Back up) and db.verify (Verify) in Databases",
            "give db.verify another key, too",
        ),
        ({"db.backup": "slash"}, "/ would be both db.backup (Back up) and pane.filter (Filter)", ""),
        ({"app.quit": "D"}, "D would be both app.quit (Quit) and profiles.delete (Delete) in Profiles", ""),
        ({"jobs.cancel": "question_mark"}, "? would be both jobs.cancel (Cancel job) and app.help", ""),
        ({"db.backup": "!", "db.verify": "!"}, "! would be both db.backup", ""),
        ({"pane.sort": "tab"}, "tab would be both pane.sort (Sort) and pane.tab", ""),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_meant_is_refused(wished: dict[str, str], said: str, hint: str) -> None:
    error = refused(wished)
    assert error.message.startswith("config.toml: keys: ")
    assert said in error.message
    assert hint in error.hint


def test_every_action_can_have_a_key_of_its_own_but_for_what_fields_take() -> None:
    for context in (*CONTEXTS, EVERY_DIALOG, *DIALOGS, HELP):
        names = [str(binding.id) for binding in context.bindings()]
        for number, name in enumerate(name for name in names if name not in FIXED):
            key = f"f{number + 2}"
            assert keymap_of({name: key}, "")[name] == key


def test_a_letter_may_mean_something_else_in_another_dialog() -> None:
    assert keymap_of({"log.copy": "c", "leftovers.clean": "y", "db.backup": "y"}, "")
