"""One call: its conversation, what is shared during it, and what it leaves behind."""

from ivr.call.conversation import Conversation, Interruption
from ivr.call.jumps import HungUp
from ivr.call.language import Language
from ivr.call.nobody import Nobody
from ivr.call.opening import CallSettings
from ivr.call.services import Services
from ivr.call.session import Reach, Session, Urgency

__all__ = [
    "CallSettings",
    "Conversation",
    "HungUp",
    "Interruption",
    "Language",
    "Nobody",
    "Reach",
    "Services",
    "Session",
    "Urgency",
]
