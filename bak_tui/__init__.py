"""Back up PostgreSQL to S3-compatible storage, and get it back, from a terminal."""

__version__ = "0.1.0"
