"""Stored profiles: opened with their secrets, tried out, made from what other programs know."""
