"""Other systems are told what happens, signed and at least once."""

from call_logs.webhooks.egress import Egress
from call_logs.webhooks.sender import WebhookSender
from call_logs.webhooks.signature import BadSignature, check_signature, new_secret, signature_of
from call_logs.webhooks.store import Webhooks
from call_logs.webhooks.webhook import (
    CHOSEN,
    LoggedDelivery,
    NewWebhook,
    Problem,
    Webhook,
    WebhookState,
)

__all__ = [
    "CHOSEN",
    "BadSignature",
    "Egress",
    "LoggedDelivery",
    "NewWebhook",
    "Problem",
    "Webhook",
    "WebhookSender",
    "WebhookState",
    "Webhooks",
    "check_signature",
    "new_secret",
    "signature_of",
]
