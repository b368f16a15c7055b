"""Statements that are known to be harmless, and those that are not, whatever they pretend to be."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.services.archive.statements import harm_of

HARMLESS = [
    "",
    "SELECT pg_catalog.set_config('search_path', '', false);\n",
    "SELECT pg_catalog.setval('public.\"odd; name_id_seq\"', 3, true);\n",
    "SELECT pg_catalog.lo_create('16400');",
    "CREATE TABLE public.t (\n    id integer DEFAULT nextval('public.s'::regclass) NOT NULL,\n"
    "    name character varying(20), at timestamp(3) without time zone DEFAULT now(),\n"
    "    CONSTRAINT c CHECK ((lower((name)::text) <> 'a; DROP TABLE x (b)'::text))\n);\n",
    'CREATE TABLE public."T 1" (\n    "a b (c)" numeric(10,2) GENERATED ALWAYS AS ((1 + 2)) STORED\n)\n'
    'PARTITION BY RANGE (d);\n\nALTER TABLE ONLY public."T 1" ALTER COLUMN d SET STORAGE EXTERNAL;\n',
    "ALTER TABLE ONLY public.p ATTACH PARTITION public.p1 FOR VALUES FROM ('a') TO ('b');",
    "ALTER TABLE ONLY public.t\n    ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES public.u(id) MATCH FULL;",
    "ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (\n    SEQUENCE NAME public.s\n);",
    'CREATE UNIQUE INDEX i ON public.t USING btree (lower((name)::text), "left"(b, 2)) WHERE (id > 0);',
    "CREATE TYPE public.mood AS ENUM (\n    'sad',\n    'so so'\n);",
    "CREATE TYPE public.pair AS (\n\ta integer,\n\tb character varying(3)\n);",
    "CREATE DOMAIN public.d AS text CONSTRAINT c CHECK ((VALUE ~ '^[a-z]+$'::text));",
    "CREATE VIEW public.v AS\n SELECT v.x, count(*) AS n FROM ( VALUES (1)) v(x) GROUP BY v.x;",
    "CREATE MATERIALIZED VIEW public.m AS\n WITH RECURSIVE r(n) AS (SELECT 1) SELECT sum(n) FROM r\n"
    "  WITH NO DATA;",
    "REFRESH MATERIALIZED VIEW public.m;\n",
    "CREATE POLICY p ON public.t USING ((who = CURRENT_USER));",
    "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;",
    "CREATE STATISTICS public.s (dependencies) ON a, b FROM public.t;",
    'GRANT SELECT(id),UPDATE(id) ON TABLE public.t TO "a b";\nREVOKE ALL ON SCHEMA public FROM PUBLIC;\n',
    "GRANT ALL ON FUNCTION public.f(integer, text) TO a;",
    "ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA public GRANT SELECT ON TABLES TO b;",
    "COMMENT ON TABLE public.t IS 'it''s; SELECT pg_read_file(1)';",
    "CREATE VIEW public.v AS\n SELECT DISTINCT ON (t.a) t.a, lower(t.b) AS b FROM (SELECT 1, 'x') t(a, b);",
    'CREATE TABLE public.pg_names (at pg_catalog.pg_lsn, who text COLLATE pg_catalog."default");',
    "CREATE VIEW public.v AS SELECT p.pg_at FROM public.pg_names p;",
    "DROP TABLE IF EXISTS public.t;",
    "ALTER TABLE IF EXISTS ONLY public.t DROP CONSTRAINT IF EXISTS p;",
]
HARMFUL = [
    "CREATE TABLE public.t ();ALTER ROLE eve SUPERUSER;",
    "CREATE TABLE public.t (a integer CHECK ((lo_export(1, '/etc/passwd') > 0)));",
    "CREATE TABLE public.t (a text DEFAULT \"pg_read_file\"('/etc/passwd'));",
    "CREATE TABLE public.t (a text DEFAULT pg_catalog.pg_read_file('/etc/passwd'));",
    "CREATE TABLE public.t AS SELECT pg_catalog . /* */ pg_read_file ('/etc/passwd');",
    "CREATE TABLE public.t AS SELECT pg_read_file -- x\n ('/etc/passwd');",
    "CREATE TABLE public.t (a text DEFAULT 'x\\' || pg_read_file('y'), b text DEFAULT ''');",
    "CREATE TABLE public.t AS SELECT U&\"pg!005fread_file\" UESCAPE '!' ('x');",
    "CREATE TABLE public.t AS SELECT public.lower('x');",
    "CREATE TABLE public.t AS SELECT 1 OPERATOR(public.+) 2;",
    "CREATE INDEX i ON public.t USING btree (public.evil(a));",
    "CREATE VIEW public.v AS SELECT query_to_xml('DELETE …', true, true, '');",
    "CREATE MATERIALIZED VIEW public.m AS SELECT * FROM public.dblink('x') t(a);",
    "ALTER TABLE public.t ALTER COLUMN a TYPE integer USING pg_terminate_backend(a);",
    "CREATE MATERIALIZED VIEW public.m AS SELECT DISTINCT ON (1) lo_export(16385, '/etc/passwd');",
    "CREATE VIEW public.v AS SELECT DISTINCT ON ((1), (SELECT 2)) pg_catalog.lo_export(1, 'x'), 2;",
    "CREATE VIEW public.v AS SELECT rolpassword FROM pg_authid;",
    "CREATE TABLE public.t AS WITH d AS (UPDATE pg_authid SET rolsuper = true RETURNING 1) SELECT * FROM d;",
    'CREATE TABLE public.t AS TABLE pg_catalog."pg_shadow";',
    "COMMENT ON DATABASE prod IS 'bak-tui scratch database: {}';",
    "COMMENT ON ROLE postgres IS 'x';",
    "CREATE TYPE public.t (INPUT = pg_catalog.x, OUTPUT = pg_catalog.y);",
    "CREATE FOREIGN TABLE public.t (a text) SERVER s OPTIONS (program 'id');",
    "CREATE SERVER s FOREIGN DATA WRAPPER file_fdw;",
    "CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA public;",
    "CREATE SUBSCRIPTION s CONNECTION 'host=evil' PUBLICATION p;",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();",
    "SECURITY LABEL FOR selinux ON TABLE public.t IS 'x';",
    "ALTER SYSTEM SET archive_command = 'id';",
    "ALTER ROLE eve SUPERUSER;",
    "GRANT pg_execute_server_program TO eve;",
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO eve;",
    "GRANT EXECUTE ON FUNCTION public.a(), pg_read_file(text) TO eve;",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_catalog TO eve;",
    "GRANT ALTER SYSTEM ON PARAMETER archive_command TO eve;",
    "DO LANGUAGE plpgsql $$ BEGIN NULL; END $$;",
    "SET session_authorization = eve;",
    "SELECT pg_catalog.set_config('session_preload_libraries', 'x', false);",
    "SELECT pg_catalog.lo_create('1'), pg_read_file('x');",
    "LOAD 'x';",
    "COPY public.t FROM PROGRAM 'id';",
    "COPY (SELECT 1) TO PROGRAM 'id';",
    "DROP DATABASE prod;",
    "DROP SCHEMA pg_catalog;",
    "DROP OWNED BY eve;",
    "CREATE TABLE public.t (a integer);\0",
]


@pytest.mark.parametrize("statement", HARMLESS)
def test_what_pg_dump_writes_for_plain_things_is_harmless(statement: str) -> None:
    assert harm_of(statement) == ""


@pytest.mark.parametrize("statement", HARMFUL)
def test_what_may_run_more_is_told(statement: str) -> None:
    assert harm_of(statement)


@pytest.mark.parametrize("harmful", HARMFUL)
@pytest.mark.parametrize("harmless", [HARMLESS[1], HARMLESS[4], HARMLESS[-3]])
def test_no_harmless_statement_hides_another(harmless: str, harmful: str) -> None:
    assert harm_of(f"{harmless};{harmful}")
    assert harm_of(f"{harmful};{harmless}")


@pytest.mark.parametrize(
    "copy",
    ['COPY public.t (a, "b c") FROM stdin;\n', "COPY public.t  FROM stdin;\n", 'COPY "x y"."T" FROM stdin;'],
)
def test_rows_of_a_table_of_its_own_are_harmless(copy: str) -> None:
    assert harm_of(copy, is_copy=True) == ""


@pytest.mark.parametrize(
    "copy",
    [
        "COPY pg_authid FROM stdin;",
        "COPY pg_catalog.pg_authid (rolname) FROM stdin;",
        'COPY "pg_catalog".pg_authid FROM stdin;',
        "COPY public.t FROM PROGRAM 'id';",
        "COPY public.t FROM '/etc/passwd';",
        "COPY public.t FROM stdin; SELECT 1;",
        "COPY public.t FROM stdin WHERE public.f(a);",
        "ALTER ROLE eve SUPERUSER;",
    ],
)
def test_rows_that_go_elsewhere_are_told(copy: str) -> None:
    assert harm_of(copy, is_copy=True)


@given(st.text(st.sampled_from("CREATE TABLE public.t (a) 'x\"$;-/*\\ U&\n\0é"), max_size=60))
def test_whatever_it_is_it_is_read_to_its_end(text: str) -> None:
    assert harm_of(f"{text};ALTER ROLE eve SUPERUSER")


_SLOW = """
import resource
from bak_tui.services.archive.statements import harm_of
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))  # by its square it would take minutes
for repeated in ("x ON TABLE a.b TO ", "x ON FUNCTION a.b() TO ", "x ON SCHEMA a FROM "):
    assert harm_of("GRANT " + repeated * 50_000 + "'x';")
"""


def test_a_hostile_statement_takes_as_long_as_it_is() -> None:
    """Not its square: the screen would answer no key meanwhile."""
    assert subprocess.run([sys.executable, "-c", _SLOW], check=False).returncode == 0
