"""Everything the project does with S3, on boto3, and nothing that knows PostgreSQL.

`Bucket` is the one thing others hold. Synchronous; never prints, never asks; raises only the project's
errors. Importing this package does not load boto3 (half a second): the modules do so where they use it.

    bucket ── upload ── source, crew ── multipart ─┐        parts of a stream, sent in order
           ├─ upload ── finish, proof, undo ───────┤        complete, look, or take back
           ├─ download ── ranges, fetch, partial ──┼─ connection ── access, client, session    one request
           └─ listing, delete ─────────────────────┘         │   └─ translate, codes   its failure
                                                             └─ listing_xml            what a listing says
"""

from bak_tui.services.s3.access import Accesses
from bak_tui.services.s3.bucket import Bucket
from bak_tui.services.s3.options import S3Options
from bak_tui.services.s3.source import Readable

__all__ = ["Accesses", "Bucket", "Readable", "S3Options"]
