"""The databases that are backed up: like Gen3's, of any size; of many tables; of large objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from bak_tui.core.profile import Server
from tests.servers.fixtures import open_connection

_RECORDS_A_MEGABYTE = 1_150
"""Measured by `COPY … TO STDOUT` of all tables."""
_GEN3 = """
CREATE TABLE index_record (did uuid PRIMARY KEY, baseid uuid, rev text, form text, size bigint,
    created timestamptz, updated timestamptz, file_name text, uploader text);
CREATE TABLE index_record_hash (did uuid REFERENCES index_record, hash_type text, hash_value text,
    PRIMARY KEY (did, hash_type));
CREATE TABLE index_record_url (did uuid REFERENCES index_record, url text, PRIMARY KEY (did, url));
CREATE TABLE index_record_authz (did uuid REFERENCES index_record, resource text,
    PRIMARY KEY (did, resource));
CREATE TABLE node_file (node_id uuid PRIMARY KEY, acl text[], _sysan jsonb, _props jsonb);
"""
_ID = "md5('r' || i)::uuid"
_FILLING = (
    f"INSERT INTO index_record SELECT {_ID}, md5('b' || i)::uuid, left(md5('v' || i), 8), 'object',"
    " (i::bigint * 7919) % 100000000000, timestamptz '2024-01-01' + i * interval '1 s',"
    " timestamptz '2025-01-01' + i * interval '1 s', 'sample_' || i || '.bam', 'user' || i % 50",
    f"INSERT INTO index_record_hash SELECT {_ID}, 'md5', md5(i::text)",
    f"INSERT INTO index_record_url SELECT {_ID}, 's3://gen3-data-' || i % 9 || '/' || md5(i::text)"
    " || '/sample_' || i || '.bam'",
    f"INSERT INTO index_record_authz SELECT {_ID}, '/programs/p' || i % 20 || '/projects/q' || i % 200",
    f"INSERT INTO node_file SELECT {_ID}, ARRAY['open'], jsonb_build_object('group', i % 17),"
    " jsonb_build_object('submitter_id', 'file-' || i, 'md5sum', md5(i::text), 'state', 'validated',"
    " 'data_format', (ARRAY['BAM','CRAM','VCF','FASTQ'])[1 + i % 4],"
    " 'file_size', (i::bigint * 7919) % 100000000000,"
    " 'project_id', 'p' || i % 20 || '-q' || i % 200, 'experimental_strategy', 'WGS')",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A database that was made, and what is in it."""

    name: str
    rows: int


def make_gen3(server: Server, name: str, megabytes: int) -> Sample:
    """Indexd's tables and a graph node with JSONB: that many MB as COPY writes them, keys and indexes too."""
    records = megabytes * _RECORDS_A_MEGABYTE
    filling = [f"{statement} FROM generate_series(1, {records:d}) i" for statement in _FILLING]
    return _make(server, name, [_GEN3, *filling])


def make_tables(server: Server, name: str, number: int) -> Sample:
    """Many tables of 100 rows."""
    columns = "AS SELECT i AS id, md5(i::text) AS text FROM generate_series(1, 100) i"
    return _make(server, name, [f"CREATE TABLE t{index} {columns}" for index in range(number)])


def make_large_objects(server: Server, name: str, number: int) -> Sample:
    """That many large objects of about 100 kB, that hardly compress."""
    text = "string_agg(sha256((i || ' ' || n)::bytea), ''::bytea)"
    counting = f"generate_series(1, {number:d}) i, generate_series(1, 3200) n"
    making = f"SELECT lo_from_bytea(0, {text}) FROM {counting} GROUP BY i"
    return _make(server, name, ["CREATE TABLE one AS SELECT 1 AS n", making])


def contents_of(server: Server, name: str) -> dict[str, tuple[int, str]]:
    """Rows and a hash of the rows, whatever their order, of every table by its name, and of large objects."""
    found: dict[str, tuple[int, str]] = {}
    with open_connection(server, name) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            found[table] = _sum(
                connection, sql.SQL("SELECT t::text AS t FROM {} t").format(sql.Identifier(table))
            )
        objects = sql.SQL("SELECT oid || ' ' || md5(lo_get(oid)) AS t FROM pg_largeobject_metadata")
        found["large objects"] = _sum(connection, objects)
    return found


def _sum(connection: Any, rows: sql.Composed | sql.SQL) -> tuple[int, str]:
    total = sql.SQL("SELECT count(*), sum(hashtextextended(t, 0)::numeric)::text FROM ({}) AS all_rows")
    row = connection.execute(total.format(rows)).fetchone()
    return int(row[0]), str(row[1])


def _make(server: Server, name: str, statements: list[str]) -> Sample:
    with open_connection(server, "postgres") as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with open_connection(server, name) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        connection.execute("VACUUM (ANALYZE)")
    with open_connection(server, "postgres") as connection:
        connection.execute("CHECKPOINT")
    contents = contents_of(server, name)
    return Sample(name, sum(rows for table, (rows, _) in contents.items() if table != "large objects"))
