"""The phone side: endpoints, media, conversation, flow, language packs."""

from ivr.errors import PhoneError
from ivr.service import Line, LineSettings

__all__ = ["Line", "LineSettings", "PhoneError"]
