"""Which scenes there are, and the keys that lead to each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from textual.screen import Screen

from bak_tui.core.profile import Profile, Server, Target
from bak_tui.tui.look.palette import HIGH_CONTRAST, LIGHT, NO_COLOUR, SIXTEEN
from bak_tui.tui.look.terminal import Look
from bak_tui.tui.session.choices import Choice, choice_of
from tests.scenes.databases import PROFILE
from tests.scenes.jobs import BACKED_UP, PROVEN, QUEUE, RESTORED_FAILED, RESTORED_OK, RESTORED_WARN
from tests.scenes.scene_bak import (
    EmptyServer,
    FadedServer,
    KeptServer,
    LeftServer,
    LockedServer,
    LostStore,
    RefusingServer,
    SceneBak,
)


def _other(name: str, environment: str, *, is_read_only: bool = False) -> Choice:
    server = Server(host=f"db.{name}.internal", port="5432", extra={"sslmode": "verify-full"})
    profile = Profile(name, server, Target(bucket="aced-backups"), environment, is_read_only=is_read_only)
    return choice_of(profile)


CHOICES = (
    choice_of(PROFILE),
    _other("gen3-staging", "STAGE"),
    _other("gen3-dev", "DEV"),
    _other("gen3-archive", "PROD", is_read_only=True),
    _other("laptop", "DEV"),
)
_WEAK = (
    choice_of(
        replace(
            PROFILE,
            given_server=replace(PROFILE.server, extra={"sslmode": "disable"}),
            given_target=replace(
                PROFILE.target, endpoint="http://rgw.gen3.internal:8080", allows_plain_http=True
            ),
        )
    ),
    *CHOICES[1:],
)
"""Without TLS at either end."""
_UNCHECKED = (
    choice_of(replace(PROFILE, given_target=replace(PROFILE.target, verifies_tls=False))),
    *CHOICES[1:],
)
_REFUSED = (choice_of(PROFILE, "PGPASSWORD"), *CHOICES[1:])
_READ_ONLY = (choice_of(replace(PROFILE, is_read_only=True)), *CHOICES[1:])
_WIDE = (160, 45)
_MARK_THREE = ("space", "j", "space", "space", "k")
_MARK_FOUR = ("j", "space", "space", "j", "space", "space")
_TO_INDEXD = ("3", *"jjjjj")
_SWAP = ("R", "enter", "shift+tab", "right", "right", "tab", "enter")
_RESULT = ("4", "G", "enter")
_PEEK = ("p", "slash", *"hash", "enter", "j", "escape")
"""To a table: by the filter, which then goes again, and past no other, whose rows would be read."""
_TO_THE_BUCKET = ("down",) * 18
"""From the first field of the profile form."""
_INTO_INDEXD = (*_TO_INDEXD, "enter")


def _is_armed(screen: Screen[object]) -> bool:
    return bool(screen.query("FormButton.-armed"))


@dataclass(frozen=True)
class Scene:
    """A picture: how large, on what, and by which keys."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    bak: Callable[[], SceneBak] = SceneBak
    choices: tuple[Choice, ...] = field(default=CHOICES)
    look: Look = field(default_factory=Look)
    shows: str = ""
    """What must stand there before it is drawn, where no question that is asked tells that it is ready."""
    toasts: int = 0
    """How many toasts there must be at least."""
    has_come: Callable[[Screen[object]], bool] = lambda _screen: True
    """What else must be so."""
    beside: str = ""
    """The mock-up it stands beside."""


SCENES = (
    Scene("workbench-160x45", (160, 45), (*_INTO_INDEXD, "2", *_MARK_THREE), beside="01-workbench-wide"),
    Scene("workbench-120x36", (120, 36), (*_MARK_THREE, *_TO_INDEXD), beside="02-workbench-120x36"),
    Scene("workbench-80x24", (80, 24), _MARK_THREE, beside="03-workbench-80x24"),
    *(
        Scene(
            f"theme-{palette.name}",
            _WIDE,
            (*_INTO_INDEXD, "2", *_MARK_THREE),
            look=Look(palette),
            beside=beside,
        )
        for palette, beside in (
            (LIGHT, "13-workbench-light"),
            (HIGH_CONTRAST, "14-workbench-high-contrast"),
            (SIXTEEN, "15-workbench-16-colours"),
        )
    ),
    Scene(
        "no-colour-ascii",
        (120, 36),
        (*_INTO_INDEXD, "2", *_MARK_THREE),
        look=Look(NO_COLOUR, is_ascii=True),
        beside="16-workbench-no-colour-ascii",
    ),
    Scene("backup-dialog", (120, 36), (*_INTO_INDEXD, "2", *_MARK_THREE, "b"), beside="04-backup-dialog"),
    Scene("backup-options", (120, 36), (*_INTO_INDEXD, "2", *_MARK_THREE, "b", "o", "right", "tab", "right")),
    Scene(
        "backup-auto",
        (120, 36),
        (*_INTO_INDEXD, "2", *_MARK_THREE, "b", "tab", "right", "right", "o", *["tab"] * 2, *"fence*"),
        shows="the largest",
    ),
    Scene("restore-what", (140, 40), ("3", "2", *"jjjjjjj", "R")),
    Scene("restore-where", (140, 40), (*_INTO_INDEXD, "R", "enter")),
    Scene("restore-options", (140, 40), (*_INTO_INDEXD, "R", "enter", "ctrl+o", "tab", *"index")),
    Scene("restore-tables", (140, 40), (*_INTO_INDEXD, "R", "enter", "ctrl+t", *"jj", "space", "space")),
    Scene("restore-tables-80x24", (80, 24), (*_INTO_INDEXD, "R", "enter", "ctrl+t", *"jj", "space", "space")),
    Scene("restore-plan", (140, 40), (*_INTO_INDEXD, *_SWAP), beside="05-restore-plan"),
    Scene("restore-plan-80x24", (80, 24), (*_INTO_INDEXD, *_SWAP), beside="05b-restore-plan-80x24"),
    Scene(
        "confirm-prod",
        (120, 36),
        (*_INTO_INDEXD, *_SWAP, "enter", *"indexd", "minus", *"pr"),
        beside="09-confirm-prod",
    ),
    Scene(
        "confirm-armed",
        (120, 36),
        (*_INTO_INDEXD, *_SWAP, "enter", *"indexd", "minus", *"prod"),
        has_come=_is_armed,
    ),
    Scene(
        "confirm-no-colour-ascii",
        (120, 36),
        (*_INTO_INDEXD, *_SWAP, "enter", *"indexd", "minus", *"prod"),
        look=Look(NO_COLOUR, is_ascii=True),
        has_come=_is_armed,
    ),
    Scene("job-log", (140, 40), (*_MARK_THREE, *_INTO_INDEXD, "4", "j", "enter"), beside="10-failed-job-log"),
    Scene("details-80x24", (80, 24), (*_INTO_INDEXD, "i")),
    Scene("peek", (140, 40), (*_INTO_INDEXD, *_PEEK), shows="did, hash_type", beside="07-peek"),
    Scene("peek-80x24", (80, 24), (*_INTO_INDEXD, *_PEEK), shows="did, hash_type"),
    Scene("peek-refused", (120, 36), (*_INTO_INDEXD, *"jjjjjjjjj", "p"), shows="try again"),
    Scene("jobs-80x24", (80, 24), ("4", *"jj")),
    Scene("jobs-queue", (160, 45), ("4", "g", "z"), bak=lambda: SceneBak(running=QUEUE)),
    Scene("jobs-queue-80x24", (80, 24), ("4", *"gjjj"), bak=lambda: SceneBak(running=QUEUE)),
    Scene(
        "job-log-filtered",
        (140, 40),
        ("4", "g", "L", "slash", *"audit", "enter"),
        bak=lambda: SceneBak(running=QUEUE),
    ),
    Scene(
        "leftovers",
        (120, 36),
        bak=lambda: SceneBak(has_jobs=False, server=LeftServer()),
        shows="Left behind",
    ),
    Scene("verify-dialog", (120, 36), (*_INTO_INDEXD, "V"), shows="every byte is read"),
    Scene("prove-dialog", (120, 36), (*_INTO_INDEXD, "P"), shows="Prove 1 backup"),
    Scene("bucket-marked", (120, 36), (*_INTO_INDEXD, *_MARK_FOUR), shows="4 marked"),
    Scene("bucket-marked-80x24", (80, 24), (*_INTO_INDEXD, *_MARK_FOUR), shows="4 marked"),
    Scene("delete-marked", (120, 36), (*_INTO_INDEXD, "a", "D", *"gen3", "minus", *"pr"), shows="Delete 14"),
    Scene("delete-dialog", (120, 36), (*_INTO_INDEXD, "D", *"gen3", "minus", *"prod"), has_come=_is_armed),
    Scene(
        "undo-dialog",
        (120, 36),
        ("escape", "2", "G", "k", "U"),
        bak=lambda: SceneBak(has_jobs=False, server=KeptServer()),
        shows="Undo the swap",
    ),
    Scene(
        "kept-database",
        (120, 36),
        ("escape", "2", "G", "k"),
        bak=lambda: SceneBak(has_jobs=False, server=KeptServer()),
        shows="undoes the swap",
    ),
    Scene("import-dialog", (140, 36), ("i",), bak=lambda: SceneBak(has_jobs=False), choices=()),
    Scene(
        "result-ok",
        (140, 40),
        (*_MARK_THREE, *_INTO_INDEXD, *_RESULT),
        bak=lambda: SceneBak(restored=RESTORED_OK),
        beside="06-restore-result-ok",
    ),
    Scene(
        "result-failed",
        (140, 40),
        (*_MARK_THREE, *_INTO_INDEXD, *_RESULT),
        bak=lambda: SceneBak(restored=RESTORED_FAILED),
        beside="06b-restore-result-failed",
    ),
    Scene(
        "result-warnings",
        (140, 40),
        (*_MARK_THREE, *_INTO_INDEXD, *_RESULT),
        bak=lambda: SceneBak(restored=RESTORED_WARN),
        beside="06c-restore-result-warnings",
    ),
    Scene("result-proof", (140, 40), _RESULT, bak=lambda: SceneBak(restored=PROVEN)),
    Scene("job-verified", (120, 36), ("4", *"jjj", "enter"), shows="decoded by pg_restore"),
    Scene("job-backed-up", (120, 36), ("4", *"jjjj", "L"), shows="rows counted"),
    Scene("result-run", (140, 40), _RESULT, bak=lambda: SceneBak(ran=BACKED_UP)),
    Scene("result-run-80x24", (80, 24), _RESULT, bak=lambda: SceneBak(ran=BACKED_UP)),
    Scene("result-80x24", (80, 24), _RESULT, bak=lambda: SceneBak(restored=RESTORED_FAILED)),
    Scene(
        "first-start",
        (140, 36),
        bak=lambda: SceneBak(has_jobs=False),
        choices=(),
        beside="11-first-start",
    ),
    Scene("filtered", (160, 45), ("slash", *("m", "e"), "space", *"ok", "enter")),
    Scene("filtered-nothing", (120, 36), ("slash", *"wiki", "enter"), shows="nothing matches"),
    Scene("jobs-filtered", (120, 36), ("4", "slash", *"restore", "enter")),
    Scene("empty-bucket", (120, 36), ("3",), bak=lambda: SceneBak(held={}, has_jobs=False)),
    Scene("empty-server", (120, 36), bak=lambda: SceneBak(server=EmptyServer(), held={}, has_jobs=False)),
    Scene("read-only", (120, 36), _INTO_INDEXD, choices=_READ_ONLY),
    Scene("toast", (120, 36), (*_INTO_INDEXD, "y"), toasts=1),
    Scene("commands", (120, 36), ("colon",), shows="Back up"),
    Scene("too-small", (58, 14)),
    Scene("loading", _WIDE, bak=SceneBak.waiting, shows="listing …"),
    Scene("bucket-filtered", (120, 36), (*_INTO_INDEXD, "slash", *"2026", "minus", *"11", "minus", "2")),
    Scene("bucket-lost", (120, 36), bak=lambda: SceneBak(store=LostStore({})), toasts=1),
    Scene("bucket-lost-80x24", (80, 24), bak=lambda: SceneBak(store=LostStore({})), toasts=1),
    Scene("weakened", _WIDE, choices=_WEAK),
    Scene("weakened-80x24", (80, 24), choices=_UNCHECKED),
    Scene("password", (120, 36), bak=lambda: SceneBak(server=LockedServer()), shows="Password"),
    Scene(
        "password-refused",
        (80, 24),
        bak=lambda: SceneBak(server=RefusingServer()),
        choices=_REFUSED,
        shows="PGPASSWORD",
    ),
    Scene("folder-dialog", (120, 36), (*_MARK_THREE, "d"), shows="handover"),
    Scene("jump-dialog", (120, 36), (*_INTO_INDEXD, "f", *"indexd", "minus", *"prod", "minus", *"202610")),
    Scene("quit", (120, 36), ("q",), shows="Quit"),
    Scene(
        "server-stale",
        (160, 45),
        ("r",),
        bak=lambda: SceneBak(server=FadedServer()),
        toasts=1,
        shows="stale since",
    ),
    Scene("server-lost", (120, 36), bak=lambda: SceneBak(is_server_lost=True), toasts=1),
    Scene(
        "profile-form",
        (140, 40),
        (*_MARK_THREE, *_INTO_INDEXD, "1", "g", "t", *_TO_THE_BUCKET),
        choices=(replace(CHOICES[0], is_stored=True), *CHOICES[1:]),
        beside="08-profile-form",
    ),
    Scene("profile-form-light", (140, 40), ("1", "n", *"gen3", "minus", *"test"), look=Look(LIGHT)),
    Scene("profile-form-80x24", (80, 24), ("1", "n", *"gen3", "minus", *"test")),
    Scene("help", (160, 45), (*_INTO_INDEXD, "2", *_MARK_THREE, "question_mark"), beside="12-help"),
)
