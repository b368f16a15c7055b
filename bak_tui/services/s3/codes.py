"""The table: what S3 servers and botocore call a failure, and what we call it and say of it.

Codes: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what MinIO, Ceph and rclone add.
A HEAD has no body, so its code is the bare status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of failure is told. `{detail}`, `{region}` … are filled in by `translate`."""

    reason: str
    hint: str = ""
    is_transient: bool = False
    """Whether the same request may well succeed a moment later."""


WORDINGS: Mapping[str, Wording] = MappingProxyType(
    {
        "unreachable": Wording("nothing answers there{detail}", "check the endpoint and the network", True),
        "tls": Wording("no trusted TLS connection{detail}", "give the server's CA with --ca-bundle"),
        "interrupted": Wording("the connection broke{detail}", "try again", True),
        "stalled": Wording("the server fell silent{detail}", "try again, or look at the server", True),
        "server_error": Wording("the server failed{detail}", "try again, or look at the server", True),
        "slow_down": Wording(
            "the server asks to slow down{detail}",
            "try again later, or with less at once (--parallel, --jobs)",
            True,
        ),
        "damaged": Wording("the bytes were damaged on their way{detail}", "look at the network", True),
        "no_credentials": Wording(
            "no complete S3 credentials were found{detail}",
            "name an AWS profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a key",
        ),
        "bad_credentials": Wording(
            "the credentials are wrong{detail}", "check the access key, its secret and the region"
        ),
        "credentials_expired": Wording("the credentials have expired{detail}", "renew them and try again"),
        "access_denied": Wording("access denied{detail}", "ask for this permission on the bucket"),
        "clock_skew": Wording("the clocks differ{skew}{detail}", "set this machine's clock (NTP)"),
        "no_bucket": Wording("there is no such bucket{detail}", "check the bucket's name and the endpoint"),
        "bad_bucket_name": Wording(
            "that is no possible bucket name{detail}", "a bucket's name has 3 to 63 of a-z, 0-9, - and ."
        ),
        "bad_region": Wording("that is no possible region{detail}", "check the region"),
        "not_found": Wording("there is no such object", "it may have been deleted meanwhile"),
        "no_upload": Wording(
            "the server dropped the unfinished upload{detail}",
            "start again; some servers drop it after a damaged part, or clean up too early",
        ),
        "redirect": Wording("the bucket is in another region{region}{detail}", "give that region"),
        "changed": Wording("the object was replaced meanwhile", "start again with the new object"),
        "invalid_range": Wording("the object is shorter than it was{detail}", "start again"),
        "store_full": Wording("the store is full{detail}", "make room, or raise the quota"),
        "archived": Wording("the object lies in an archive tier{detail}", "bring it back from there first"),
        "not_implemented": Wording("this server cannot do that{detail}"),
        "sent_on": Wording("what answers there sends us on{detail}", "check the endpoint"),
        "not_s3": Wording(
            "what answers there does not speak S3{detail}",
            "check the endpoint: a web console often has another address than the S3 server",
        ),
        "refused": Wording("the server refused{detail}"),
        "store": Wording("{detail}"),
    }
)

NARROWER: Mapping[str, Wording] = MappingProxyType(
    {
        "SignatureDoesNotMatch": Wording(
            "the secret key does not fit the access key{detail}",
            "check the secret key; a proxy that changes the Host header does the same",
        ),
        "InvalidAccessKeyId": Wording(
            "the access key is not known there{detail}",
            "check the access key, and that it belongs to this endpoint",
        ),
    }
)
"""By the server's code, where it tells more than its kind."""

NO_REASON = "an S3 server gives a reason: check the endpoint, and a proxy or firewall before it"

PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "list the open uploads": "s3:ListBucketMultipartUploads",
        "list": "s3:ListBucket",
        "look at": "s3:GetObject and s3:ListBucket",
        "read": "s3:GetObject",
        "download": "s3:GetObject",
        "write": "s3:PutObject",
        "begin an upload": "s3:PutObject",
        "upload": "s3:PutObject",
        "finish": "s3:PutObject",
        "copy": "s3:PutObject",
        "abort": "s3:AbortMultipartUpload",
        "delete": "s3:DeleteObject",
    }
)
"""By how the action begins, the longer beginnings first. What AWS, MinIO and Ceph call it in a policy."""

_CODES_BY_KIND = {
    "access_denied": "AccessDenied AllAccessDisabled AccountProblem InvalidPayer Forbidden 401 403",
    "credentials_expired": "ExpiredToken ExpiredTokenException TokenRefreshRequired",
    "bad_credentials": (
        "InvalidAccessKeyId SignatureDoesNotMatch InvalidToken InvalidSecurity NotSignedUp "
        "AuthorizationHeaderMalformed InvalidClientTokenId UnrecognizedClientException"
    ),
    "clock_skew": "RequestTimeTooSkewed RequestExpired",
    "no_bucket": "NoSuchBucket",
    "bad_bucket_name": "InvalidBucketName",
    "not_found": "NoSuchKey NoSuchVersion NotFound 404",
    "no_upload": "NoSuchUpload",
    "slow_down": (
        "SlowDown SlowDownRead SlowDownWrite Throttling ThrottlingException RequestLimitExceeded "
        "RequestThrottled TooManyRequests TooManyRequestsException BandwidthLimitExceeded 429"
    ),
    "server_error": (
        "InternalError InternalServerError InternalFailure ServiceUnavailable OperationAborted "
        "XMinioServerNotInitialized 500 502 503 504"
    ),
    "stalled": "RequestTimeout RequestTimeoutException 408",
    "damaged": "BadDigest IncompleteBody InvalidDigest XAmzContentSHA256Mismatch XAmzContentChecksumMismatch",
    "redirect": "PermanentRedirect TemporaryRedirect Redirect IllegalLocationConstraintException 301 302 307",
    "changed": "PreconditionFailed 412",
    "invalid_range": "InvalidRange 416",
    "store_full": "QuotaExceeded XMinioStorageFull InsufficientStorage 507",
    "archived": "InvalidObjectState",
    "not_implemented": "NotImplemented MethodNotAllowed 405 501",
}

KIND_BY_CODE: Mapping[str, str] = MappingProxyType(
    {code: kind for kind, codes in _CODES_BY_KIND.items() for code in codes.split()}
)

KIND_BY_EXCEPTION: Mapping[str, str] = MappingProxyType(
    {
        "SSLError": "tls",
        "EndpointConnectionError": "unreachable",
        "ConnectTimeoutError": "unreachable",
        "ProxyConnectionError": "unreachable",
        "ConnectionClosedError": "interrupted",
        "ResponseStreamingError": "interrupted",
        "IncompleteReadError": "interrupted",
        "ReadTimeoutError": "stalled",
        "HTTPClientError": "interrupted",
        "ConnectionError": "unreachable",
        "HTTPError": "interrupted",
        "NoCredentialsError": "no_credentials",
        "PartialCredentialsError": "no_credentials",
        "CredentialRetrievalError": "no_credentials",
        "NoAuthTokenError": "no_credentials",
        "RefreshWithMFAUnsupportedError": "no_credentials",
        "MetadataRetrievalError": "no_credentials",
        "TokenRetrievalError": "credentials_expired",
        "UnauthorizedSSOTokenError": "credentials_expired",
        "SSOTokenLoadError": "credentials_expired",
        "LoginError": "credentials_expired",
        "InvalidRegionError": "bad_region",
        "ParamValidationError": "bad_bucket_name",
        "InvalidDNSNameError": "bad_bucket_name",
        "ResponseParserError": "not_s3",
    }
)
"""By class name, looked up along the exception's ancestry, so that nothing has to be imported."""
