-- One of every kind of object that a pg_dump of PostgreSQL 15 to 18 can hold, for a superuser to make in an
-- empty database. Roles are the cluster's: they are made if they are not there. What came with 16 to 18 is made
-- where the server has it. Left out, and tested by themselves: subscriptions (a database that has one cannot be
-- dropped), security labels (no provider is installed) and tablespaces (they need a folder of the server's).
-- `every_object.py` adds what belongs to the database itself.

DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['every_owner', 'every_reader', 'every odd "role"'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I', name);
    END IF;
  END LOOP;
END $$;

CREATE SCHEMA every AUTHORIZATION every_owner;
CREATE SCHEMA "Odd ""schema" AUTHORIZATION "every odd ""role""";
CREATE SCHEMA contrib;
COMMENT ON SCHEMA every IS 'holds one of each; it''s a "comment" with \ and ü';
GRANT USAGE ON SCHEMA every TO every_reader;

CREATE EXTENSION btree_gist SCHEMA contrib;
CREATE EXTENSION citext SCHEMA contrib;
CREATE EXTENSION hstore SCHEMA contrib;
CREATE EXTENSION pg_trgm SCHEMA contrib;
CREATE EXTENSION file_fdw SCHEMA contrib;
CREATE EXTENSION postgres_fdw SCHEMA contrib;
COMMENT ON EXTENSION citext IS 'a comment of our own';

-- types
CREATE TYPE every.mood AS ENUM ('sad', 'ok', 'it''s "happy"');
CREATE DOMAIN every.positive AS int DEFAULT 1 CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE DOMAIN every.short_positive AS every.positive CHECK (VALUE < 1000) NOT NULL;
CREATE TYPE every.point AS (x int, y numeric(10, 2), label text COLLATE "C");
CREATE TYPE every.span AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = every.spans);
CREATE TYPE every.shell;
CREATE TYPE every.forty_two;
CREATE FUNCTION every.forty_two_in(cstring) RETURNS every.forty_two LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION every.forty_two_out(every.forty_two) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE every.forty_two (INPUT = every.forty_two_in, OUTPUT = every.forty_two_out, INTERNALLENGTH = 4,
  PASSEDBYVALUE, ALIGNMENT = int4, DEFAULT = '42');
CREATE DOMAIN every.points AS every.point[] CHECK (cardinality(VALUE) < 5);
COMMENT ON TYPE every.mood IS 'three of them';
GRANT USAGE ON TYPE every.mood TO every_reader;

CREATE COLLATION every.bytewise (provider = libc, locale = 'C');
CREATE CONVERSION every.conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;

-- functions, procedures, aggregates, operators, casts
CREATE FUNCTION every.add(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS 'SELECT a + b';
CREATE FUNCTION every.body(a int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT a * 2; END;
CREATE FUNCTION every.guarded() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
  AS $f$ BEGIN RETURN 'it''s ' || $q$quoted$q$; END $f$;
CREATE FUNCTION every.rows_of(VARIADIC a int[]) RETURNS TABLE (n int) LANGUAGE sql ROWS 5
  AS 'SELECT unnest(a)';
CREATE PROCEDURE every.nothing(INOUT a int) LANGUAGE plpgsql AS 'BEGIN a := a; END';
CREATE AGGREGATE every.total(int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE OPERATOR every.<+> (leftarg = int, rightarg = int, function = every.add);
CREATE FUNCTION every.to_point(a int) RETURNS every.point LANGUAGE sql IMMUTABLE
  AS 'SELECT ROW(a, a, NULL)::every.point';
CREATE CAST (int AS every.point) WITH FUNCTION every.to_point(int) AS ASSIGNMENT;
CREATE OPERATOR FAMILY every.family USING btree;
CREATE OPERATOR CLASS every.backwards FOR TYPE int USING btree FAMILY every.family AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int, int);
CREATE FUNCTION every.handler() RETURNS language_handler LANGUAGE c
  AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE TRUSTED LANGUAGE every_language HANDLER every.handler;
CREATE FUNCTION every.in_it() RETURNS int LANGUAGE every_language AS 'BEGIN RETURN 1; END';
CREATE FUNCTION every.window_of() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE AGGREGATE every.middle(float8 ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal,
  finalfunc = percentile_disc_final, finalfunc_extra);
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal),
  TO SQL WITH FUNCTION int4recv(internal));
CREATE ACCESS METHOD every_heap TYPE TABLE HANDLER heap_tableam_handler;
REVOKE EXECUTE ON FUNCTION every.guarded() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION every.guarded() TO every_reader WITH GRANT OPTION;

-- text search
CREATE TEXT SEARCH DICTIONARY every.dictionary (template = simple, accept = false);
CREATE TEXT SEARCH CONFIGURATION every.configuration (copy = simple);
ALTER TEXT SEARCH CONFIGURATION every.configuration
  ALTER MAPPING FOR asciiword WITH every.dictionary, simple;
CREATE TEXT SEARCH PARSER every.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end,
  lextypes = prsd_lextype, headline = prsd_headline);
CREATE TEXT SEARCH TEMPLATE every.template (init = dsimple_init, lexize = dsimple_lexize);

-- tables
CREATE SEQUENCE every.counter AS smallint START 5 INCREMENT 5 MAXVALUE 500 CYCLE CACHE 3;
SELECT nextval('every.counter'), nextval('every.counter');
CREATE TABLE every.thing (
  id bigint GENERATED ALWAYS AS IDENTITY (START 10) PRIMARY KEY,
  mood every.mood DEFAULT 'ok', amount every.positive, spot every.point, span every.span, spans every.spans,
  name contrib.citext COLLATE "C" NOT NULL, tags contrib.hstore, words tsvector, body text,
  net numeric(12, 4), gross numeric GENERATED ALWAYS AS (net * 1.19) STORED,
  made timestamptz DEFAULT '2026-01-02 03:04:05.678901+00', raw bytea, doc jsonb, x float8, cost money,
  lasts interval, bits bit varying(9), address inet, uid uuid, many int[][], page xml,
  during tstzrange, UNIQUE (name, mood) INCLUDE (amount), CONSTRAINT sane CHECK (length(body) < 99999),
  EXCLUDE USING gist (id WITH =, during WITH &&)
) WITH (fillfactor = 70, autovacuum_enabled = false);
ALTER TABLE every.thing ALTER net SET STATISTICS 500, ALTER body SET STORAGE EXTERNAL,
  ALTER body SET COMPRESSION pglz, OWNER TO every_owner;
COMMENT ON TABLE every.thing IS E'two\nlines';
COMMENT ON COLUMN every.thing.name IS 'a column''s';
COMMENT ON CONSTRAINT sane ON every.thing IS 'a constraint''s';
GRANT SELECT (id, name), UPDATE (net) ON every.thing TO every_reader;
CREATE INDEX thing_words ON every.thing USING gin (words);
CREATE INDEX thing_lower ON every.thing (lower(body) text_pattern_ops DESC NULLS LAST) WHERE net > 0;
CREATE INDEX thing_trigrams ON every.thing USING gist (body contrib.gist_trgm_ops);
CREATE INDEX thing_backwards ON every.thing ((net::int) every.backwards);
ALTER TABLE every.thing CLUSTER ON thing_pkey;
CREATE STATISTICS every.related (ndistinct, dependencies, mcv) ON mood, net FROM every.thing;
CREATE STATISTICS every.expression ON (net * 2), (length(body)) FROM every.thing;

CREATE TABLE every."Child [of] ""thing""" (
  "a b" int DEFAULT nextval('every.counter'), "per cent %s" text, thing_id bigint,
  by_default int GENERATED BY DEFAULT AS IDENTITY,
  FOREIGN KEY (thing_id) REFERENCES every.thing ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE every."Child [of] ""thing""" ADD CONSTRAINT later CHECK ("a b" < 10000) NOT VALID,
  REPLICA IDENTITY FULL;
ALTER SEQUENCE every.counter OWNED BY every."Child [of] ""thing"""."a b";
CREATE TABLE every.ancestor (a int, b text DEFAULT 'x', CHECK (a > 0) NO INHERIT);
CREATE TABLE every.heir (c date) INHERITS (every.ancestor);
CREATE UNLOGGED TABLE every.unlogged (a int) USING every_heap;
CREATE TABLE every.typed OF every.point (PRIMARY KEY (x));
CREATE TABLE every.no_columns ();
CREATE TABLE every.dropped (gone int, kept text, gone_too date);
ALTER TABLE every.dropped DROP gone, DROP gone_too;
CREATE TABLE every.base_typed (a every.forty_two DEFAULT '42', b every.points, UNIQUE NULLS NOT DISTINCT (b));
CREATE TABLE every.hen (id int PRIMARY KEY, egg int);
CREATE TABLE every.egg (id int PRIMARY KEY, hen int REFERENCES every.hen);
ALTER TABLE every.hen ADD FOREIGN KEY (egg) REFERENCES every.egg MATCH FULL ON UPDATE SET DEFAULT,
  REPLICA IDENTITY USING INDEX hen_pkey;
CREATE INDEX hen_brin ON every.hen USING brin (egg) WITH (pages_per_range = 4);
CREATE INDEX hen_hash ON every.hen USING hash (egg);
CREATE INDEX hen_of ON every.hen ((every.add(id))) INCLUDE (egg);
ALTER INDEX every.hen_of ALTER COLUMN 1 SET STATISTICS 400;

CREATE TABLE every.events (at date NOT NULL, kind text, n int) PARTITION BY RANGE (at);
CREATE INDEX events_kind ON every.events (kind);
CREATE TABLE every.events_2025 PARTITION OF every.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE every.events_2026 PARTITION OF every.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
  PARTITION BY LIST (kind);
CREATE TABLE every.events_2026_a PARTITION OF every.events_2026 FOR VALUES IN ('a', NULL);
CREATE TABLE every.events_2026_rest PARTITION OF every.events_2026 DEFAULT;
CREATE TABLE every.hashed (a int PRIMARY KEY, b text) PARTITION BY HASH (a);
CREATE TABLE every.hashed_0 PARTITION OF every.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE every.hashed_1 PARTITION OF every.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE "Odd ""schema"."T'able; DROP TABLE x --" (a int);
ALTER TABLE "Odd ""schema"."T'able; DROP TABLE x --" OWNER TO "every odd ""role""";

-- rows
INSERT INTO every.thing (mood, amount, spot, span, spans, name, tags, words, body, net, raw, doc, x, cost, lasts,
                         bits, address, uid, many, page, during)
SELECT (ARRAY['sad', 'ok', 'it''s "happy"'])[1 + i % 3]::every.mood, i, ROW(i, i / 3.0, E'tab\t\\ "q"')::every.point,
       every.span(i, i + 1), every.spans(every.span(0, i)), 'Name ' || i, contrib.hstore('k', i::text),
       to_tsvector('simple', 'word ' || i), repeat('ü€𝄞', i), i * 1.5, decode(md5(i::text), 'hex'),
       jsonb_build_object('n', i, 'deep', ARRAY[1, NULL]), i / 7.0, i, make_interval(days => i, secs => 0.25),
       B'101', '10.0.0.1/8', md5(i::text)::uuid, ARRAY[ARRAY[i, NULL]], NULL,
       tstzrange('2026-01-01Z', '2026-02-01Z')
FROM generate_series(1, 60) i;
INSERT INTO every."Child [of] ""thing""" ("per cent %s", thing_id) SELECT '%s \N \.', 10 + i FROM generate_series(0, 39) i;
INSERT INTO every.ancestor SELECT i, NULL FROM generate_series(1, 4) i;
INSERT INTO every.heir SELECT i, 'heir', '2026-01-01' FROM generate_series(1, 3) i;
INSERT INTO every.unlogged SELECT generate_series(1, 9);
INSERT INTO every.typed VALUES (1, 2, 'three');
INSERT INTO every.no_columns DEFAULT VALUES;
INSERT INTO every.no_columns DEFAULT VALUES;
INSERT INTO every.dropped VALUES ('kept');
INSERT INTO every.events SELECT '2025-06-01'::date + i, (ARRAY['a', 'b', NULL])[1 + i % 3], i FROM generate_series(1, 400) i;
INSERT INTO every.hashed SELECT i, md5(i::text) FROM generate_series(1, 50) i;
INSERT INTO "Odd ""schema"."T'able; DROP TABLE x --" VALUES (1), (2);
INSERT INTO every.base_typed VALUES (DEFAULT, ARRAY[ROW(1, 2, 'x')::every.point]), (NULL, NULL);
INSERT INTO every.hen VALUES (1, NULL), (2, NULL);
INSERT INTO every.egg VALUES (10, 1), (20, 2);
UPDATE every.hen SET egg = 10 WHERE id = 1;

-- large objects
SELECT lo_from_bytea(424201, 'a large object'::bytea), lo_from_bytea(424202, ''::bytea);
ALTER LARGE OBJECT 424201 OWNER TO every_owner;
GRANT SELECT ON LARGE OBJECT 424201 TO every_reader;
COMMENT ON LARGE OBJECT 424201 IS 'large';

-- views, rules, triggers, policies
CREATE VIEW every.checked WITH (security_barrier) AS SELECT id, net FROM every.thing WHERE net > 5
  WITH LOCAL CHECK OPTION;
CREATE RECURSIVE VIEW every.counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
CREATE MATERIALIZED VIEW every.summary AS SELECT mood, count(*) AS n FROM every.thing GROUP BY mood;
CREATE UNIQUE INDEX summary_mood ON every.summary (mood);
CREATE MATERIALIZED VIEW every.of_summary AS SELECT sum(n) AS n FROM every.summary;
CREATE MATERIALIZED VIEW every.unfilled AS SELECT 1 AS a WITH NO DATA;
CREATE VIEW every.ruled AS SELECT a FROM every.ancestor;
CREATE VIEW every.grouped WITH (security_invoker) AS SELECT id, mood, net FROM every.thing GROUP BY id;
CREATE MATERIALIZED VIEW every.of_grouped AS SELECT count(*) AS n FROM every.grouped;
CREATE VIEW every.defaulted AS SELECT a FROM every.ancestor;
ALTER VIEW every.defaulted ALTER a SET DEFAULT 7;
CREATE RULE redirect AS ON INSERT TO every.ruled DO INSTEAD INSERT INTO every.ancestor (a) VALUES (NEW.a);
COMMENT ON RULE redirect ON every.ruled IS 'goes elsewhere';
CREATE FUNCTION every.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE OF net ON every.thing FOR EACH ROW WHEN (OLD.net <> NEW.net)
  EXECUTE FUNCTION every.touch('an argument', 'it''s');
CREATE CONSTRAINT TRIGGER eventually AFTER INSERT ON every.thing DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION every.touch();
CREATE TRIGGER transition AFTER INSERT ON every.thing REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION every.touch();
CREATE TRIGGER partitioned AFTER INSERT ON every.events FOR EACH ROW EXECUTE FUNCTION every.touch();
ALTER TABLE every.thing DISABLE TRIGGER touched, ENABLE ALWAYS TRIGGER transition;
CREATE POLICY readers ON every.heir FOR SELECT TO every_reader USING (a > 1);
CREATE POLICY everybody ON every.heir AS RESTRICTIVE USING (true) WITH CHECK (c > '2000-01-01');
ALTER TABLE every.heir ENABLE ROW LEVEL SECURITY;
ALTER TABLE every.typed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION every.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RETURN; END';
CREATE EVENT TRIGGER every_ddl ON ddl_command_end WHEN TAG IN ('CREATE AGGREGATE')
  EXECUTE FUNCTION every.on_ddl();
CREATE PUBLICATION every_some FOR TABLE every.thing (id, net) WHERE (net > 1), every.hashed
  WITH (publish = 'insert, update');
CREATE PUBLICATION every_all FOR ALL TABLES;
CREATE PUBLICATION every_schema FOR TABLES IN SCHEMA "Odd ""schema";

-- elsewhere
CREATE FOREIGN DATA WRAPPER every_wrapper OPTIONS (debug 'true');
CREATE SERVER every_files FOREIGN DATA WRAPPER file_fdw;
CREATE SERVER every_far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '192.0.2.1', dbname 'x y');
CREATE USER MAPPING FOR every_reader SERVER every_far OPTIONS (user 'u', password 'it''s');
CREATE USER MAPPING FOR PUBLIC SERVER every_far;
CREATE FOREIGN TABLE every.file (line text) SERVER every_files OPTIONS (filename '/etc/hostname');
CREATE FOREIGN TABLE every.far (a int OPTIONS (column_name 'b')) SERVER every_far;
GRANT USAGE ON FOREIGN SERVER every_far TO every_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE every_owner IN SCHEMA every GRANT SELECT ON TABLES TO every_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE every_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- what later versions brought
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE 'CREATE TABLE every.since_16 (a text STORAGE external)';
    EXECUTE 'INSERT INTO every.since_16 SELECT repeat(''x'', 5000)';
  END IF;
  IF current_setting('server_version_num')::int >= 170000 THEN
    EXECUTE 'CREATE COLLATION every.builtin (provider = builtin, locale = ''C.UTF-8'')';
    EXECUTE 'CREATE TABLE every.since_17 (id int GENERATED ALWAYS AS IDENTITY, a text COLLATE every.builtin)
             PARTITION BY RANGE (id)';
    EXECUTE 'CREATE TABLE every.since_17_low PARTITION OF every.since_17 FOR VALUES FROM (MINVALUE) TO (100)';
    EXECUTE 'GRANT MAINTAIN ON every.since_17 TO every_reader';
    EXECUTE 'CREATE EVENT TRIGGER every_login ON login EXECUTE FUNCTION every.on_ddl()';
    EXECUTE 'INSERT INTO every.since_17 (a) SELECT ''x'' FROM generate_series(1, 12)';
  END IF;
  IF current_setting('server_version_num')::int >= 180000 THEN
    EXECUTE 'CREATE TABLE every.since_18 (id int, during daterange,
             plain text CONSTRAINT plain_given NOT NULL NO INHERIT DEFAULT ''p'', twice int GENERATED ALWAYS AS (id * 2),
             small int CONSTRAINT small CHECK (small < 9) NOT ENFORCED,
             hen int REFERENCES every.hen NOT ENFORCED, PRIMARY KEY (id, during WITHOUT OVERLAPS))';
    EXECUTE 'CREATE TABLE every.since_18_of (id int, during daterange,
             FOREIGN KEY (id, PERIOD during) REFERENCES every.since_18 (id, PERIOD during))';
    EXECUTE 'INSERT INTO every.since_18 VALUES (1, ''[2026-01-01,2026-02-01)'', DEFAULT, DEFAULT, 99, 77)';
    EXECUTE 'INSERT INTO every.since_18_of VALUES (1, ''[2026-01-05,2026-01-09)'')';
    EXECUTE 'ALTER TABLE every.since_18_of ADD a int, ADD CONSTRAINT later NOT NULL a NOT VALID';
    EXECUTE 'CREATE PUBLICATION every_18 FOR TABLE every.since_18 WITH (publish_generated_columns = stored)';
  END IF;
END $$;
