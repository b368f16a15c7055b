"""Dumps between a folder and a bucket, as they are."""
