"""What the baresip stack is told before it starts: its accounts' order and its configuration."""

from __future__ import annotations

from baresip import Config

from ivr.endpoint.baresip.call import SUPPORTED
from ivr.endpoint.identity import IDENTITY_HEADERS
from ivr.endpoint.sip_settings import SipSettings, Trunk
from ivr.endpoint.trust import system_file

#: The stack cannot hold more calls in one process than this; `max_calls` limits
#: the incoming ones below it, so that a full house can still ring the people on call.
STACK_CALLS = 250
#: Received audio is delayed by at least the first and at most the second, in ms.
JITTER_BUFFER_MS = (20, 100)


def in_matching_order(settings: SipSettings) -> list[Trunk]:
    """Trunks in the order the stack should try them for an incoming call.

    It matches the called name first; a registered account would win that with
    calls of another trunk, while its own calls come to its unique contact.
    """
    return sorted(settings.trunks, key=lambda trunk: trunk.register)


def fallbacks(settings: SipSettings) -> list[Trunk]:
    """Accounts for calls that no trunk's account would take.

    The stack gives a call to an account of its transport, and to a registered one
    only under its own name: a provider that calls our number, or a trunk that comes
    by another transport than it is called by, would get 404.
    """
    covered = {trunk.transport for trunk in settings.trunks if not trunk.register}
    return [
        Trunk(name="", server=settings.listen_host, transport=transport)
        for transport in settings.transports
        if transport not in covered
    ]


def stack_config(settings: SipSettings, name_server: str) -> Config:
    """baresip's configuration; it asks `name_server` for addresses."""
    host = settings.listen_host
    pinned = None if host in {"0.0.0.0", "::"} else host
    shown = f"[{host}]" if ":" in host else host
    lines = [
        f"sip_listen {shown}:{settings.listen_port}",
        f"sip_transports {','.join(settings.transports)}",
        f"dns_server {name_server}",
        f"rtp_ports {settings.rtp_ports[0]}-{settings.rtp_ports[1]}",
        "audio_jitter_buffer_ms {}-{}".format(*JITTER_BUFFER_MS),
        "call_hold_other_calls no",
        "opus_samplerate 16000",
        "opus_stereo no",
        "opus_sprop_stereo no",
    ]
    if "tls" in settings.transports:
        lines.append("sip_verify_server yes")
        if authorities := system_file():
            lines.append(f"sip_cafile {authorities}")
    if settings.tls_certificate:
        lines.append(f"sip_certificate {settings.tls_certificate}")
    return Config(
        net_interface=pinned,
        expose_headers=tuple(
            dict.fromkeys((*settings.expose_headers, *IDENTITY_HEADERS, SUPPORTED))
        ),
        max_concurrent_calls=STACK_CALLS,
        rtp_timeout=0,  # `Liveness` asks before it gives a peer up
        native_log_level="warning",
        extra_config_text="\n".join(lines),
    )
