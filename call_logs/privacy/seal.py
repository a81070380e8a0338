"""One ticket as a sealed file for a dispute: all that is known of it, a list of its parts with
their SHA-256, and a signature of the list.

The signature is Ed25519 (RFC 8032), by a key that the installation makes at the first seal and
keeps, encrypted, in its database. It proves that the parts are as they were when the list was
signed; that the list came from this installation, whoever knows its fingerprint
(`hotline tickets verify`, on the machine). The time is that of the machine's clock.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from call_logs.calls.call import CallFilter, CallRecord
from call_logs.calls.store import Calls
from call_logs.casework.evidence_store import EvidenceStore
from call_logs.casework.link_store import TicketLinkStore
from call_logs.casework.record_store import CaseRecords
from call_logs.dispatches.store import DispatchStore
from call_logs.privacy.parts import Parts, as_json
from call_logs.recordings.store import Recordings
from call_logs.recordings.transcripts import Transcripts
from call_logs.storage.database import Database
from call_logs.storage.errors import StoreError
from call_logs.storage.rows import PROOF, SettingRow
from call_logs.tickets.rows import locked_row, write_history
from call_logs.tickets.store import Tickets
from call_logs.users.access import AccessLog
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission
from call_logs.viewing.viewer import Part, kept_circle, shown_parts

__all__ = ["SealProblem", "Sealing", "Verdict", "fingerprint", "verify"]

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
FORMAT = "hotline-sealed-ticket-1"
SEALED = "sealed"
_SETTING = "signing key"
_ACCESS_ROWS = 100_000


class SealProblem(StoreError):
    """The file is no sealed ticket."""


@dataclass(frozen=True)
class Verdict:
    """What a sealed file is worth. `changed` names each part that is not as it was sealed, is
    missing, or was added."""

    ticket: str
    made_at: str
    made_by: str
    fingerprint: str  # of the key that signed
    signed: bool  # the list is as it was signed
    changed: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return self.signed and not self.changed


class Sealing:
    """Everything of a ticket, into one file."""

    def __init__(
        self,
        database: Database,
        *,
        tickets: Tickets,
        calls: Calls,
        recordings: Recordings,
        transcripts: Transcripts,
        records: CaseRecords,
        evidence: EvidenceStore,
        dispatches: DispatchStore,
        links: TicketLinkStore,
        access: AccessLog,
    ) -> None:
        self._database = database
        self._tickets = tickets
        self._calls = calls
        self._recordings = recordings
        self._transcripts = transcripts
        self._records = records
        self._evidence = evidence
        self._dispatches = dispatches
        self._links = links
        self._access = access

    async def seal(
        self, ticket_id: int, actor: Actor, path: Path, *, reason: str = "", source: str = ""
    ) -> str:
        """Write the sealed file of a ticket to `path`; returns the digest of its list, which the
        ticket's history keeps: whoever holds both can show that the file is that one.

        Raises:
            NotAllowed, NotFound, StoreBusy.
            OSError: the disk takes no more.
        """
        actor.check(Permission.EXPORT)
        ticket = await self._tickets.get(ticket_id)
        await self._access.add(actor.name, SEALED, "ticket", ticket_id, source=source)
        key = await self._key()
        with Parts(path) as parts:
            await self._add_all(parts, ticket_id, actor)
            made_at = self._database.clock.now()
            manifest = as_json(
                {
                    "format": FORMAT,
                    "ticket": ticket.number,
                    "made_at": made_at,
                    "made_by": actor.name,
                    "reason": reason,
                    "kept_back": sorted(
                        set(Part)
                        - shown_parts(anonymous=ticket.anonymous, circle=kept_circle(ticket.circle))
                    ),  # from whoever sealed it: then it is not whole
                    "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
                    "parts": parts.listed,
                }
            )
            parts.add_bytes(MANIFEST, manifest)
            parts.add_bytes(SIGNATURE, base64.b64encode(key.sign(manifest)))
        digest = hashlib.sha256(manifest).hexdigest()
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, None)
            changes = {SEALED: (None, digest)}
            await write_history(session, row, actor.name, SEALED, changes=changes, note=reason)
        return digest

    async def fingerprint(self) -> str:
        """Of the key with which this installation signs."""
        return fingerprint((await self._key()).public_key().public_bytes_raw())

    async def _add_all(self, parts: Parts, ticket_id: int, actor: Actor) -> None:
        await parts.add("ticket.json", await self._tickets.get(ticket_id))
        await parts.add("history.json", await self._tickets.history(ticket_id))
        await parts.add("links.json", await self._links.of(ticket_id))
        records = [
            {"record": each, "versions": await self._records.versions(ticket_id, each.id, actor)}
            for each in await self._records.of_ticket(ticket_id, actor)
        ]
        await parts.add("records.json", records)
        searches = await self._dispatches.for_ticket(ticket_id)
        await parts.add(
            "searches.json",
            [
                {
                    "search": {"id": each.id, "status": each.status, "opened_at": each.opened_at},
                    "attempts": await self._dispatches.attempts(each.id),
                    "timeline": await self._dispatches.timeline(each.id),
                }
                for each in searches
            ],
        )
        looked = await self._access.list(subject="ticket", key=ticket_id, limit=_ACCESS_ROWS)
        await parts.add("access.json", looked.items)
        for call in await self._calls_of(ticket_id):
            await parts.add(
                f"calls/{call.id}.json",
                {
                    "call": call,
                    "events": await self._calls.events(call.id),
                    "recordings": await self._recordings.for_call(call.id),
                    "transcripts": await self._transcripts.for_call(call.id),
                },
            )
            sound = await self._recordings.for_call(call.id)
            await parts.add_sound(self._recordings, [each.id for each in sound])
        evidence = await self._evidence.of_ticket(ticket_id, actor)
        await parts.add("evidence.json", evidence)
        await parts.add_evidence(self._evidence, evidence, actor)

    async def _calls_of(self, ticket_id: int) -> list[CallRecord]:
        """Oldest first."""
        found: list[CallRecord] = []
        wanted = CallFilter(ticket_id=ticket_id)
        while True:
            page = await self._calls.list(wanted)
            found += page.items
            if page.next_cursor is None:
                return found[::-1]
            wanted = replace(wanted, before=page.next_cursor)

    async def _key(self) -> Ed25519PrivateKey:
        """Made at the first seal; two that come at once get one."""
        async with self._database.reading() as session:
            row = await session.get(SettingRow, _SETTING)
        if row is None:
            new = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
            async with self._database.session() as session:
                await session.get(SettingRow, PROOF, with_for_update=True)  # one after the other
                row = await session.get(SettingRow, _SETTING)
                if row is None:
                    row = SettingRow(name=_SETTING, value=new)
                    session.add(row)
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(row.value))


def fingerprint(public_key: bytes) -> str:
    """As people compare it: eight groups of four hex digits."""
    digits = hashlib.sha256(public_key).hexdigest()[:32]
    return " ".join(digits[start : start + 4] for start in range(0, 32, 4))


def verify(path: Path) -> Verdict:
    """What has become of a sealed file. Blocking.

    Raises:
        SealProblem: it is none, or its list cannot be read.
    """
    try:
        with ZipFile(path) as file:
            manifest, signature = file.read(MANIFEST), file.read(SIGNATURE)
            said = json.loads(manifest)
            if said["format"] != FORMAT:
                raise SealProblem(f"{path} is of a format that this program does not know")
            key = base64.b64decode(said["public_key"])
            return Verdict(
                ticket=str(said["ticket"]),
                made_at=str(datetime.fromisoformat(said["made_at"])),
                made_by=str(said["made_by"]),
                fingerprint=fingerprint(key),
                signed=_signed(key, manifest, signature),
                changed=tuple(_changed(file, said["parts"])),
            )
    except FileNotFoundError as error:
        raise SealProblem(f"there is no file {path}") from error
    except (OSError, BadZipFile, ValueError, LookupError, TypeError) as error:
        raise SealProblem(
            f"{path} is no sealed ticket, or was damaged beyond reading ({type(error).__name__})"
        ) from error


def _signed(key: bytes, manifest: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(signature), manifest)
    except (InvalidSignature, ValueError):
        return False
    return True


def _changed(file: ZipFile, parts: list[Mapping[str, Any]]) -> Iterator[str]:
    known = {str(part["name"]): str(part["sha256"]) for part in parts}
    names = [each.filename for each in file.infolist()]
    for name, digest in known.items():
        if name not in names:
            yield f"{name}: missing"
        elif _digest(file, name) != digest:
            yield f"{name}: changed"
    for name in names:
        if names.count(name) > 1:
            yield f"{name}: stands there twice"
        if name not in known and name not in (MANIFEST, SIGNATURE):
            yield f"{name}: added"


def _digest(file: ZipFile, name: str) -> str:
    try:
        with file.open(name) as part:
            return hashlib.file_digest(part, "sha256").hexdigest()  # type: ignore[arg-type]
    except (BadZipFile, OSError, EOFError):
        return ""
