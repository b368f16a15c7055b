-- Gecko: the configuration documents of the data portal, and their history.
CREATE TYPE document_kind AS ENUM ('explorer', 'nav', 'summary', 'files');
CREATE TABLE document (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind document_kind NOT NULL,
    name text NOT NULL,
    content jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (kind, name)
);
CREATE TABLE revision (
    document_id bigint NOT NULL REFERENCES document ON DELETE CASCADE,
    number integer NOT NULL,
    author text NOT NULL,
    content jsonb NOT NULL,
    PRIMARY KEY (document_id, number)
);
CREATE SEQUENCE publication START 1000;
CREATE TABLE published (
    number bigint DEFAULT nextval('publication') PRIMARY KEY,
    document_id bigint NOT NULL REFERENCES document,
    at timestamptz NOT NULL
);
CREATE TABLE logo (name text PRIMARY KEY, mime_type text NOT NULL, image oid NOT NULL);

INSERT INTO document (kind, name, content, updated_at)
SELECT (enum_range(NULL::document_kind))[1 + i % 4], 'page-' || i,
       jsonb_build_object('title', 'Page ' || i, 'charts', jsonb_build_object('gender', 'pie', 'age', 'bar'),
                          'fields', (SELECT jsonb_agg('field_' || f) FROM generate_series(1, 1 + i % 6) f)),
       timestamptz '2026-01-10' + i * interval '5 hours'
FROM generate_series(1, 160) i;
INSERT INTO revision
SELECT id, n, 'user' || 1 + id % 30, content || jsonb_build_object('revision', n)
FROM document, generate_series(1, 3 * current_setting('demo.scale')::int) n;
INSERT INTO logo
VALUES ('commons', 'image/svg+xml', lo_from_bytea(700001, '<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>'));
INSERT INTO published (document_id, at) SELECT id, updated_at + interval '1 hour' FROM document;

CREATE VIEW latest AS
SELECT DISTINCT ON (document_id) document_id, number, author FROM revision ORDER BY document_id, number DESC;
