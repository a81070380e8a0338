"""The phone side: endpoints, media, conversation, flow, language packs."""

from ivr.call import CallSettings
from ivr.errors import PhoneError
from ivr.service import CallService
from ivr.training import TrainingSettings

__all__ = ["CallService", "CallSettings", "PhoneError", "TrainingSettings"]
