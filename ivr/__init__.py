"""The phone side: endpoints, media, conversation, flow, language packs."""

from ivr.errors import PhoneError
from ivr.service import CallService, CallSettings

__all__ = ["CallService", "CallSettings", "PhoneError"]
