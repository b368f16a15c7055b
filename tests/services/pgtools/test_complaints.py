"""pg_restore's errors, sorted. What is not known to be harmless counts as harm."""

from __future__ import annotations

import itertools

import pytest

from bak_tui.services.pgtools import Category, Complaint, skipped
from bak_tui.services.pgtools.complaints import sort_complaints

QUERY = "pg_restore: error: could not execute query: ERROR:  "


@pytest.mark.parametrize(
    ("text", "command", "category"),
    [
        ('role "gone" does not exist', "ALTER TABLE public.t OWNER TO gone;", Category.ROLE),
        ('role "gone" does not exist', "GRANT SELECT ON TABLE public.t TO gone;", Category.ROLE),
        ('role "a"b" does not exist', 'GRANT SELECT ON TABLE t TO "a""b";', Category.ROLE),
        ('unrecognized configuration parameter "transaction_timeout"', "SET x = 0;", Category.SETTING),
        ("must be owner of extension plpgsql", "COMMENT ON EXTENSION plpgsql IS 'x';", Category.OWNERSHIP),
        ("must be member of role \"boss\"", "ALTER TABLE public.t OWNER TO boss;", Category.OWNERSHIP),
        ('must be able to SET ROLE "boss"', "ALTER SCHEMA s OWNER TO boss;", Category.OWNERSHIP),
        ("permission denied for schema s", "GRANT ALL ON SCHEMA s TO me;", Category.OWNERSHIP),
        ("permission denied", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO y;", Category.OWNERSHIP),
        ('extension "postgis" is not available', "CREATE EXTENSION postgis;", Category.EXTENSION),
        (
            'could not open extension control file "/usr/share/postgis.control": No such file',
            "CREATE EXTENSION postgis;",
            Category.EXTENSION,
        ),
        ("out of shared memory", "SELECT pg_catalog.lo_create('1');", Category.LOCKS),
        ('relation "users" already exists', "CREATE TABLE public.users (id int);", Category.EXISTING),
        ('multiple primary keys for table "users" are not allowed', "ALTER TABLE …;", Category.OTHER),
        (
            'insert or update on table "grants" violates foreign key constraint "grants_user_id_fkey"',
            "ALTER TABLE ONLY public.grants ADD CONSTRAINT …;",
            Category.CONSTRAINT,
        ),
        ('could not create unique index "users_pkey"', "ALTER TABLE …", Category.CONSTRAINT),
        ('could not connect to server "far"', "REFRESH MATERIALIZED VIEW public.seen;", Category.VIEW),
        ('role "gone" does not exist', "REFRESH MATERIALIZED VIEW public.seen;", Category.LOST),
        ("permission denied for table t", "CREATE VIEW v AS SELECT 1;", Category.OTHER),
        ('type "geometry" does not exist', "CREATE TABLE t (g geometry);", Category.OTHER),
        ('syntax error at or near "GRANT"', "CREATE FUNCTION …", Category.OTHER),
        ("it breaks", 'ALTER TABLE ONLY s."t OWNER TO x"', Category.OTHER),
        ("it breaks", 'ALTER TABLE ONLY s."a "" OWNER TO x"', Category.OTHER),
        ("it breaks", 'ALTER TABLE ONLY s."two lines OWNER TO ', Category.OTHER),
        ("must be owner", 'ALTER TABLE s."t OWNER TO x" OWNER TO "me";', Category.OWNERSHIP),
    ],
)  # fmt: skip
def test_real_messages_are_sorted(text: str, command: str, category: Category) -> None:
    lines = ["pg_restore: while PROCESSING TOC:", f"{QUERY}{text}", "DETAIL:  x", f"Command was: {command}"]
    assert sort_complaints(lines) == (Complaint(category, text, command),)


@pytest.mark.parametrize(
    ("line", "category"),
    [
        ('pg_restore: error: COPY failed for table "t": ERROR:  invalid input syntax', Category.DATA),
        (
            'pg_restore: error: reconnection failed: connection to server at "h", port 5 failed: FATAL:  x',
            Category.CONNECTION,
        ),
        ("pg_restore: error: could not read from input file: end of file", Category.DATA),
        ("pg_restore: error: could not uncompress data: (null)", Category.DATA),
        ("pg_restore: error: could not find block ID 3417 in archive", Category.DATA),
        ('pg_restore: error: COPY failed for table "t": ERROR:  role "x" does not exist', Category.DATA),
        (
            'pg_restore: error: connection to server at "db" failed: FATAL:  role "me" does not exist',
            Category.CONNECTION,
        ),
        ('pg_restore: error: relation "role "x" does not exist" is odd', Category.OTHER),
        ("pg_restore: error: unrecognized archive format", Category.OTHER),
        ("pg_restore: fatal: out of memory", Category.OTHER),
        ("pg_restore: error: a worker process died unexpectedly", Category.OTHER),
    ],
)  # fmt: skip
def test_errors_without_a_command_are_sorted_by_their_words(line: str, category: Category) -> None:
    (complaint,) = sort_complaints([line])
    assert (complaint.category, complaint.command) == (category, "")


def test_every_error_is_kept_in_order_with_its_own_command() -> None:
    lines = [
        "pg_restore: connecting to database for restore",
        f'{QUERY}role "a" does not exist',
        "Command was: ALTER TABLE t OWNER TO a;",
        "pg_restore: creating TABLE",
        f'{QUERY}relation "t" already exists',
        "Command was: CREATE TABLE t (",
        "    id int",
        "Command was: GRANT nothing;",
        "pg_restore: warning: errors ignored on restore: 2",
    ]
    assert sort_complaints(lines) == (
        Complaint(Category.ROLE, 'role "a" does not exist', "ALTER TABLE t OWNER TO a;"),
        Complaint(Category.EXISTING, 'relation "t" already exists', "CREATE TABLE t ("),
    )


def test_a_command_that_a_name_or_a_function_forges_excuses_nothing() -> None:
    forged = [f'{QUERY}relation "a', 'Command was: SET x" does not exist', "Command was: CREATE VIEW v AS …"]
    quoted = [f"{QUERY}it breaks", "Command was: CREATE FUNCTION …", "Command was: GRANT x TO y;"]
    assert [one.category for one in sort_complaints(forged)] == [Category.LOST]
    assert [one.category for one in sort_complaints(quoted)] == [Category.OTHER]


@pytest.mark.parametrize("of_workers", [False, True])
def test_a_command_that_lost_its_error_among_those_of_another_worker_is_not_overlooked(
    *, of_workers: bool
) -> None:
    lines = [
        f'{QUERY}role "a" does not exist',
        f'{QUERY}role "b" does not exist',
        "Command was: GRANT SELECT ON TABLE t TO b;",
        "Command was: CREATE POLICY p ON t TO a;",
    ]
    assert not all(one.category.is_mild for one in sort_complaints(lines, of_workers=of_workers))


def test_warnings_and_notices_are_no_errors() -> None:
    assert sort_complaints(["pg_restore: warning: x", "NOTICE:  y", "Command was: GRANT x;", ""]) == ()


def test_a_mild_command_does_not_excuse_a_harmful_error() -> None:
    lines = [f'{QUERY}relation "t" already exists', "Command was: GRANT SELECT ON t TO x;"]
    assert not sort_complaints(lines)[0].category.is_mild


def test_only_roles_settings_and_ownership_are_mild() -> None:
    mild = {category for category in Category if category.is_mild}
    assert mild == {Category.ROLE, Category.SETTING, Category.OWNERSHIP}


ROLE = 'could not execute query: ERROR:  role "x" does not exist'
COPY = 'COPY failed for table "t": ERROR:  invalid input syntax'
GRANT = "Command was: GRANT SELECT ON TABLE public.t TO x;"


@pytest.mark.parametrize(
    ("lines", "categories"),
    [
        # As they were seen: the beginnings of several, then the rest of each on a line of its own.
        (
            [f"pg_restore: error: pg_restore: error: {ROLE}", GRANT, "", "", f"pg_restore: {ROLE}", GRANT],
            [Category.ROLE, Category.ROLE],
        ),
        (
            [
                'pg_restore: error: pg_restore: from TOC entry 2603; 0 0 ACL TABLE "Odd [table]" postgres',
                ROLE,
                GRANT,
            ],
            [Category.ROLE],
        ),
        (["pg_restore: pg_restore: error: finished item 7 TABLE DATA t", COPY], [Category.DATA]),
        ([f"pg_restore:pg_restore:  error: {COPY}", "creating INDEX x"], [Category.DATA]),
        (["pg_restore: error: something nobody knows"], [Category.OTHER]),
        # An error was begun, and its rest is not to be found: harm until one worker has tried alone.
        (["pg_restore: error: pg_restore: creating INDEX x", "a rest nobody knows"], [Category.MIXED]),
        ([f"pg_restore: {ROLE}", GRANT], [Category.MIXED, Category.ROLE]),
    ],
)
def test_what_workers_said_at_once_is_told_apart_or_counts_as_harm(
    lines: list[str], categories: list[Category]
) -> None:
    complaints = sort_complaints(lines, of_workers=True)
    assert [complaint.category for complaint in complaints] == categories


def test_any_mixture_of_two_workers_pieces_gives_both_their_errors() -> None:
    def pieces(rest: str) -> list[str]:
        return ["pg_restore:", " ", "error: ", f"{rest}\n{GRANT}\n\n\n"]

    mine, theirs = pieces(ROLE), pieces(ROLE.replace('"x"', '"y"'))
    for places in itertools.combinations(range(8), 4):
        ours, others = iter(mine), iter(theirs)
        said = "".join(next(ours) if place in places else next(others) for place in range(8))
        found = sort_complaints(said.splitlines(), of_workers=True)
        assert sorted(each.text for each in found) == [
            'role "x" does not exist',
            'role "y" does not exist',
        ], said
        assert all(each.category is Category.ROLE for each in found)


def test_what_was_skipped_is_told_by_its_sql() -> None:
    commands = ["GRANT SELECT ON t TO x;", "GRANT ALL ON u TO x;", "ALTER TABLE public.t OWNER TO x;", ""]
    complaints = [Complaint(Category.ROLE, 'role "x" does not exist', command) for command in commands]
    assert skipped(complaints) == "2 × GRANT, 1 × OWNER TO, 1 × command"
