"""What owners write by other systems becomes tickets."""

from call_logs.inbound.message import IncomingMessage, OtherContent, Taken, TakenAs
from call_logs.inbound.sources import InboundSource, InboundSources
from call_logs.inbound.taking import Inbound
from call_logs.inbound.upload_links import UploadClaim

__all__ = [
    "Inbound",
    "InboundSource",
    "InboundSources",
    "IncomingMessage",
    "OtherContent",
    "Taken",
    "TakenAs",
    "UploadClaim",
]
