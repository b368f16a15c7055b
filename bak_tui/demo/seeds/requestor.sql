-- Requestor: requests for access and what became of them.
CREATE TABLE alembic_version (version_num text PRIMARY KEY);
CREATE TABLE status (name text PRIMARY KEY, is_final boolean NOT NULL);
CREATE TABLE requests (
    request_id uuid PRIMARY KEY,
    username text NOT NULL,
    policy_id text NOT NULL,
    resource_paths text[] NOT NULL,
    status text NOT NULL REFERENCES status,
    revoke boolean DEFAULT false NOT NULL,
    details jsonb DEFAULT '{}' NOT NULL,
    created_time timestamptz NOT NULL,
    updated_time timestamptz NOT NULL
);
CREATE SEQUENCE event_number;
CREATE TABLE event (
    number bigint DEFAULT nextval('event_number') PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES requests ON DELETE CASCADE,
    status text NOT NULL REFERENCES status,
    at timestamptz NOT NULL
);
ALTER SEQUENCE event_number OWNED BY event.number;
CREATE TABLE consent_form (request_id uuid PRIMARY KEY REFERENCES requests, scan oid NOT NULL);

INSERT INTO alembic_version VALUES ('c0a92da5ac69');
INSERT INTO status VALUES ('DRAFT', false), ('SUBMITTED', false), ('APPROVED', true), ('SIGNED', true), ('REJECTED', true);
INSERT INTO requests
SELECT md5('request' || i)::uuid, 'user' || 1 + i % 90, 'programs.project-' || 1 + i % 150,
       ARRAY[format('/programs/program-%s', i % 7)],
       (ARRAY['DRAFT', 'SUBMITTED', 'APPROVED', 'SIGNED', 'REJECTED'])[1 + i % 5], i % 17 = 0,
       jsonb_build_object('reason', 'Study ' || i % 30, 'months', i % 24),
       timestamptz '2026-04-01' + i * interval '37 minutes', timestamptz '2026-04-02' + i * interval '37 minutes'
FROM generate_series(1, 350 * current_setting('demo.scale')::int) i;
INSERT INTO event (request_id, status, at)
SELECT request_id, 'DRAFT', created_time FROM requests ORDER BY created_time;
INSERT INTO event (request_id, status, at)
SELECT request_id, status, updated_time FROM requests WHERE status <> 'DRAFT' ORDER BY updated_time;
INSERT INTO consent_form
SELECT md5('request' || i)::uuid, lo_from_bytea(700000 + i, decode(repeat(md5('scan' || i), 4000), 'hex'))
FROM generate_series(1, 3) i;

CREATE VIEW open_requests AS
SELECT request_id, username, policy_id, created_time FROM requests JOIN status ON status.name = requests.status
WHERE NOT status.is_final;
CREATE INDEX requests_username_idx ON requests (username);
