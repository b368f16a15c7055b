"""Values and rules: no I/O, no threads, nothing that knows PostgreSQL's or S3's libraries."""
