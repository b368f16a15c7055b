-- Indexd: files, their hashes, sizes, places and who may read them.
-- The large one. Foreign keys come after the rows: checked at once, not row by row.
CREATE TABLE index_schema_version (version integer PRIMARY KEY);
CREATE TABLE base_version (baseid text PRIMARY KEY);
CREATE TABLE index_record (
    did text PRIMARY KEY,
    baseid text,
    rev text NOT NULL,
    form text,
    size bigint,
    file_name text,
    version text,
    uploader text,
    description text,
    created_date timestamp NOT NULL,
    updated_date timestamp NOT NULL
);
CREATE TABLE index_record_hash (
    did text,
    hash_type text,
    hash_value text NOT NULL,
    PRIMARY KEY (did, hash_type)
);
CREATE TABLE index_record_url (did text, url text, PRIMARY KEY (did, url));
CREATE TABLE index_record_url_metadata_jsonb (
    did text,
    url text,
    type text,
    state text,
    urls_metadata jsonb,
    PRIMARY KEY (did, url)
);
CREATE TABLE index_record_metadata (did text PRIMARY KEY, metadata jsonb NOT NULL);
CREATE TABLE index_record_authz (did text, resource text, PRIMARY KEY (did, resource));
CREATE SEQUENCE drs_bundle_number;
CREATE TABLE drs_bundle (
    number bigint DEFAULT nextval('drs_bundle_number') PRIMARY KEY,
    name text NOT NULL,
    bundle_data jsonb NOT NULL
);
ALTER SEQUENCE drs_bundle_number OWNED BY drs_bundle.number;

INSERT INTO index_schema_version VALUES (20);
INSERT INTO base_version
SELECT md5('base' || i)::uuid::text FROM generate_series(1, 800 * current_setting('demo.scale')::int) i;
INSERT INTO index_record
SELECT 'dg.4503/' || md5('did' || i)::uuid, md5('base' || i)::uuid::text, left(md5('rev' || i), 8), 'object',
       i * 104729::bigint, format('sample_%s.bam', i), CASE WHEN i % 11 = 0 THEN '2' END, 'user' || 1 + i % 40,
       CASE WHEN i % 50 = 0 THEN 'Aligned reads of sample ' || i END,
       timestamp '2026-01-01' + i * interval '5 minutes', timestamp '2026-02-01' + i * interval '5 minutes'
FROM generate_series(1, 800 * current_setting('demo.scale')::int) i;
INSERT INTO index_record_hash SELECT did, 'md5', md5(did) FROM index_record;
INSERT INTO index_record_url SELECT did, 's3://commons-data/' || file_name FROM index_record;
INSERT INTO index_record_url_metadata_jsonb
SELECT did, 's3://commons-data/' || file_name, 'cloud', 'uploaded', jsonb_build_object('region', 'us-east-1')
FROM index_record WHERE size % 10 = 0;
INSERT INTO index_record_metadata
SELECT did, jsonb_build_object('sample', file_name, 'quality', size % 40, 'paired', size % 2 = 0) FROM index_record;
INSERT INTO index_record_authz
SELECT did, format('/programs/program-%s/projects/project-%s', size % 7, size % 150) FROM index_record;
INSERT INTO drs_bundle (name, bundle_data)
SELECT 'bundle-' || i, jsonb_build_object('files', jsonb_build_array(i, i + 1)) FROM generate_series(1, 60) i;

ALTER TABLE index_record ADD FOREIGN KEY (baseid) REFERENCES base_version;
ALTER TABLE index_record_hash ADD FOREIGN KEY (did) REFERENCES index_record ON DELETE CASCADE;
ALTER TABLE index_record_url ADD FOREIGN KEY (did) REFERENCES index_record ON DELETE CASCADE;
ALTER TABLE index_record_url_metadata_jsonb
    ADD FOREIGN KEY (did, url) REFERENCES index_record_url ON DELETE CASCADE;
ALTER TABLE index_record_metadata ADD FOREIGN KEY (did) REFERENCES index_record ON DELETE CASCADE;
ALTER TABLE index_record_authz ADD FOREIGN KEY (did) REFERENCES index_record ON DELETE CASCADE;
CREATE INDEX index_record_size_idx ON index_record (size);

CREATE VIEW public_file AS
SELECT did, file_name, size
FROM index_record
JOIN index_record_authz USING (did)
WHERE resource LIKE '/programs/program-0/%';
