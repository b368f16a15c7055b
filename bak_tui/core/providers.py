"""S3 providers by name: what of a bucket's address is the same for all their customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bak_tui.core.profile import Addressing


@dataclass(frozen=True, slots=True)
class Provider:
    """A preset: it fills what it knows, and shows how the rest looks."""

    name: str
    example: str
    """How its endpoints look; for one that needs none, why."""
    endpoint: str = ""
    """The one endpoint everybody uses."""
    region: str = ""
    region_example: str = ""
    addressing: Addressing = Addressing.AUTO
    domain: str = ""
    """What the host of its endpoints ends with, where that tells it apart."""
    wants_equal_parts: bool = False
    """All parts of an upload but the last (developers.cloudflare.com/r2/objects/multipart-objects)."""


OTHER = Provider("other", "https://s3.example.org")
PROVIDERS = (
    Provider("AWS", "none: found by the region", region_example="us-east-1", domain="amazonaws.com"),
    Provider("MinIO", "https://minio.example.org:9000", addressing=Addressing.PATH),
    Provider("Ceph", "https://rgw.example.org", addressing=Addressing.PATH),
    Provider(
        "R2",
        "https://ACCOUNT.r2.cloudflarestorage.com",
        region="auto",
        domain="r2.cloudflarestorage.com",
        wants_equal_parts=True,
    ),
    Provider(
        "B2",
        "https://s3.REGION.backblazeb2.com",
        region_example="us-west-004",
        domain="backblazeb2.com",
    ),
    Provider(
        "GCS",
        "https://storage.googleapis.com",
        endpoint="https://storage.googleapis.com",
        region="auto",
        domain="storage.googleapis.com",
    ),
    OTHER,
)


def provider_named(name: str) -> Provider:
    """The preset of that name, else `other`."""
    return next((provider for provider in PROVIDERS if provider.name == name), OTHER)


def provider_of(endpoint: str) -> Provider:
    """Whose endpoint it is, as far as its host tells: MinIO and Ceph live anywhere."""
    if not endpoint:
        return PROVIDERS[0]
    try:
        host = urlsplit(endpoint).hostname or ""
    except ValueError:
        return OTHER
    for provider in PROVIDERS:
        if provider.domain and (host == provider.domain or host.endswith(f".{provider.domain}")):
            return provider
    return OTHER


_PRODUCTS = (
    ("ceph", "Ceph RGW"),
    ("minio", "MinIO"),
    ("seaweedfs", "SeaweedFS"),
    ("garage", "Garage"),
)
"""What the `Server` header of an answer begins with, and how its maker calls it. `AmazonS3` tells nothing:
others say it too."""


def product_of(endpoint: str, headers: Mapping[str, str]) -> str:
    """Whose S3 answered, by its host, else by what it says of itself; empty when nothing tells.

    Old Ceph gateways name no server, but number their requests `tx000…`.
    """
    by_host = provider_of(endpoint)
    if endpoint and by_host is not OTHER:
        return by_host.name
    server = headers.get("server", "").casefold()
    if headers.get("x-amz-request-id", "").startswith("tx000"):
        return "Ceph RGW"
    return next((name for begins, name in _PRODUCTS if server.startswith(begins)), "")
