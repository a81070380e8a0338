"""Searching the encrypted text of tickets: keyed hashes of its words.

Chinese, Japanese and Korean are written without (useful) blanks, so each character and each
pair of neighbours is a token; other scripts give their words. All tokens of a question must
be in the ticket; neighbouring characters match as pairs, which is nearly a search for the
very phrase. The database sees only 8 bytes of HMAC-SHA256 a token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.keys import Keys
from call_logs.tables.ticket_fields import FIELDS
from call_logs.tables.tickets import TicketRow, TicketTokenRow

TOKEN_BYTES = 8
TOKEN_LIMIT = 2000  # of one ticket: a very long text is found by its beginning
QUESTION_LIMIT = 40
RARE = 20_000  # how far occurrences are counted to find the rarest token of a question

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7a3"
_RUNS = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>[^\W{_CJK}]+)")


# How people write the parts of a place, besides the part itself.
_WRITTEN = {
    "building": "{0}号楼 {0}栋",
    "unit": "{0}单元",
    "floor": "{0}楼 {0}层",
    "room": "{0}室",
}


def words(text: str) -> list[str]:
    """The distinct tokens of a text, in the order of their first occurrence."""
    found: dict[str, None] = {}
    for match in _RUNS.finditer(unicodedata.normalize("NFKC", text).casefold()):
        run = match.group()
        if match.lastgroup == "cjk":
            found.update(dict.fromkeys(run))
            found.update(dict.fromkeys(first + second for first, second in pairwise(run)))
        else:
            found[run] = None
    return list(found)


def question(text: str) -> list[str]:
    """The tokens that a ticket must have: a character that is part of a pair adds nothing."""
    tokens = words(text)
    in_pairs = {character for token in tokens if len(token) == 2 for character in token}
    return [token for token in tokens if token not in in_pairs][:QUESTION_LIMIT]


def searched_place(name: str, value: str) -> str:
    """A part of a place as it stands in the index."""
    return _WRITTEN[name].format(value)


def searchable_text(row: TicketRow) -> str:
    """The fields whose words find a ticket, places as people write them."""
    values = {
        name: getattr(row, name)
        for name, field in FIELDS.items()
        if field.searched and not (name == "name" and row.anonymous)
    }
    return " ".join(
        _WRITTEN.get(name, "{0}").format(value) for name, value in values.items() if value
    )


def mark(column: str, value: str) -> str:
    """A token for a column's value. No text has it: it holds a character that is no word's."""
    return f"{column}={value}"


def tokens_of(row: TicketRow) -> list[str]:
    """Everything that the index holds of a ticket: its words, and marks of class and status,
    so that a common word together with a rare class is found from the rare side."""
    marks = [mark("class", row.ticket_class), mark("status", row.status)]
    return marks + words(searchable_text(row))[:TOKEN_LIMIT]


def hashes(keys: Keys, tokens: Sequence[str]) -> list[bytes]:
    return [keys.search_hash(token, "ticket word")[:TOKEN_BYTES] for token in tokens]


async def reindex(
    session: AsyncSession, keys: Keys, ticket_id: int, before: Sequence[str], after: Sequence[str]
) -> None:
    """Bring the index from the tokens `before` (none for a new ticket) to those `after`."""
    old, new = set(hashes(keys, before)), set(hashes(keys, after))
    if old - new:
        await session.execute(
            delete(TicketTokenRow).where(
                TicketTokenRow.ticket_id == ticket_id, TicketTokenRow.token.in_(old - new)
            )
        )
    if new - old:
        await session.execute(
            insert(TicketTokenRow),
            [{"token": token, "ticket_id": ticket_id} for token in sorted(new - old)],
        )


async def rarest_first(session: AsyncSession, tokens: Sequence[bytes]) -> tuple[list[bytes], int]:
    """The tokens in the order of how many tickets have them (counted up to `RARE`), and how many
    have the first; none when one occurs in no ticket. The rarest leads the search, so it never
    walks through the many tickets that have a common word."""
    counts: list[tuple[int, bytes]] = []
    for token in tokens:
        some = (
            select(TicketTokenRow.ticket_id)
            .where(TicketTokenRow.token == token)
            .limit(RARE)
            .subquery()
        )
        count = await session.scalar(select(func.count()).select_from(some)) or 0
        if count == 0:
            return [], 0
        counts.append((count, token))
    counts.sort()
    return [token for _, token in counts], counts[0][0] if counts else 0
