"""A run that fails and may not take back what it began: it fails loudly, lists nothing, and what it leaves is
told by `doctor` and removed by `doctor --clean` as soon as the credentials are good again. R16 and R19."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bak_tui.services.s3 import Bucket
from tests.cli.conftest import Site
from tests.cli.test_killed import left, open_uploads
from tests.faults.s3_proxy import FOR_EVER, Fault, Refuse, S3Proxy
from tests.samples import fill, fill_bytes
from tests.servers.fixtures import MakeDatabase

BACKUP = ["backup", "--compress", "none", "--part-size", "5MiB"]
DENIED = Refuse(403, "AccessDenied")


@pytest.fixture
def proxy(embedded: Site) -> Iterator[S3Proxy]:
    """Between `bak` and the bucket."""
    with S3Proxy(str(embedded.target.endpoint)) as proxy:
        embedded.bak.variables["AWS_ENDPOINT_URL_S3"] = proxy.url
        yield proxy
    assert not proxy.surprises


def keys(site: Site) -> list[str]:
    return [stored.key for page in Bucket.open(site.target).pages("") for stored in page.objects]


def assert_listed_nowhere(site: Site) -> None:
    """Neither as a dump, nor as done in the history."""
    assert site.bak("dumps", "--json").document["dumps"] == []
    (job,) = site.bak("jobs", "--json").document["jobs"]
    assert job["state"] == "FAILED"


def assert_cleaned_and_done_again(site: Site, name: str) -> None:
    cleaned = site.bak("doctor", "--clean", "--yes")
    assert cleaned.code == 0, cleaned.err
    assert left(site) == []
    assert (keys(site), open_uploads(site)) == ([], 0)
    assert site.bak("backup", "--database", name).code == 0
    assert left(site) == []


def test_credentials_that_expire_and_may_not_abort_fail_with_the_truth_and_the_upload_is_removed_later(
    embedded: Site, make_database: MakeDatabase, proxy: S3Proxy
) -> None:
    name = make_database()
    fill_bytes(embedded.server, name, 12)
    proxy.fault("UploadPart", Refuse(400, "ExpiredToken"), part=2, times=FOR_EVER)
    proxy.fault("AbortMultipartUpload", DENIED, nth=2, times=FOR_EVER)  # the first one is the preflight's
    failed = embedded.bak(*BACKUP, "--database", name, "--json")
    assert failed.code == 5
    (outcome,) = failed.document["outcomes"]
    assert outcome["error"]["kind"] == "credentials_expired"
    assert "an unfinished upload may remain under" in outcome["error"]["left"]
    assert proxy.count("AbortMultipartUpload") >= 2
    proxy.heal()
    assert_listed_nowhere(embedded)
    assert left(embedded) == ["open upload"]
    assert_cleaned_and_done_again(embedded, name)


def test_a_preflight_that_may_not_abort_tells_what_it_has_begun(
    embedded: Site, make_database: MakeDatabase, proxy: S3Proxy
) -> None:
    name = make_database()
    proxy.fault("AbortMultipartUpload", DENIED, times=FOR_EVER)
    assert embedded.bak(*BACKUP, "--database", name).code == 5
    assert proxy.count("UploadPart") == proxy.count("PutObject") == 0
    proxy.heal()
    assert_listed_nowhere(embedded)
    assert left(embedded) == ["open upload"]
    assert_cleaned_and_done_again(embedded, name)


@pytest.mark.parametrize(
    ("deletes", "remains"),
    [(None, []), (DENIED, ["dump without its manifest"])],
    ids=["may delete", "may not delete"],
)
def test_a_manifest_that_is_never_taken_is_no_backup(
    embedded: Site,
    make_database: MakeDatabase,
    proxy: S3Proxy,
    deletes: Fault | None,
    remains: list[str],
) -> None:
    name = make_database()
    fill(embedded.server, name)
    proxy.fault("PutObject", Refuse(507, "InsufficientStorage"), key="manifest.json", times=FOR_EVER)
    if deletes:
        proxy.fault("DeleteObject", deletes, times=FOR_EVER)
        proxy.fault("DeleteObjects", deletes, times=FOR_EVER)
    failed = embedded.bak(*BACKUP, "--database", name)
    assert failed.code == 5, failed.err
    assert ("a dump without a manifest is left" in failed.err) == bool(deletes)
    proxy.heal()
    assert bool(keys(embedded)) == bool(deletes)
    assert not [dump for dump in embedded.bak("dumps", "--json").document["dumps"] if dump["verified"]]
    assert left(embedded) == remains
    assert_cleaned_and_done_again(embedded, name)
