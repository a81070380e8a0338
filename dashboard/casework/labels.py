"""What the pages call what is found out and done about a ticket."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.casework import FileRefusal
from dashboard.web.texts import N_

# Why a file was not taken, and what to do.
REFUSALS: Mapping[str, str] = {
    FileRefusal.KIND: N_("Files of this kind are not taken. Send a photo, a film or a PDF."),
    FileRefusal.TOO_LARGE: N_("The file is too large. Send a smaller one, or a shorter film."),
    FileRefusal.EMPTY: N_("The file is empty. Choose it again."),
    FileRefusal.BROKEN: N_("The picture is damaged. Open it, save it anew and send that."),
    FileRefusal.HARMFUL: N_("The virus scanner refuses this file. Nothing of it was kept."),
    FileRefusal.NOT_EXAMINED: N_("The virus scanner gives no answer. Tell the administrator."),
    FileRefusal.TOO_MANY: N_("This ticket has as many files as a ticket may have."),
    FileRefusal.NO_SPACE: N_("The disk has no space for files. Tell the administrator."),
}

# What a field of a record wants, by its type.
RULES: Mapping[str, str] = {
    "When": N_("Write day and time."),
    "Money": N_("Write an amount such as 1280 or 1280.50."),
    "Text": N_("The text is too long. Shorten it."),
    "Findings": N_("The words for a point are too long. Shorten them."),
    "Choice": N_("Choose one of the list."),
}
APPROVAL_NEEDED = N_(
    "Work has begun, and with this the tasks cost more than may be spent without an approval. "
    "A manager enters it, or the ticket goes back to its plan."
)
