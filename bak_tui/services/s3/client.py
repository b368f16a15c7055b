"""The S3 client of boto3 and botocore, with everything undone that servers other than AWS trip over.

* No CRC checksums: boto3 >= 1.36 sends them by default, many servers refuse them. Where AWS demands one
  (DeleteObjects) Content-MD5 is sent instead, which every S3 server has known from the start.
* No `Expect: 100-continue`: a server that ignores it costs up to a second a part.
* No retries inside botocore: its pauses cannot be cancelled and it tells nobody. `connection.py` has ours.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from bak_tui.core.addresses import leaves_in_clear
from bak_tui.core.errors import UsageError
from bak_tui.core.profile import Addressing, Target
from bak_tui.services.s3.body import GuardedBody
from bak_tui.services.s3.listing_xml import read_listings
from bak_tui.services.s3.options import S3Options

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session
    from mypy_boto3_s3 import S3Client

_DEFAULT_REGION = "us-east-1"
"""What every S3 server other than AWS expects when nobody says otherwise."""

_SPARE_CONNECTIONS = 12
"""Several jobs, and the panes, may have the same client."""


def create_client(session: Session, target: Target, options: S3Options) -> S3Client:
    """A thread-safe client for the target. May ask the credential chain, makes no S3 request."""
    from botocore.exceptions import InvalidRegionError

    from bak_tui.services.s3.answers import hold_to_bounds
    from bak_tui.services.s3.signing import sign_with_known_hashes

    _quieten_loggers()
    try:
        made = session.create_client(
            "s3",
            endpoint_url=target.endpoint,
            region_name=target.region or session.get_config_variable("region") or _DEFAULT_REGION,
            config=_config(target, options),
            verify=_verification(target),
            aws_access_key_id=target.access_key,
            aws_secret_access_key=target.secret_key.reveal() if target.secret_key else None,
            aws_session_token=target.session_token.reveal() if target.session_token else None,
        )
    except InvalidRegionError as error:
        raise UsageError(
            f"{target.region or 'the region'} is no possible region",
            hint="a region looks like eu-west-3; most servers other than AWS take us-east-1",
        ) from error
    except ValueError as error:  # botocore says so of an endpoint that is no URL
        raise UsageError(
            f"{target.endpoint or 'the S3 endpoint'} is not a usable endpoint: {error}",
            hint="an endpoint looks like https://s3.example.com",
        ) from error
    client = cast("S3Client", made)  # what botocore-stubs do not know
    _refuse_plain_http(client.meta.endpoint_url, target)
    _register_quirks(client)
    sign_with_known_hashes(client)
    read_listings(client)
    hold_to_bounds(client)
    if not target.verifies_tls:
        _silence_tls_warning(client.meta.endpoint_url)
    return client


def _refuse_plain_http(endpoint: str, target: Target) -> None:
    """By the endpoint in use: AWS_ENDPOINT_URL_S3 or an AWS profile may have named it."""
    if leaves_in_clear(endpoint) and not target.allows_plain_http:
        raise UsageError(
            f"{endpoint} is plain http to another host: who is in between could read every dump",
            hint="use https://; on a network you trust say --plain-http, or plain_http = true in the profile",
            kind="plain_http",
        )


def _config(target: Target, options: S3Options) -> Config:
    from botocore import UNSIGNED
    from botocore.config import Config

    addressing: Any = (
        {} if target.addressing is Addressing.AUTO else {"addressing_style": target.addressing.value}
    )
    return Config(
        signature_version=UNSIGNED if target.is_anonymous else "s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=options.connect_timeout,
        read_timeout=options.read_timeout,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=2 * options.workers + _SPARE_CONNECTIONS,
        tcp_keepalive=True,
        s3=addressing,
    )


def _verification(target: Target) -> str | bool | None:
    """None leaves AWS_CA_BUNDLE and the AWS profile's `ca_bundle` in force."""
    if not target.verifies_tls:
        return False
    if target.ca_bundle is not None and not Path(target.ca_bundle).is_file():
        raise UsageError(f"the CA bundle {target.ca_bundle} is not a file")
    return target.ca_bundle


def _register_quirks(client: S3Client) -> None:
    from botocore.handlers import add_expect_header

    client.meta.events.unregister("before-call.s3", add_expect_header)
    client.meta.events.register("before-call.s3.DeleteObjects", _content_md5_instead_of_crc)
    client.meta.events.register("before-send.s3", _begin_sending)
    client.meta.events.register_first("needs-retry.s3.HeadBucket", _ask_for_the_region_once)


def _ask_for_the_region_once(request_dict: dict[str, Any], response: Any, **_: object) -> None:
    """botocore answers a redirect without a region with HEAD bucket: for ever, where that is one as well."""
    if response is not None and "x-amz-bucket-region" not in response[1]["ResponseMetadata"]["HTTPHeaders"]:
        request_dict["context"].setdefault("s3_redirect", {})["redirected"] = True


def _begin_sending(request: Any, **_: object) -> None:
    """The last event before the socket: until then a body is only read to be signed."""
    if isinstance(request.body, GuardedBody):
        request.body.begin_sending()


def _content_md5_instead_of_crc(params: dict[str, Any], **_: object) -> None:
    """Old MinIO and Ceph answer MissingContentMD5 to botocore's CRC32."""
    params["context"].pop("checksum", None)
    headers = params["headers"]
    for name in [name for name in headers if name.lower().startswith(("x-amz-checksum-", "x-amz-sdk-"))]:
        del headers[name]
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    headers["Content-MD5"] = base64.b64encode(digest).decode()


def _quieten_loggers() -> None:
    """At DEBUG these print session tokens, whatever the level of the root logger."""
    for name in ("boto3", "botocore", "urllib3", "s3transfer"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


def _silence_tls_warning(endpoint: str) -> None:
    """The user switched verification off and the screens say so; only this host's warning is dropped."""
    from urllib3.exceptions import InsecureRequestWarning

    host = re.escape(urlsplit(endpoint).hostname or "")
    warnings.filterwarnings("ignore", f".*'{host}'", InsecureRequestWarning)
