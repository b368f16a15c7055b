"""Both servers of the demo together, in one folder."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from bak_tui.core.profile import Server, Target
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.s3 import REGION, EmbeddedS3
from bak_tui.services.throwaway.folder import ThrowawayFolder

BUCKET = "backups"


class Embedded:
    """A running PostgreSQL, a running S3 server, and an empty bucket.

    >>> with Embedded.start() as servers:
    ...     subprocess.run(command, env=os.environ | servers.environment())
    """

    def __init__(self, folder: Path, postgres: EmbeddedPostgres, s3: EmbeddedS3, target: Target) -> None:
        self.folder = folder
        """Everything of theirs is in it."""
        self.postgres = postgres
        self.s3 = s3
        self.target = target
        """The bucket `BUCKET`."""
        self._resources = ExitStack()

    @classmethod
    def start(cls, *, bindir: Path | None = None, folder: ThrowawayFolder | None = None) -> Embedded:
        """Start both (2 to 3 seconds) in `folder`, else in one of their own.

        PostgreSQL from `bindir` when it is given.
        """
        with ExitStack() as resources:
            folder = folder or resources.enter_context(ThrowawayFolder.create())
            s3 = resources.enter_context(EmbeddedS3.start(folder=folder))
            postgres = resources.enter_context(EmbeddedPostgres.start(folder=folder, bindir=bindir))
            servers = cls(folder.path, postgres, s3, s3.create_bucket(BUCKET))
            servers._resources = resources.pop_all()
        return servers

    @property
    def server(self) -> Server:
        return self.postgres.server

    def environment(self) -> dict[str, str]:
        """What a child needs to reach both, with the secrets in the clear."""
        return {
            "PGHOST": self.postgres.host,
            "PGPORT": str(self.postgres.port),
            "PGUSER": self.postgres.user,
            "PGPASSWORD": self.postgres.password.reveal(),
            "AWS_ACCESS_KEY_ID": self.s3.access_key,
            "AWS_SECRET_ACCESS_KEY": self.s3.secret_key.reveal(),
            "AWS_ENDPOINT_URL_S3": self.s3.endpoint,
            "AWS_REGION": REGION,
            "BAK_BUCKET": self.target.bucket,
            "BAK_PG_BINDIR": str(self.postgres.bindir),
        }

    def close(self) -> None:
        """Stop both and remove everything."""
        self._resources.close()

    def __enter__(self) -> Embedded:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
