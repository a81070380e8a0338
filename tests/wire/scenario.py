"""SIPp scenarios made of steps, so that each test says only what it is about."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.wire.audio import tone, write_pcma_capture

HEARS_S = 2.0  # a person on call has heard enough to answer: sooner a key counts for nothing
KEY_CAPTURES = Path("/usr/share/sip-tester")
_KEY_NAMES = {"*": "star", "#": "pound"}

OFFERS = {
    "g711": ("0 8 101", "a=rtpmap:8 PCMA/8000\na=rtpmap:0 PCMU/8000"),
    "pcma": ("8 101", "a=rtpmap:8 PCMA/8000"),
    "pcmu": ("0 101", "a=rtpmap:0 PCMU/8000"),
    "g722": ("9 8 101", "a=rtpmap:9 G722/8000\na=rtpmap:8 PCMA/8000"),
    "g729": ("18", "a=rtpmap:18 G729/8000"),
}


class Step(ABC):
    """One step of a telephone's script."""

    @abstractmethod
    def xml(self, dialog: _Dialog) -> str:
        """The step in SIPp's language."""


@dataclass(frozen=True)
class Pause(Step):
    """Wait while the call goes on."""

    seconds: float

    def xml(self, dialog: _Dialog) -> str:
        return f'<pause milliseconds="{round(self.seconds * 1000)}"/>\n'


@dataclass(frozen=True)
class Keys(Step):
    """Press keys by RFC 4733, half a second each (SIPp sends them from captures)."""

    keys: str

    def xml(self, dialog: _Dialog) -> str:
        return "".join(
            f'<nop><action><exec play_pcap_audio="{self._capture(key)}"/></action></nop>\n'
            '<pause milliseconds="500"/>\n'
            for key in self.keys
        )

    @staticmethod
    def _capture(key: str) -> Path:
        return KEY_CAPTURES / f"dtmf_2833_{_KEY_NAMES.get(key, key)}.pcap"


@dataclass(frozen=True)
class InfoKeys(Step):
    """Press keys by SIP INFO with `application/dtmf-relay`."""

    keys: str

    def xml(self, dialog: _Dialog) -> str:
        parts = []
        for key in self.keys:
            body = f"Signal={key}\nDuration=160"
            parts.append(
                dialog.send("INFO", body, "application/dtmf-relay")
                + '<recv response="200"/>\n<pause milliseconds="200"/>\n'
            )
        return "".join(parts)


@dataclass(frozen=True)
class Talk(Step):
    """Stay for so long, and be heard: an engineer of whom no sound comes is none. `beside`
    whatever comes next, when that is not to be waited for."""

    seconds: float
    beside: bool = False

    def xml(self, dialog: _Dialog) -> str:
        pause = "" if self.beside else Pause(self.seconds).xml(dialog)
        return Play(_voice(self.seconds)).xml(dialog) + pause


@cache
def _voice(seconds: float) -> Path:
    """A capture of a tone, which is nobody's voice and loud enough."""
    folder = Path(tempfile.mkdtemp(prefix="voice-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return write_pcma_capture(folder / "voice.pcap", tone(700.0, seconds))


@dataclass(frozen=True)
class Play(Step):
    """Send the RTP of a capture (see `audio.write_pcma_capture`) from now on."""

    capture: Path

    def xml(self, dialog: _Dialog) -> str:
        return f'<nop><action><exec play_pcap_audio="{self.capture}"/></action></nop>\n'


@dataclass(frozen=True)
class TakeRefer(Step):
    """Expect a REFER and answer it with `code`; when that is 202, report `outcome` (None:
    nothing) after `report_s`."""

    code: int
    outcome: int | None = 200
    report_s: float = 0.0

    def xml(self, dialog: _Dialog) -> str:
        text = '<recv request="REFER"/>\n' + _reply(self.code, "Reply", in_dialog=True)
        if self.code == 202 and self.outcome is not None:
            text += Pause(self.report_s).xml(dialog) if self.report_s else ""
            text += dialog.send(
                "NOTIFY",
                f"SIP/2.0 {self.outcome} Outcome",
                "message/sipfrag;version=2.0",
                "Event: refer\nSubscription-State: terminated;reason=noresource",
            )
            text += '<recv response="200"/>\n'
        return text


@dataclass(frozen=True)
class Script:
    """What a telephone does, for a peer that speaks no SIP."""

    steps: Sequence[Step] = ()
    status: int = 200  # that it expects, or answers with
    ending: str = "bye"
    cancel_after_s: float | None = None
    offer: str = "pcma"
    user: str = "owner"
    rings: bool = True
    ring_s: float = 0.0
    waits_for_cancel: bool = False


class Scenario(str):
    """A script in SIPp's language, which remembers what was meant."""

    script: Script

    @classmethod
    def of(cls, xml: str, script: Script) -> Scenario:
        made = cls(xml)
        made.script = script
        return made


#: How a call that was answered ends: we hang up, the peer does, or nobody.
ENDINGS = ("bye", "wait", "vanish")


def caller(
    steps: Sequence[Step] = (),
    *,
    expect: int = 200,
    ending: str = "bye",
    cancel_after_s: float | None = None,
    offer: str = "pcma",
    user: str = "owner",
    headers: str = "",
) -> Scenario:
    """A scenario that calls `[service]` and checks every answer it gets.

    `expect` is the final status of the INVITE; `headers` are extra header lines.
    """
    dialog = _Dialog(
        target="[next_url]",
        own=f"<sip:{user}@[local_ip]:[local_port]>;tag=[pid]a[call_number]",
        peer="<sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]",
    )
    first = _Dialog(
        target="sip:[service]@[remote_ip]:[remote_port]",
        own=dialog.own,
        peer="<sip:[service]@[remote_ip]:[remote_port]>",
    )
    text = first.send("INVITE", _sdp(offer), "application/sdp", headers, branch="[branch]")
    # `[branch-N]` is the branch of the message N places before: CANCEL and the ACK of
    # a refusal belong to the INVITE's transaction (RFC 3261 sections 9.1 and 17.1.1.3).
    if cancel_after_s is not None:
        text += _PROVISIONAL_THEN_RINGING + Pause(cancel_after_s).xml(dialog)
        text += first.send("CANCEL", branch="[branch-4]", sequence="1 CANCEL")
        text += '<recv response="200"/>\n<recv response="487"/>\n'
        text += replace(first, peer=dialog.peer).acknowledge(branch="[branch-7]")
    elif expect != 200:
        text += _PROVISIONAL + f'<recv response="{expect}"/>\n'
        text += replace(first, peer=dialog.peer).acknowledge(branch="[branch-5]")
    else:
        text += _PROVISIONAL + '<recv response="200" rrs="true"/>\n'
        text += dialog.acknowledge() + _talk(steps, ending, dialog)
    script = Script(steps, expect, ending, cancel_after_s, offer, user)
    return Scenario.of(_scenario(text), script)


def callee(
    steps: Sequence[Step] = (),
    *,
    answer: int = 200,
    ring: bool = True,
    ring_s: float = 0.0,
    ending: str = "wait",
    offer: str = "pcma",
    cancelled: bool = False,
    headers: str = "",
    early: Sequence[Step] = (),
) -> Scenario:
    """A scenario that is called: it rings, then answers with `answer`.

    With `cancelled` it rings until the caller gives up. `headers` are extra header lines
    of its 200; `early` is what it does in early media, before it answers.
    """
    dialog = _Dialog(target="[$contact]", own="[$called];tag=[pid]b[call_number]", peer="[$from]")
    script = Script(
        steps,
        answer,
        ending,
        offer=offer,
        rings=ring or cancelled,
        ring_s=ring_s,
        waits_for_cancel=cancelled,
    )
    text = _TAKE_INVITE
    if ring or cancelled:
        text += _reply(180, "Ringing")
    if cancelled:
        return Scenario.of(_scenario(text + _TAKE_CANCEL), script)
    if early:
        text += _reply(183, "Session Progress", _sdp(offer))
        text += "".join(step.xml(dialog) for step in early)
    if ring_s:
        text += Pause(ring_s).xml(dialog)
    if answer != 200:
        refused = _reply(answer, "Refused", resend=True) + _TAKE_ACK
        return Scenario.of(_scenario(text + refused), script)
    text += _reply(200, "OK", _sdp(offer), resend=True, headers=headers) + _TAKE_ACK
    return Scenario.of(_scenario(text + _talk(steps, ending, dialog)), script)


def options() -> Scenario:
    """A scenario that asks with OPTIONS whether anybody is there."""
    target = "sip:[service]@[remote_ip]:[remote_port]"
    dialog = _Dialog(target, "<sip:owner@[local_ip]:[local_port]>;tag=1", f"<{target}>")
    xml = _scenario(dialog.send("OPTIONS") + '<recv response="200"/>\n')
    return Scenario.of(xml, Script(ending="options"))


def registrar(password: str) -> str:
    """A scenario that challenges a REGISTER, takes it when the password is right
    (403 otherwise), and the unregistering that follows."""
    challenge = 'WWW-Authenticate: Digest realm="test", nonce="0123456789abcdef", algorithm=MD5'
    verify = f'<verifyauth assign_to="valid" username="hotline" password="{password}"/>'
    return _scenario(
        f'<recv request="REGISTER"><action>{_TO_CALLED}</action></recv>\n'
        + _reply(401, "Unauthorized", headers=challenge)
        + f'<recv request="REGISTER" test="valid" next="1"><action>{verify}</action></recv>\n'
        + _reply(403, "Forbidden")
        + '<nop next="2"/>\n<label id="1"/>\n'
        + _reply(200, "OK", headers="Expires: 120")
        + '<recv request="REGISTER"/>\n'
        + _reply(200, "OK", headers="Expires: 0")
        + '<label id="2"/>\n<Reference variables="called"/>\n'
    )


@dataclass(frozen=True)
class _Dialog:
    """What requests of one side carry: request URI, From and To."""

    target: str
    own: str
    peer: str

    def send(
        self,
        method: str,
        body: str = "",
        kind: str = "",
        headers: str = "",
        *,
        branch: str = "[branch]",
        sequence: str = "",
    ) -> str:
        retransmit = "" if method == "ACK" else ' retrans="500"'
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}",
            f"From: {self.own}",
            f"To: {self.peer}",
            "Call-ID: [call_id]",
            f"CSeq: {sequence or f'[cseq] {method}'}",
            "Contact: <sip:peer@[local_ip]:[local_port];transport=[transport]>",
            "Max-Forwards: 70",
        ]
        return f"<send{retransmit}><![CDATA[\n\n{_message(lines, body, kind, headers)}]]></send>\n"

    def acknowledge(self, branch: str = "[branch]") -> str:
        return self.send("ACK", branch=branch, sequence="1 ACK")


def _talk(steps: Sequence[Step], ending: str, dialog: _Dialog) -> str:
    text = "".join(step.xml(dialog) for step in steps)
    if ending == "bye":
        return text + dialog.send("BYE") + '<recv response="200"/>\n'
    if ending == "wait":
        return text + '<recv request="BYE"/>\n' + _reply(200, "OK", in_dialog=True)
    if ending == "vanish":
        return text
    raise ValueError(f"a call ends by one of {ENDINGS}, not {ending!r}")


def _reply(
    code: int,
    reason: str,
    body: str = "",
    *,
    resend: bool = False,
    in_dialog: bool = False,
    headers: str = "",
) -> str:
    lines = [
        f"SIP/2.0 {code} {reason}",
        "[last_Via:]",
        "[last_From:]",
        "[last_To:]" if in_dialog else "To: [$called];tag=[pid]b[call_number]",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        "Contact: <sip:peer@[local_ip]:[local_port];transport=[transport]>",
    ]
    again = ' retrans="500"' if resend else ""
    kind = "application/sdp" if body else ""
    return f"<send{again}><![CDATA[\n\n{_message(lines, body, kind, headers)}]]></send>\n"


def _message(lines: list[str], body: str = "", kind: str = "", headers: str = "") -> str:
    if headers:
        lines = [*lines, headers.strip()]
    if kind:
        lines = [*lines, f"Content-Type: {kind}"]
    lines = [*lines, "Content-Length: [len]" if body else "Content-Length: 0"]
    return "\n".join(lines) + "\n\n" + (body + "\n" if body else "")


def _sdp(offer: str) -> str:
    formats, maps = OFFERS[offer]
    events = "\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15" if "101" in formats else ""
    return (
        "v=0\no=sipp 1 1 IN IP[local_ip_type] [local_ip]\ns=-\n"
        "c=IN IP[media_ip_type] [media_ip]\nt=0 0\n"
        f"m=audio [auto_media_port] RTP/AVP {formats}\n{maps}{events}\na=sendrecv"
    )


def _scenario(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="hotline">\n'
        + body
        + "</scenario>\n"
    )


_PROVISIONAL = "".join(f'<recv response="{code}" optional="true"/>\n' for code in (100, 180, 183))
_PROVISIONAL_THEN_RINGING = '<recv response="100" optional="true"/>\n<recv response="180"/>\n'
_TAKE_ACK = '<recv request="ACK"/>\n'
_TO_CALLED = '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="called"/>'
_TAKE_INVITE = """<recv request="INVITE"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="called"/>
<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq"/>
<ereg regexp="sips?:[^>;]*" search_in="hdr" header="Contact:" assign_to="contact"/>
</action></recv>
<Reference variables="from,called,contact,cseq"/>
"""
_TAKE_CANCEL = (
    '<recv request="CANCEL"/>\n'
    + _reply(200, "OK")
    + _reply(487, "Request Terminated").replace("[last_CSeq:]", "CSeq:[$cseq]")
    + _TAKE_ACK
)
