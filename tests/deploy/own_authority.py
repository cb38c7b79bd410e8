"""A server with a certificate of an authority that no machine knows, and word of who has believed it."""

import datetime as dt
import socket
import ssl
import threading
from pathlib import Path
from queue import Queue

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "localhost"
PEM = serialization.Encoding.PEM
SSL_REQUEST = 8
"""Bytes of PostgreSQL's request for TLS."""


class Server:
    """Shakes hands with each who comes, notes how that went, and says nothing more.

    Attributes:
        authority: The file (PEM) of who has signed its certificate.
        handshakes: Of each connection, whether the client went on with it.
        pair: The file (PEM) of its certificate and key.
        port: Where it listens.
        url: The same as an address.
    """

    def __init__(self, folder: Path) -> None:
        self.authority, self.pair = folder / "authority.pem", folder / "server.pem"
        write_pair(self.authority, self.pair)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self.pair)
        self.handshakes: Queue[bool] = Queue()
        self._listener = socket.create_server((NAME, 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"https://{NAME}:{self.port}"
        self.prelude = b""
        """What it says before TLS, as PostgreSQL gives its consent."""
        self._thread = threading.Thread(target=self._serve, name="own-authority", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            with raw:
                raw.settimeout(10)
                self.handshakes.put(self._shaken(raw))

    def _shaken(self, raw: socket.socket) -> bool:
        """Tell whether the client believes us: one that does not breaks the handshake off."""
        try:
            if self.prelude:
                raw.recv(SSL_REQUEST)
                raw.sendall(self.prelude)
            self._tls.wrap_socket(raw, server_side=True).close()
        except OSError:
            return False
        return True


def write_pair(authority: Path, pair: Path) -> None:
    """Make an authority, and a certificate of its with the key in one file (PEM)."""
    signing, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    root = _certificate("An authority of our own", signing, signing, x509.BasicConstraints(ca=True, path_length=None))
    leaf = _certificate(NAME, key, signing, x509.BasicConstraints(ca=False, path_length=None), names)
    authority.write_bytes(root)
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pair.write_bytes(leaf + private)


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, signing: ec.EllipticCurvePrivateKey, *told: x509.ExtensionType
) -> bytes:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of our own")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
    )
    for extension in told:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(signing, hashes.SHA256()).public_bytes(PEM)
