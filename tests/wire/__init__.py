"""Real SIP peers for tests: SIPp, and baresip's command-line program as a telephone."""

from tests.wire.phone import BaresipPhone
from tests.wire.ports import free_hotline_port, free_port
from tests.wire.scenario import InfoKeys, Keys, Pause, Play, TakeRefer, callee, caller, options
from tests.wire.sipp import Sipp, SippResult, call
from tests.wire.softphone import Softphone

__all__ = [
    "BaresipPhone",
    "InfoKeys",
    "Keys",
    "Pause",
    "Play",
    "Sipp",
    "SippResult",
    "Softphone",
    "TakeRefer",
    "call",
    "callee",
    "caller",
    "free_hotline_port",
    "free_port",
    "options",
]
