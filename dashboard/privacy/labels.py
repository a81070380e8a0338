"""What the pages about keeping call the store's values."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.privacy import DestructionKind, Kind
from dashboard.web.texts import N_

KEPT: Mapping[str, str] = {
    Kind.TICKETS: N_("Tickets"),
    Kind.RECORDINGS: N_("Recordings"),
    Kind.TRANSCRIPTS: N_("Transcripts"),
    Kind.EVIDENCE: N_("Evidence"),
    Kind.CALLS: N_("Numbers and events of calls"),
    Kind.ACCESS_LOG: N_("Access log"),
    Kind.REJECTED: N_("Writes that turned out impossible"),
    Kind.JOBS: N_("Durable work that is done"),
}

# From when its days are counted.
COUNTED_FROM: Mapping[str, str] = {
    Kind.TICKETS: N_("the closing of the ticket"),
    Kind.RECORDINGS: N_("the end of the call"),
    Kind.TRANSCRIPTS: N_("the end of the call"),
    Kind.EVIDENCE: N_("the closing of the ticket"),
    Kind.CALLS: N_("the end of the call"),
    Kind.ACCESS_LOG: N_("the look"),
    Kind.REJECTED: N_("the last write"),
    Kind.JOBS: N_("its end"),
}

# What a destruction counts.
GONE: Mapping[str, str] = {
    **KEPT,
    "directory": N_("Entries of the directory"),
    "rows": N_("Rows sealed anew"),
    "files": N_("Files sealed anew"),
    "broken": N_("Files that no key opens"),
}

BY_CLASS = frozenset({Kind.TICKETS, Kind.RECORDINGS, Kind.TRANSCRIPTS, Kind.EVIDENCE})

DESTRUCTIONS: Mapping[str, str] = {
    DestructionKind.PURGE: N_("Purge of what is past its time"),
    DestructionKind.OWNER: N_("Data of an owner"),
    DestructionKind.KEY: N_("Replaced encryption key"),
}
