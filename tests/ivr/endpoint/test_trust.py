"""Outgoing TLS: which servers' certificates are good enough to send a call to."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ivr.endpoint import EndpointError, Silence, SipSilent, Trunk, ask_options
from ivr.endpoint.trust import context_of, rules_of
from tests.ivr.endpoint.desk import Desk, settings
from tests.wire import free_hotline_port

pytestmark = pytest.mark.timeout(60)

LOOPBACK = (ip_network("127.0.0.1/32"),)
WAIT_S = 3.0


@dataclass(frozen=True)
class Authority:
    """Whoever signs: a certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, subject, key, timedelta(days=1)).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        return cls(builder.sign(key, hashes.SHA256()), key)

    def file(self, folder: Path) -> str:
        path = folder / f"ca-{self.certificate.serial_number}.pem"
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return str(path)

    def signs(
        self, folder: Path, *names: x509.GeneralName, common: str = "pbx", lasts_days: float = 1.0
    ) -> Path:
        """A server's certificate with its key, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
        issuer = self.certificate.subject
        builder = _builder(subject, issuer, key, timedelta(days=lasts_days))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return _pem(folder, builder.sign(self.key, hashes.SHA256()), key)


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    builder = _builder(subject, subject, key, timedelta(days=1)).add_extension(
        x509.SubjectAlternativeName([ADDRESS]), critical=False
    )
    return _pem(folder, builder.sign(key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + lasts)
    )


def _pem(folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Path:
    path = folder / f"server-{certificate.serial_number}.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


ADDRESS = x509.IPAddress(ip_address("127.0.0.1"))
OTHER_ADDRESS = x509.IPAddress(ip_address("10.1.2.3"))
NAME = x509.DNSName("localhost")
OTHER_NAME = x509.DNSName("pbx.example.com")


@contextlib.asynccontextmanager
async def pbx(certificate: Path) -> AsyncIterator[tuple[int, asyncio.Queue[bytes]]]:
    """A TLS server that answers OPTIONS, and every first line it was sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            text = await reader.readuntil(b"\r\n\r\n")
            heard.put_nowait(text.split(b"\r\n")[0])
            kept = [line for line in text.split(b"\r\n") if line.startswith(KEPT)]
            writer.write(b"\r\n".join([b"SIP/2.0 200 OK", *kept, b"Content-Length: 0", b"", b""]))
            await writer.drain()
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], heard
    server.close_clients() if hasattr(server, "close_clients") else None


KEPT = (b"Via:", b"From:", b"To:", b"Call-ID:", b"CSeq:")

#: server as the trunk names it, what is in its certificate, who signed it, and whether it is good
CASES = {
    "right, by address": ("127.0.0.1", (ADDRESS,), "ours", 1.0, True),
    "right, by name": ("localhost", (NAME,), "ours", 1.0, True),
    "another address": ("127.0.0.1", (OTHER_ADDRESS,), "ours", 1.0, False),
    "another name": ("localhost", (OTHER_NAME,), "ours", 1.0, False),
    "a name for an address": ("127.0.0.1", (NAME,), "ours", 1.0, False),
    "another authority": ("127.0.0.1", (ADDRESS,), "theirs", 1.0, False),
    "expired": ("127.0.0.1", (ADDRESS,), "ours", -1.0, False),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_call_goes_to_a_server_that_proves_who_it_is_and_to_no_other(
    case: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host, names, signer, lasts_days, good = CASES[case]
    ours, theirs = Authority.new("ours"), Authority.new("theirs")
    certificate = (ours if signer == "ours" else theirs).signs(
        tmp_path, *names, lasts_days=lasts_days
    )
    async with pbx(certificate) as (port, heard):
        trunk = tls_trunk(f"{host}:{port}", ca_file=ours.file(tmp_path))
        assert await reaches(trunk, heard, tmp_path) is good
        assert await asks(trunk) is good
    assert ("not to be trusted" in caplog.text) is not good


async def test_its_own_certificate_as_ca_file_is_enough(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    async with pbx(certificate) as (port, heard):
        trunk = tls_trunk(f"127.0.0.1:{port}", ca_file=str(certificate))
        assert await reaches(trunk, heard, tmp_path)
        assert await asks(trunk)


async def test_without_ca_file_only_public_authorities_count(tmp_path: Path) -> None:
    async with pbx(self_signed(tmp_path)) as (port, heard):
        trunk = tls_trunk(f"127.0.0.1:{port}")
        assert not await reaches(trunk, heard, tmp_path)
        assert not await asks(trunk)


async def test_a_trunk_may_say_that_it_takes_any_certificate_and_only_that_trunk_does(
    tmp_path: Path,
) -> None:
    async with pbx(self_signed(tmp_path)) as (port, heard):
        trunk = tls_trunk(f"127.0.0.1:{port}", tls_verify=False)
        other = Trunk("other", f"localhost:{port}", transport="tls", allow=LOOPBACK, options=False)
        assert await asks(trunk)
        assert await reaches(trunk, heard, tmp_path, others=(other,))
        assert not await reaches(other, heard, tmp_path, others=(trunk,))


def test_a_ca_file_without_certificates_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for path in (tmp_path / "empty.pem", tmp_path / "absent.pem"):
        with pytest.raises(EndpointError, match="ca_file of trunk pbx"):
            rules_of([tls_trunk("127.0.0.1", ca_file=str(path))])


def tls_trunk(server: str, **changes: object) -> Trunk:
    # Not asked by itself: the server is to see the call, and nothing before it.
    common = {"transport": "tls", "allow": LOOPBACK, "options": False}
    return Trunk("pbx", server, **{**common, **changes})  # type: ignore[arg-type]


async def asks(trunk: Trunk) -> bool:
    """Whether our own question trusts the server."""
    host, _, port = trunk.server.partition(":")
    try:
        return await ask_options(host, int(port), "tls", trust=context_of(trunk)) == 200
    except SipSilent as silent:
        if silent.why is not Silence.UNTRUSTED:
            raise
        return False


async def reaches(
    trunk: Trunk, heard: asyncio.Queue[bytes], folder: Path, others: tuple[Trunk, ...] = ()
) -> bool:
    """Whether a call of the stack comes to the server."""
    while not heard.empty():
        heard.get_nowait()
    port = free_hotline_port()
    sip = settings(
        "baresip",
        listen_port=port,
        tls_port=port + 1,
        transports=("udp", "tls"),
        tls_certificate=str(self_signed(folder)),
        trunks=(trunk, *others),
    )
    desk = Desk("baresip", sip)
    await desk.open()
    try:
        await desk.dial(f"sip:peer@{trunk.server}", trunk=trunk.name, timeout_s=WAIT_S)
        async with asyncio.timeout(WAIT_S):
            return (await heard.get()).startswith(b"INVITE")
    except TimeoutError:
        return False
    finally:
        await desk.close()
