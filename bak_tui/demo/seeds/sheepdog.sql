-- Sheepdog: the graph of submitted data. Given up since: only its backups are left, in the bucket.
CREATE TABLE node_program (node_id uuid PRIMARY KEY, _props jsonb NOT NULL, created timestamptz NOT NULL);
CREATE TABLE node_project (node_id uuid PRIMARY KEY, _props jsonb NOT NULL, created timestamptz NOT NULL);
CREATE TABLE node_case (node_id uuid PRIMARY KEY, _props jsonb NOT NULL, created timestamptz NOT NULL);
CREATE TABLE edge_projectmemberofprogram (
    src_id uuid REFERENCES node_project ON DELETE CASCADE,
    dst_id uuid REFERENCES node_program ON DELETE CASCADE,
    PRIMARY KEY (src_id, dst_id)
);
CREATE TABLE edge_casememberofproject (
    src_id uuid REFERENCES node_case ON DELETE CASCADE,
    dst_id uuid REFERENCES node_project ON DELETE CASCADE,
    PRIMARY KEY (src_id, dst_id)
);
CREATE SEQUENCE transaction_number START 4000;
CREATE TABLE transaction_log (
    number bigint DEFAULT nextval('transaction_number') PRIMARY KEY,
    role text NOT NULL,
    canonical_json jsonb NOT NULL
);

INSERT INTO node_program
SELECT md5('program' || i)::uuid, jsonb_build_object('name', 'program-' || i), timestamptz '2025-01-01'
FROM generate_series(0, 6) i;
INSERT INTO node_project
SELECT md5('project' || i)::uuid, jsonb_build_object('code', 'project-' || i, 'state', 'open'),
       timestamptz '2025-01-02' + i * interval '1 day'
FROM generate_series(1, 150) i;
INSERT INTO node_case
SELECT md5('case' || i)::uuid, jsonb_build_object('submitter_id', 'case-' || i, 'consent', i % 3 = 0),
       timestamptz '2025-02-01' + i * interval '1 hour'
FROM generate_series(1, 100 * current_setting('demo.scale')::int) i;
INSERT INTO edge_projectmemberofprogram
SELECT md5('project' || i)::uuid, md5('program' || i % 7)::uuid FROM generate_series(1, 150) i;
INSERT INTO edge_casememberofproject
SELECT md5('case' || i)::uuid, md5('project' || 1 + i % 150)::uuid
FROM generate_series(1, 100 * current_setting('demo.scale')::int) i;
INSERT INTO transaction_log (role, canonical_json)
SELECT 'create', jsonb_build_object('entities', i % 9) FROM generate_series(1, 300) i;

CREATE VIEW case_count AS
SELECT dst_id AS project_id, count(*) AS cases FROM edge_casememberofproject GROUP BY dst_id;
