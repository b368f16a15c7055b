"""PostgreSQL to a bucket or a folder: runs of dumps, each checked, and committed by its manifest."""
