"""Certificates of TLS servers, judged by what the trunk says.

baresip has one rule and one list of authorities for all connections, and does not compare a
certificate with a server that is named by its address. OpenSSL asks us instead
(SSL_CTX_set_cert_verify_callback(3)): we set whom to trust and which name to find, and let it
verify.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence

from ivr.endpoint.admission import parse_address
from ivr.endpoint.baresip.native_library import ADDRESS_TEXT, POINTER, TEXT, Functions, declare
from ivr.endpoint.trust import Trust

logger = logging.getLogger(__name__)

_VERIFY = ctypes.CFUNCTYPE(ctypes.c_int, POINTER, POINTER)
_SOCKET_ADDRESS_BYTES = 256
_PARTIAL_CHAIN = 0x80000  # X509_V_FLAG_PARTIAL_CHAIN
_HOST_NAME = 0  # TLSEXT_NAMETYPE_host_name
_REJECTED = 50  # X509_V_ERR_APPLICATION_VERIFICATION

_FUNCTIONS: Functions = {
    "uag_tls": (POINTER, ()),
    "tls_ssl_ctx": (POINTER, (POINTER,)),
    "tls_get_tcp_conn": (POINTER, (POINTER,)),
    "tcp_conn_peer_get": (ctypes.c_int, (POINTER, POINTER)),
    "SSL_CTX_set_cert_verify_callback": (None, (POINTER, _VERIFY, POINTER)),
    "SSL_get_ex_data_X509_STORE_CTX_idx": (ctypes.c_int, ()),
    "SSL_get_servername": (TEXT, (POINTER, ctypes.c_int)),
    "SSL_get_wbio": (POINTER, (POINTER,)),
    "BIO_get_data": (POINTER, (POINTER,)),
    "X509_STORE_CTX_get_ex_data": (POINTER, (POINTER, ctypes.c_int)),
    "X509_STORE_CTX_get0_param": (POINTER, (POINTER,)),
    "X509_STORE_CTX_set0_trusted_stack": (None, (POINTER, POINTER)),
    "X509_STORE_CTX_set_error": (None, (POINTER, ctypes.c_int)),
    "X509_STORE_CTX_get_error": (ctypes.c_int, (POINTER,)),
    "X509_verify_cert_error_string": (TEXT, (ctypes.c_long,)),
    "X509_VERIFY_PARAM_set1_ip_asc": (ctypes.c_int, (POINTER, TEXT)),
    "X509_VERIFY_PARAM_set_flags": (ctypes.c_int, (POINTER, ctypes.c_ulong)),
    "X509_verify_cert": (ctypes.c_int, (POINTER,)),
    "OPENSSL_sk_new_null": (POINTER, ()),
    "OPENSSL_sk_push": (ctypes.c_int, (POINTER, POINTER)),
    "d2i_X509": (POINTER, (POINTER, POINTER, ctypes.c_long)),
}


class NativeTls:
    """Our judgement of the servers that the stack connects to."""

    def __init__(self, library: ctypes.CDLL, rules: Sequence[Trust]) -> None:
        """Raises: EndpointError: this build of baresip-python lacks a function."""
        self._library = library
        self._rules = rules
        declare(library, _FUNCTIONS)
        self._callback = _VERIFY(self._on_certificate)
        self._stacks: dict[str, int] = {}  # host -> its anchors; they live as long as we do

    def open(self) -> None:
        """SIP thread, after the stack's TLS has begun."""
        library = self._library
        tls = library.uag_tls()
        if not tls:
            return
        for rule in self._rules:
            if rule.anchors:
                self._stacks[rule.host] = self._stack(rule.anchors)
        context = library.tls_ssl_ctx(tls)
        library.SSL_CTX_set_cert_verify_callback(context, self._callback, None)

    def _stack(self, anchors: Sequence[bytes]) -> int:
        library = self._library
        stack = library.OPENSSL_sk_new_null()
        for der in anchors:
            buffer = ctypes.create_string_buffer(der, len(der))
            start = POINTER(ctypes.addressof(buffer))
            certificate = library.d2i_X509(None, ctypes.byref(start), len(der))
            if certificate:
                library.OPENSSL_sk_push(stack, certificate)
        return int(stack)

    def _on_certificate(self, store: int | None, _argument: int | None) -> int:
        """SIP thread: 1 when the server's certificate is good."""
        library = self._library
        try:
            return self._verified(store)
        except Exception:
            # A raise cannot cross into C. What cannot be judged is not trusted.
            logger.exception("judging a server's certificate failed")
            library.X509_STORE_CTX_set_error(store, _REJECTED)
            return 0

    def _verified(self, store: int | None) -> int:
        library = self._library
        index = library.SSL_get_ex_data_X509_STORE_CTX_idx()
        connection = library.X509_STORE_CTX_get_ex_data(store, index)
        name = library.SSL_get_servername(connection, _HOST_NAME)
        host = name.decode("ascii", "replace").lower() if name else self._peer(connection)
        rule = next((each for each in self._rules if each.host == host), Trust(host, True))
        if not rule.verify:
            return 1
        parameters = library.X509_STORE_CTX_get0_param(store)
        if not name:  # the stack sets names to look for, but no addresses
            library.X509_VERIFY_PARAM_set1_ip_asc(parameters, host.encode())
        if host in self._stacks:
            library.X509_VERIFY_PARAM_set_flags(parameters, _PARTIAL_CHAIN)
            library.X509_STORE_CTX_set0_trusted_stack(store, self._stacks[host])
        good = int(library.X509_verify_cert(store) == 1)
        if not good:
            error = library.X509_STORE_CTX_get_error(store)
            logger.error(
                "a server's certificate is not to be trusted: nothing is sent to it. Set the "
                "trunk's ca_file, or its server as the certificate names it",
                extra={
                    "server": host,
                    "reason": library.X509_verify_cert_error_string(error).decode(),
                },
            )
        return good

    def _peer(self, connection: int) -> str:
        """The address that this connection goes to."""
        library = self._library
        tls = library.BIO_get_data(library.SSL_get_wbio(connection))
        address = ctypes.create_string_buffer(_SOCKET_ADDRESS_BYTES)
        text = ctypes.create_string_buffer(ADDRESS_TEXT)
        if library.tcp_conn_peer_get(library.tls_get_tcp_conn(tls), address) != 0:
            return ""
        if library.sa_ntop(address, text, ADDRESS_TEXT) != 0:
            return ""
        return str(parse_address(text.value.decode("ascii", "replace")) or "")
