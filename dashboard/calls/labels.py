"""What the pages of calls call the store's values."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.calls import CallEventKind
from call_logs.recordings import TranscriptStatus
from dashboard.web.texts import N_

# The nodes of the packs' menus, as an operator thinks of them.
NODES: Mapping[str, str] = {
    "main": N_("Main menu"),
    "emergency": N_("Emergency"),
    "repair": N_("Reporting a repair"),
    "complaint": N_("Making a complaint"),
    "suggestion": N_("Making a suggestion"),
    "other": N_("Describing a concern"),
    "enquiry": N_("Asking about a ticket"),
    "more": N_("Anything else?"),
    "language": N_("Choosing a language"),
    "person": N_("Waiting for a person"),
    "voicemail": N_("Leaving a message"),
    "goodbye": N_("Saying goodbye"),
    "": N_("Just answered"),
    # A call back has no menu, but stages.
    "called_back": N_("Being called back"),
    "news": N_("Hears the news"),
    "talk": N_("Talks with the person who has it"),
}

EVENTS: Mapping[str, str] = {
    CallEventKind.RINGING: N_("Ringing"),
    CallEventKind.ANSWERED: N_("Answered"),
    CallEventKind.LANGUAGE: N_("Language chosen"),
    CallEventKind.MENU: N_("Menu"),
    CallEventKind.PROMPT: N_("Prompt"),
    CallEventKind.KEY: N_("Key pressed"),
    CallEventKind.HEARD: N_("Heard"),
    CallEventKind.HIT: N_("Keyword recognised"),
    CallEventKind.ASKED: N_("Asked"),
    CallEventKind.REPLIED: N_("Replied"),
    CallEventKind.PLACE: N_("Place"),
    CallEventKind.MESSAGE: N_("Message left"),
    CallEventKind.TICKET: N_("Ticket written"),
    CallEventKind.RECORDING: N_("Recording started"),
    CallEventKind.RECORDING_PROBLEM: N_("Recording disturbed"),
    CallEventKind.TRANSCRIPT: N_("Transcript"),
    CallEventKind.DISPATCH: N_("Dispatch"),
    CallEventKind.BRIDGE: N_("Put through"),
    CallEventKind.TRANSFER: N_("Transferred"),
    CallEventKind.REQUEST: N_("Asked from the dashboard"),
    CallEventKind.ERROR: N_("Error"),
    CallEventKind.HANGUP: N_("Hung up"),
    CallEventKind.PURGED: N_("Numbers and events destroyed: their time was over"),
    CallEventKind.INTERRUPTED: N_("Cut off by a restart"),
}

END_REASONS: Mapping[str, str] = {
    "caller": N_("Caller hung up"),
    "remote": N_("Caller hung up"),
    "owner": N_("Owner hung up"),
    "transferred": N_("Transferred"),
    "hotline": N_("Ended by the hotline"),
    "local": N_("Ended by the hotline"),
    "operator": N_("Ended by an operator"),
    "rtp_timeout": N_("Connection lost"),
    "busy_tone": N_("Nobody there: a busy tone"),
    "fax": N_("A fax"),
    "test_call": N_("The line's own test call"),
    "interrupted": N_("Cut off by a restart"),
    "busy": N_("Busy"),
    "declined": N_("Declined"),
    "no_answer": N_("No answer"),
    "unreachable": N_("Unreachable"),
    "failed": N_("Failed"),
}

TRANSCRIPTS: Mapping[str, str] = {
    TranscriptStatus.PENDING: N_("Being transcribed"),
    TranscriptStatus.WAITING: N_("Waits for a speech model"),
    TranscriptStatus.DONE: N_("Transcribed"),
    TranscriptStatus.FAILED: N_("Transcription failed"),
    TranscriptStatus.PURGED: N_("Destroyed"),
}
