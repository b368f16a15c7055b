-- Fence: users, clients, projects and their access.
CREATE TABLE identity_provider (id serial PRIMARY KEY, name text UNIQUE NOT NULL, description text);
CREATE TABLE "User" (
    id serial PRIMARY KEY,
    username text UNIQUE NOT NULL,
    email text,
    display_name text,
    idp_id integer REFERENCES identity_provider,
    is_admin boolean DEFAULT false NOT NULL,
    active boolean DEFAULT true NOT NULL,
    additional_info jsonb DEFAULT '{}',
    _last_auth timestamp
);
CREATE TABLE project (
    id serial PRIMARY KEY,
    name text UNIQUE NOT NULL,
    auth_id text UNIQUE NOT NULL,
    parent_id integer REFERENCES project
);
CREATE TABLE access_privilege (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES "User" ON DELETE CASCADE,
    project_id integer NOT NULL REFERENCES project ON DELETE CASCADE,
    privilege text[] NOT NULL,
    UNIQUE (user_id, project_id)
);
CREATE TABLE client (
    client_id text PRIMARY KEY,
    client_secret text,
    name text UNIQUE NOT NULL,
    user_id integer REFERENCES "User",
    issued_at timestamptz NOT NULL,
    metadata jsonb NOT NULL
);
CREATE SEQUENCE audit_number START 100000;
CREATE TABLE login_audit (
    number bigint DEFAULT nextval('audit_number') PRIMARY KEY,
    username text NOT NULL,
    address inet,
    at timestamptz NOT NULL
);
ALTER SEQUENCE audit_number OWNED BY login_audit.number;
CREATE TABLE user_refresh_token (jti uuid PRIMARY KEY, userid integer NOT NULL REFERENCES "User", expires bigint NOT NULL);
CREATE TABLE ga4gh_visa_v1 (
    id bigserial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES "User" ON DELETE CASCADE,
    type text NOT NULL,
    asserted bigint NOT NULL,
    expires bigint NOT NULL,
    claims jsonb NOT NULL
);
-- As hand-made schemas are called: capitals, blanks, a dot, an umlaut, a bracket.
CREATE SCHEMA "Audit 2026 – Überprüfung";
CREATE TABLE "Audit 2026 – Überprüfung"."Findings [draft]" (
    "No." integer PRIMARY KEY,
    "who?" integer REFERENCES public."User",
    "it's said" text
);

INSERT INTO identity_provider (name, description)
VALUES ('google', 'Google'), ('ras', 'NIH RAS'), ('orcid', 'ORCID'), ('shib', 'InCommon');
INSERT INTO "User" (username, email, display_name, idp_id, is_admin, additional_info, _last_auth)
SELECT 'user' || i, format('user%s@example.org', i), format('Ann Özil %s', i), 1 + i % 4, i % 100 = 1,
       jsonb_build_object('organization', 'Lab ' || i % 20, 'tags', jsonb_build_array('t' || i % 3, 't' || i % 5)),
       timestamp '2026-01-01' + i * interval '7 hours'
FROM generate_series(1, 500) i;
INSERT INTO project (name, auth_id, parent_id)
SELECT 'project-' || i, 'phs' || lpad(i::text, 6, '0'), CASE WHEN i > 10 THEN 1 + i % 10 END
FROM generate_series(1, 120) i;
INSERT INTO access_privilege (user_id, project_id, privilege)
SELECT i, 1 + (i * 13 + k * 41) % 120, ARRAY['read', 'read-storage']
FROM generate_series(1, 500) i, generate_series(0, 1) k;
INSERT INTO client
SELECT md5('client' || i), md5('hash' || i), 'app-' || i, i, timestamptz '2026-02-01' + i * interval '1 day',
       jsonb_build_object('redirect_uris', jsonb_build_array(format('https://app%s.example.org/login', i)))
FROM generate_series(1, 40) i;
INSERT INTO login_audit (username, address, at)
SELECT 'user' || 1 + i % 500, ('10.0.' || i % 4 || '.' || i % 250)::inet,
       timestamptz '2026-03-01' + i * interval '11 minutes'
FROM generate_series(1, 900 * current_setting('demo.scale')::int) i;
INSERT INTO user_refresh_token
SELECT md5('token' || i)::uuid, 1 + i % 500, 1790000000 + i * 60 FROM generate_series(1, 60 * current_setting('demo.scale')::int) i;
INSERT INTO ga4gh_visa_v1 (user_id, type, asserted, expires, claims)
SELECT 1 + i % 500, 'ControlledAccessGrants', 1780000000 + i, 1790000000 + i,
       jsonb_build_object('source', 'https://ras.nih.gov', 'value', 'phs' || lpad((i % 120)::text, 6, '0'))
FROM generate_series(1, 60 * current_setting('demo.scale')::int) i;
INSERT INTO "Audit 2026 – Überprüfung"."Findings [draft]"
SELECT i, i, CASE WHEN i % 3 = 0 THEN 'account is dormant; "close" it' END FROM generate_series(1, 25) i;

CREATE VIEW active_admins AS SELECT id, username, email FROM "User" WHERE is_admin AND active;
CREATE INDEX user_info_idx ON "User" USING gin (additional_info);
