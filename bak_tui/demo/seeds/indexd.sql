-- Indexd: files, their hashes, sizes, places and who may read them.
CREATE TABLE base_version (baseid text PRIMARY KEY);
CREATE TABLE index_record (
    did text PRIMARY KEY,
    baseid text REFERENCES base_version,
    rev text NOT NULL,
    form text,
    size bigint,
    file_name text,
    uploader text,
    created_date timestamp NOT NULL,
    updated_date timestamp NOT NULL
);
CREATE TABLE index_record_hash (
    did text REFERENCES index_record ON DELETE CASCADE,
    hash_type text,
    hash_value text NOT NULL,
    PRIMARY KEY (did, hash_type)
);
CREATE TABLE index_record_url (
    did text REFERENCES index_record ON DELETE CASCADE,
    url text,
    PRIMARY KEY (did, url)
);
CREATE TABLE index_record_metadata (
    did text PRIMARY KEY REFERENCES index_record ON DELETE CASCADE,
    metadata jsonb NOT NULL
);
CREATE TABLE index_record_authz (
    did text REFERENCES index_record ON DELETE CASCADE,
    resource text,
    PRIMARY KEY (did, resource)
);
CREATE SEQUENCE drs_bundle_number;
CREATE TABLE drs_bundle (
    number bigint DEFAULT nextval('drs_bundle_number') PRIMARY KEY,
    name text NOT NULL,
    bundle_data jsonb NOT NULL
);

INSERT INTO base_version SELECT md5('base' || i)::uuid::text FROM generate_series(1, 800) i;
INSERT INTO index_record
SELECT 'dg.4503/' || md5('did' || i)::uuid, md5('base' || i)::uuid::text, left(md5('rev' || i), 8), 'object',
       i * 104729::bigint, format('sample_%s.bam', i), 'user' || 1 + i % 40,
       timestamp '2026-01-01' + i * interval '1 hour', timestamp '2026-02-01' + i * interval '1 hour'
FROM generate_series(1, 800) i;
INSERT INTO index_record_hash SELECT did, 'md5', md5(did) FROM index_record;
INSERT INTO index_record_url SELECT did, 's3://commons-data/' || did || '/' || file_name FROM index_record;
INSERT INTO index_record_metadata
SELECT did, jsonb_build_object('sample', file_name, 'quality', size % 40, 'paired', size % 2 = 0) FROM index_record;
INSERT INTO index_record_authz
SELECT did, format('/programs/program-%s/projects/project-%s', size % 7, size % 150) FROM index_record;
INSERT INTO drs_bundle (name, bundle_data)
SELECT 'bundle-' || i, jsonb_build_object('files', jsonb_build_array(i, i + 1)) FROM generate_series(1, 60) i;

CREATE VIEW public_file AS
SELECT did, file_name, size FROM index_record JOIN index_record_authz USING (did) WHERE resource LIKE '/programs/program-0/%';
CREATE INDEX index_record_size_idx ON index_record (size);
