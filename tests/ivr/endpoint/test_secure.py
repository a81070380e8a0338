"""TCP, TLS and SRTP on the baresip stack, and registration on both."""

from __future__ import annotations

import datetime
import re
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ivr.endpoint import RegistrationState, Trunk
from tests.ivr.endpoint.desk import Desk, settings
from tests.wire import BaresipPhone, Pause, Sipp, call, caller
from tests.wire.audio import tone, tone_level, write_wav
from tests.wire.scenario import registrar

pytestmark = pytest.mark.timeout(60)

LOOPBACK = (ip_network("127.0.0.1/32"),)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "sip.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest_asyncio.fixture
async def secure(certificate: Path) -> AsyncIterator[Desk]:
    """A hotline whose trunk wants TLS and SRTP, and another plain TCP."""
    sip = settings(
        "baresip",
        transports=("udp", "tcp", "tls"),
        tls_certificate=str(certificate),
        codecs=("pcma",),
        trunks=(
            Trunk("plain", "127.0.0.1", username="plain", transport="tcp", allow=LOOPBACK),
            Trunk(
                "safe",
                "127.0.0.1",
                username="safe",
                transport="tls",
                srtp="required",
                allow=LOOPBACK,
            ),
        ),
    )
    desk = Desk("baresip", sip)
    await desk.open()
    yield desk
    await desk.close()


async def test_a_call_comes_by_tcp(secure: Desk) -> None:
    async with Sipp(caller([Pause(0.2)]), secure.address, to="plain", transport="tcp") as sipp:
        assert (await secure.next_call()).trunk == "plain"
        result = await sipp.finished()
    assert result.ok, result.errors


async def test_a_trunk_may_call_by_another_transport_than_it_is_called_by(secure: Desk) -> None:
    async with Sipp(caller([Pause(0.2)]), secure.address, to="4001") as sipp:
        assert (await secure.next_call()).trunk == "plain"
        result = await sipp.finished()
    assert result.ok, result.errors


async def test_a_call_comes_by_tls_with_srtp(secure: Desk, tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "tone.wav", tone(440.0, 10.0))
    async with BaresipPhone(transport="tls", srtp=True, wav=wav) as phone:
        target = f"sip:safe@127.0.0.1:{secure.sip.tls_port};transport=tls"
        await phone.dial(target)
        call_ = await secure.next_call()
        await secure.established(call_)
        assert call_.trunk == "safe"
        assert tone_level(await secure.hear(call_, 1.0), 440.0, 8000) > 0.9
        assert "RTP/SAVP" in phone.output() or "srtp" in phone.output()
        await call_.hangup()


async def test_a_trunk_that_requires_srtp_takes_no_plain_call(secure: Desk) -> None:
    async with BaresipPhone(transport="tls") as phone:
        await phone.dial(f"sip:safe@127.0.0.1:{secure.sip.tls_port};transport=tls")
        assert (await phone.closed()).startswith("488")
    assert not secure.endpoint.calls


async def test_srtp_cannot_be_avoided_by_another_transport(secure: Desk) -> None:
    """The stack picks the plain account for it; where it comes from decides."""
    result = await call(caller(expect=488), secure.address, to="safe", transport="tcp")
    assert 488 in result.statuses, result.messages
    assert not secure.endpoint.calls


@pytest.mark.parametrize("stack", ["baresip", "pyvoip"])
async def test_a_trunk_registers_with_its_password_and_leaves_at_the_end(stack: str) -> None:
    async with Sipp(registrar(password="right")) as sipp:
        trunk = Trunk(
            "provider",
            f"127.0.0.1:{sipp.port}",
            username="hotline",
            password="right",
            register=True,
        )
        desk = Desk(stack, settings(stack, trunks=(trunk,)))
        await desk.open()
        try:
            await desk.poll(
                lambda: desk.endpoint.registrations["provider"] is RegistrationState.REGISTERED
            )
        finally:
            await desk.close()
        result = await sipp.finished()
    assert result.ok, result.errors
    registers = result.requests("REGISTER")
    assert len(registers) == 3
    assert re.search(r"expires[=:] ?0", registers[-1], re.IGNORECASE)


@pytest.mark.parametrize("stack", ["baresip", "pyvoip"])
async def test_a_wrong_password_leaves_the_trunk_failed(stack: str) -> None:
    async with Sipp(registrar(password="right")) as sipp:
        trunk = Trunk(
            "provider", f"127.0.0.1:{sipp.port}", password="wrong", register=True, allow=LOOPBACK
        )
        desk = Desk(stack, settings(stack, trunks=(trunk,)))
        await desk.open()
        try:
            await desk.poll(
                lambda: desk.endpoint.registrations["provider"] is RegistrationState.FAILED
            )
        finally:
            await desk.close()
