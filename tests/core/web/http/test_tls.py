"""The web speaks TLS by itself where it has a certificate; a real server and real clients."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from tests.deploy.own_authority import NAME, write_pair

from budkavle.model.errors import Misconfigured
from budkavle.operations.server_certificate import judge_pair
from budkavle.settings import TlsSettings
from budkavle.testing.databases import Databases
from budkavle.testing.running import free_ports, installed, until_answers

START = """
import budkavle.operations.server_certificate as certificate
from budkavle.cli.main import budkavle
certificate.LOOKS = 0.1
budkavle(["serve", "--web-only", "--host", "127.0.0.1", "--port", "{port}"])
"""
PATIENCE = 60.0


@dataclass
class Web:
    """A served installation with a certificate.

    Attributes:
        port: Where it listens.
        authority: Who has signed its certificate.
        pair: Its certificate and key in a file.
    """

    port: int
    authority: Path
    pair: Path

    def client(self, authority: Path) -> httpx.Client:
        """Somebody who believes that authority alone."""
        verify = ssl.create_default_context(cafile=authority)
        return httpx.Client(base_url=f"https://{NAME}:{self.port}", verify=verify, timeout=PATIENCE, trust_env=False)


@pytest.fixture(scope="module")
def web(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One server for all of these, that looks at its files ten times a second."""
    folder, port = tmp_path_factory.mktemp("tls"), free_ports()
    made = Web(port, folder / "authority.pem", folder / "pair.pem")
    write_pair(made.authority, made.pair)
    shown = f'[tls]\ncertificate = "{made.pair}"\nkey = "{made.pair}"'
    with installed(budkavle_databases, folder, [], shown, port=port, host=NAME) as running:
        settings = os.environ | {"BUDKAVLE_CONFIG": str(running.folder / "budkavle.toml")}
        command = [sys.executable, "-c", START.format(port=port)]
        with subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL) as process:
            try:
                until_answers(f"https://{NAME}:{port}/readyz", PATIENCE, certificate=made.authority)
                yield made
            finally:
                process.terminate()


RSA, CURVE = rsa.generate_private_key, ec.generate_private_key
KEYS: dict[str, tuple[Callable[[], CertificateIssuerPrivateKeyTypes], bool]] = {
    "RSA": (lambda: RSA(65537, 2048), True),
    "P-256": (lambda: CURVE(ec.SECP256R1()), True),
    "P-384": (lambda: CURVE(ec.SECP384R1()), True),
    "Ed25519": (ed25519.Ed25519PrivateKey.generate, True),
    "P-521": (lambda: CURVE(ec.SECP521R1()), False),
    "Ed448": (ed448.Ed448PrivateKey.generate, False),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_that_the_server_does_not_know_is_refused(tmp_path: Path, kind: str) -> None:
    """OpenSSL takes them all; of some the server's processes would end, at a start and after a renewal."""
    make, is_known = KEYS[kind]
    pair = tmp_path / "pair.pem"
    pair.write_bytes(_self_signed(make()))
    with nullcontext() if is_known else pytest.raises(Misconfigured, match="P-256"):
        judge_pair(TlsSettings(pair, pair))


def _self_signed(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    name, now = x509.Name([]), datetime.now(UTC)
    alone = isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=2))
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return builder.sign(key, None if alone else hashes.SHA256()).public_bytes(pem) + private


def test_it_speaks_the_newest_tls_and_nothing_in_clear(web: Web) -> None:
    """What is older, and what is no TLS, gets no answer."""
    context = ssl.create_default_context(cafile=web.authority)
    with _connected(web) as plain, context.wrap_socket(plain, server_hostname=NAME) as spoken:
        assert spoken.version() == "TLSv1.3"
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with _connected(web) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname=NAME)
    with _connected(web) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert b"HTTP" not in plain.recv(1000)


def test_who_says_nothing_holds_up_nobody(web: Web) -> None:
    """Before the handshake and after it."""
    context = ssl.create_default_context(cafile=web.authority)
    with ExitStack() as held, web.client(web.authority) as client:
        for _ in range(20):
            held.enter_context(closing(_connected(web)))
            held.enter_context(context.wrap_socket(_connected(web), server_hostname=NAME))
        assert client.get("/healthz").status_code == 200


def test_a_renewed_certificate_is_shown_without_a_restart(web: Web, tmp_path: Path) -> None:
    """Only whole pairs: what is half written changes nothing."""
    old = tmp_path / "old.pem"
    shutil.copy(web.authority, old)
    whole = web.pair.read_bytes()
    web.pair.write_bytes(whole[: len(whole) // 2])
    sleep(1)
    with web.client(old) as client:
        assert client.get("/healthz").status_code == 200
    write_pair(web.authority, web.pair)
    until = monotonic() + PATIENCE
    while not _answers(web, web.authority):
        assert monotonic() < until, "the new certificate is not shown"
        sleep(0.2)


def _answers(web: Web, authority: Path) -> bool:
    """Whether a new connection shows a certificate of that authority, and answers."""
    with web.client(authority) as client:
        try:
            return client.get("/healthz").status_code == 200
        except httpx.ConnectError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error) or "refused" in str(error):
                return False  # on a very busy machine the old process is gone before the new one has begun
            raise


def _connected(web: Web) -> Any:
    return socket.create_connection((NAME, web.port), timeout=PATIENCE)
