"""The phone side: endpoints, media, conversation, flow, language packs."""

from ivr.conversation import Conversation, Interruption
from ivr.desk import Desk
from ivr.dispatch import Dispatcher
from ivr.drill import Drills, check_policy
from ivr.errors import PhoneError
from ivr.follow_up import FollowUp
from ivr.jumps import HungUp
from ivr.late import LateUrgency
from ivr.line import Line, LineSettings
from ivr.media import CallMedia, MediaClock
from ivr.notice_text import NoticeText
from ivr.orders import Orders
from ivr.pack import Pack, PackError, languages, load_pack
from ivr.phrasebook import Phrasebook
from ivr.prompt_import import (
    ImportFailed,
    export_prompt,
    import_prompt,
    list_prompts,
    restore_prompt,
)
from ivr.prompts import PromptMissing, Prompts
from ivr.reach import Nobody
from ivr.review import Review
from ivr.session import Language, Reach, Session, Urgency
from ivr.voice import Voice, VoiceError
from ivr.watch import UrgentWatch

__all__ = [
    "CallMedia",
    "Conversation",
    "Desk",
    "Dispatcher",
    "Drills",
    "FollowUp",
    "HungUp",
    "ImportFailed",
    "Interruption",
    "Language",
    "LateUrgency",
    "Line",
    "LineSettings",
    "MediaClock",
    "Nobody",
    "NoticeText",
    "Orders",
    "Pack",
    "PackError",
    "PhoneError",
    "Phrasebook",
    "PromptMissing",
    "Prompts",
    "Reach",
    "Review",
    "Session",
    "Urgency",
    "UrgentWatch",
    "Voice",
    "VoiceError",
    "check_policy",
    "export_prompt",
    "import_prompt",
    "languages",
    "list_prompts",
    "load_pack",
    "restore_prompt",
]
