"""What the pyVoIP stack cannot do, for the configuration checker.

Kept apart from the adapter so that reading it needs no SIP stack. `docs/sip.md`
explains each entry at length.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Configuration feature -> what is wrong and what to do. Features are written
#: as `key` for "set at all", or `key=value` for one value of a key.
PYVOIP_LIMITS: Mapping[str, str] = {
    "transport=tcp": "pyVoIP speaks SIP over UDP only: set transport = udp or stack = baresip",
    "transport=tls": "pyVoIP has no TLS: set transport = udp or stack = baresip",
    "srtp=optional": "pyVoIP has no SRTP: set srtp = off or stack = baresip",
    "srtp=required": "pyVoIP has no SRTP: set srtp = off or stack = baresip",
    "codec=opus": "pyVoIP has no Opus: list pcma and pcmu only, or set stack = baresip",
    "codec=g722": "pyVoIP has no G.722: list pcma and pcmu only, or set stack = baresip",
    "transfer=refer": "pyVoIP has no REFER: calls are bridged instead, or set stack = baresip",
    "listen=ipv6": "pyVoIP has no IPv6: listen on an IPv4 address, or set stack = baresip",
    "max_calls>50": "pyVoIP needs about 1 % of a core for each call: "
    "set max_calls to 50 or less, or stack = baresip",
}
