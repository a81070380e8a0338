"""What an endpoint is told by the configuration: its trunks, its ports, its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from call_logs.roster import Dialling

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Trunk:
    """A way in and out: a provider's trunk, a PBX or a single telephone.

    Calls are accepted from `allow` (empty: the addresses of `server`). `verified`: the
    other side lets nobody call under another's number. `dtmf`: whether keys
    are tones in the sound as well: `inband` yes, `events` no, `auto` when the other side
    does not offer RFC 4733.
    """

    name: str
    server: str  # host or host:port
    username: str = "hotline"
    password: str = field(default="", repr=False)
    register: bool = False
    transport: str = "udp"  # udp, tcp, tls
    srtp: str = "off"  # off, optional, required
    codecs: tuple[str, ...] = ()  # empty: the endpoint's
    allow: tuple[Network, ...] = ()
    verified: bool = False
    dtmf: str = "auto"
    ca_file: str = ""  # PEM: the authorities of a TLS server's certificate; "": the system's
    tls_verify: bool = True
    options: bool = True  # without registration: ask with OPTIONS whether it is there


@dataclass(frozen=True)
class SipSettings:
    """What an endpoint needs; `hotline.config` makes it from `[sip]` and `[trunk ...]`."""

    listen_host: str = "0.0.0.0"  # the address to bind and to announce
    listen_port: int = 5060
    tls_port: int = 5061
    tls_certificate: str = ""  # PEM file with certificate and key
    transports: tuple[str, ...] = ("udp", "tcp")
    codecs: tuple[str, ...] = ("opus", "g722", "pcma", "pcmu")  # in order of preference
    max_calls: int = 100
    rtp_ports: tuple[int, int] = (10000, 20000)
    rtp_timeout_s: int = 10  # of silence, after which a peer is asked; 0: never
    expose_headers: tuple[str, ...] = ("X-Place",)
    trunks: tuple[Trunk, ...] = ()
    dialling: Dialling = field(default_factory=Dialling)  # what may be dialled
