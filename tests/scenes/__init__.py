"""Named pictures of the program on seeded data: `python -m tests.scenes` draws them all.

The data is that of the mock-ups, invented but typed: a PostgreSQL and a bucket that answer from lists, jobs
that stand still, and a clock at 2026-11-23 14:06:12 UTC. Scenes draw; they are no test of behaviour.
"""
