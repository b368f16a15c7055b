"""A secret that something is wrong with is not told to anybody. Fault R38."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.cli.conftest import Site, embedded

__all__ = ["embedded"]

CANARY = "CaNaRy7hIdDeN"
CASES: dict[str, tuple[Sequence[str], Mapping[str, str], int]] = {
    "wrong password": (["backup"], {"PGPASSWORD": CANARY}, 4),
    "bad URI": (["ls", "--host", f"postgresql://me:{CANARY}%zz@127.0.0.1:1/"], {}, 2),
    "bad URI's query": (["ls", "--host", f"postgresql://me@h/?password={CANARY}%zz"], {}, 2),
    "unreachable URI": (["ls", "--host", f"postgresql://me:{CANARY}@127.0.0.1:1/d"], {}, 4),
    "refused by S3": (["dumps"], {"AWS_SECRET_ACCESS_KEY": CANARY}, 5),
    "refused session": (["dumps"], {"AWS_SESSION_TOKEN": CANARY, "AWS_ACCESS_KEY_ID": "nobody"}, 5),
    "endpoint with a user": (["dumps", "--endpoint", f"http://me:{CANARY}@127.0.0.1:1"], {}, 5),
    "presigned URL": (["dumps", "--endpoint", f"http://127.0.0.1:1/b/k?X-Amz-Signature={CANARY}"], {}, 5),
    "presigned URL as a key": (["show", f"http://127.0.0.1:1/b/k?X-Amz-Signature={CANARY}"], {}, 5),
}


@pytest.mark.fault("R38")
@pytest.mark.parametrize("case", CASES)
def test_a_secret_that_something_is_wrong_with_is_told_to_nobody(embedded: Site, case: str) -> None:
    argv, variables, code = CASES[case]
    done = embedded.bak("-v", *argv, "--json", **variables)
    assert done.code == code, done.err
    kept = [file.read_bytes() for file in embedded.bak.home.rglob("*") if file.is_file()]
    for said in (done.out.encode(), done.err.encode(), *kept):
        assert CANARY.encode() not in said
