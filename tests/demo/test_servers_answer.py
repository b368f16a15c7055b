"""The embedded servers start and answer."""

from __future__ import annotations

import psycopg

from bak_tui.demo.embedded import Embedded


def test_x(make_database, embedded_postgres, bucket_target):
    print(make_database('we"ird; --'), bucket_target)
