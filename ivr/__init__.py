"""The phone side: endpoints, media, conversation, flow, language packs."""

from ivr.call import CallSettings
from ivr.errors import PhoneError
from ivr.service import CallService

__all__ = ["CallService", "CallSettings", "PhoneError"]
