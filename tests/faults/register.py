"""The faults that bak-tui promises to survive, by number: what happens, and what must come of it.

A test that injects one bears its number: `@pytest.mark.fault("R05")`. The numbers are stable; a new fault
takes the next one. `reporting.py` counts which were survived.
"""

from __future__ import annotations

FAULTS = {
    "R01": "pg_dump is killed half-way",
    "R02": "the server crashes in the middle of a dump",
    "R03": "the connection to the server is reset in the middle of a COPY",
    "R04": "the connection to the server falls silent in the middle of a COPY",
    "R05": "somebody keeps a table locked",
    "R06": "pg_dump ends well and has written nothing",
    "R07": "pg_dump writes a complete archive and fails",
    "R08": "the server is newer than every pg_dump",
    "R09": "the role may not read a table, or is shown some of its rows only",
    "R10": "a part is reset once",
    "R11": "a part is told to slow down seven times",
    "R12": "a part fails for ever",
    "R13": "the completion says 200 and means an error, once and for ever",
    "R14": "a part stalls",
    "R15": "the store takes 300 kB a second",
    "R16": "the credentials expire half-way and may not abort either",
    "R17": "the clocks differ by twenty minutes",
    "R18": "the bucket is missing, may not be written to, or is spoken to in the wrong scheme",
    "R19": "the dump is stored and its manifest is not",
    "R20": "two processes back up one database in the same second",
    "R21": "bak is killed (-9) in the middle of an upload",
    "R22": "SIGTERM in the middle of an upload",
    "R23": "the terminal is closed under a running backup",
    "R24": "ctrl-C once and twice; the quit key while a job runs",
    "R25": "the disk is full",
    "R26": "an archive in the bucket is one byte short",
    "R27": "one bit of an archive without checksums of its own is flipped",
    "R28": "a download breaks at 30 % and at 70 %",
    "R29": "pg_restore is killed half-way; the server crashes half-way",
    "R30": "the target's disk is full",
    "R31": "a role and an extension are missing",
    "R32": "the archive is newer than pg_restore",
    "R33": "files that are no archive, or the beginning of one",
    "R34": "the wrong name at the confirmation, and none without a terminal",
    "R35": "a restore is cancelled half-way",
    "R36": "a database whose name is a connection string",
    "R37": "databases with hostile names go there and back",
    "R38": "secrets in passwords, addresses, presigned URLs, at DEBUG, in refusals",
    "R39": "keys that lead out of the folder, do not fit or cannot be shown",
    "R40": "markup in every foreign text, on every screen",
    "R41": "terminal escapes in names, keys and messages of pg_dump and the store",
    "R42": "an open umask; a profile file and a password file that all may read",
    "R43": "a script that runs commands; an archive with a hostile function",
    "R44": "certificates nobody vouches for; plain http to another host",
    "R45": "heavy writes during a backup",
    "R46": "a database whose search path leads to functions of its owner",
    "R47": "a store whose answers lack quotes, lengths, checksums or metadata, or have weak ETags",
    "R48": "every request of every operation is slowed down or cut off a few times",
    "R49": "a store that sends on to another region or host",
    "R50": "a completion that sends blanks for long, then an error; answers lost after the work was done",
    "R51": "a listing without an end",
    "R52": "the store's name cannot be resolved for a while",
}

NOT_YET: dict[str, str] = {}
"""Those that no test injects yet, or not wholly, and why. They count as not survived."""
