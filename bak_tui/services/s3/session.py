"""Whose credentials are used, and where they were found: boto3's chain, told in words.

The session is botocore's, which boto3's is made of, and its clients are the same. What boto3 lays over it
(resources, transfers of files) is not used here, and would cost every run 30 ms of processor and 3 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bak_tui.core.errors import UsageError
from bak_tui.core.profile import Target

if TYPE_CHECKING:
    from botocore.session import Session

_ORIGINS = {
    "explicit": "the keys given to bak",
    "env": "environment (AWS_ACCESS_KEY_ID)",
    "shared-credentials-file": "AWS credentials file, profile {profile}",
    "config-file": "AWS config file, profile {profile}",
    "assume-role": "role assumed by AWS profile {profile}",
    "assume-role-with-web-identity": "web identity role",
    "sso": "AWS SSO, profile {profile}",
    "login": "aws login, profile {profile}",
    "custom-process": "credential process of AWS profile {profile}",
    "container-role": "container role",
    "iam-role": "instance role",
    "ec2-credentials-file": "EC2 credentials file",
    "boto-config": "boto configuration file",
}


def open_session(target: Target) -> Session:
    """A session for the target's AWS profile. Reads files, makes no request.

    An explicit profile removes the environment from botocore's chain, so it wins over AWS_ACCESS_KEY_ID.
    """
    from botocore.exceptions import ConfigParseError, ProfileNotFound
    from botocore.session import Session

    from bak_tui.services.s3.parser import GuardedParsers

    session = Session(profile=target.aws_profile)
    session.register_component("response_parser_factory", GuardedParsers())
    try:
        session.get_scoped_config()
    except ProfileNotFound as error:
        # The profile may also come from AWS_PROFILE; botocore's own sentence names whichever it was.
        named = f"AWS profile {target.aws_profile}" if target.aws_profile else str(error)
        raise UsageError(
            f"{named} is not defined" if target.aws_profile else named,
            hint="look into ~/.aws/config and ~/.aws/credentials, or at AWS_PROFILE",
        ) from error
    except ConfigParseError as error:
        raise UsageError(str(error), hint="mend it, or name another with AWS_CONFIG_FILE") from error
    return session


def credentials_origin(session: Session, target: Target) -> str:
    """Where the credentials come from, in words and without any of them."""
    if target.is_anonymous:
        return "none (anonymous)"
    if target.access_key is not None:
        return _ORIGINS["explicit"]
    found = session.get_credentials()
    if found is None:
        return "nothing found"
    return _ORIGINS.get(found.method, found.method).format(profile=session.profile or "default")
