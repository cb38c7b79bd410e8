"""Handing a batch to the receiver, so that it is known to have been read.

Syslog has no receipt. What `send` has taken may die in a buffer of the system, ours or theirs. So each batch has a
connection of its own, closed in both directions: the receiver answers our close_notify only when it has read all that
came before it (RFC 8446 6.1). A batch whose close is not answered is sent again; each event has an id, by which a
receiver knows what it has already.
"""

import contextlib
import socket
import ssl
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import httpx

from budkavle import Host, Invalid, Sentence, Temporary, outside_client
from budkavle.operations import outside_socket
from budkavle_siem.settings import HTTPS, OCSF, InstallationStream, StreamSettings, pem

SILENT = "Servern {host} svarar inte, eller tar inte emot anslutningen."
UNKNOWN_NAME = "Servern {host} finns inte: namnet går inte att slå upp."
UNTRUSTED = "Servern {host} har ett certifikat som inte godtas: {why}"
CUT = "Servern {host} stängde förbindelsen innan den hade läst allt. Det skickas igen."
NO_TLS = "Servern {host} talar inte TLS på den porten, eller godtar inte vårt certifikat."
REFUSED = "Mottagaren svarade med felkod {status}. Det skickas igen."
BAD_FILES = "Certifikatet eller nyckeln går inte att läsa. Klistra in dem på nytt."


class Sender(Protocol):
    """Hands batches to one receiver."""

    as_ocsf: bool

    def send(self, messages: Sequence[bytes]) -> None:
        """Return once the receiver has read all of them; raises `Temporary`."""


Connect = Callable[[str, int, float], socket.socket]


class Syslog:
    """Sends to a server of syslog over TLS.

    Args:
        host: The server.
        port: Its port.
        tls: Whom we trust, and our certificate.
        connect: Opens a connection to the server.
        seconds: How long the server may take.
        as_ocsf: Whether the texts are OCSF.
    """

    def __init__(
        self, host: str, port: int, tls: ssl.SSLContext, connect: Connect, seconds: float, *, as_ocsf: bool
    ) -> None:
        self._host, self._port, self._tls, self._connect, self._seconds = host, port, tls, connect, seconds
        self.as_ocsf = as_ocsf

    def send(self, messages: Sequence[bytes]) -> None:
        """Hand the messages over on a connection of their own, and wait until the server has read them."""
        try:
            with contextlib.closing(self._connect(self._host, self._port, self._seconds)) as raw:
                raw.settimeout(self._seconds)
                self._hand_over(raw, messages)
        except socket.gaierror as error:
            raise Temporary(UNKNOWN_NAME, host=self._host) from error
        except ssl.SSLCertVerificationError as error:
            raise Temporary(UNTRUSTED, host=self._host, why=error.verify_message) from error
        except OSError as error:
            raise Temporary(SILENT, host=self._host) from error
        except Invalid as error:
            raise Temporary(Sentence.of(error)) from error

    def _hand_over(self, raw: socket.socket, messages: Sequence[bytes]) -> None:
        try:
            secure = self._tls.wrap_socket(raw, server_hostname=self._host)
        except ssl.SSLCertVerificationError:
            raise
        except (ssl.SSLError, ConnectionError) as error:
            raise Temporary(NO_TLS, host=self._host) from error
        try:
            with secure:
                secure.sendall(b"".join(messages))
                secure.unwrap().close()
        except OSError as error:  # an SSLError is one, as is the silence of a server that never answers the close
            raise Temporary(CUT, host=self._host) from error


class Https:
    """Sends to an address that takes JSON Lines.

    Args:
        url: The address.
        token: What goes in `Authorization: Bearer`; empty sends none.
        client: Makes the client.
        as_ocsf: Whether the lines are OCSF.
    """

    def __init__(self, url: str, token: str, client: Callable[[], httpx.Client], *, as_ocsf: bool) -> None:
        self._url, self._token, self._client = url, token, client
        self.as_ocsf = as_ocsf

    def send(self, messages: Sequence[bytes]) -> None:
        """Post the lines; a status of 2xx says that they have been read."""
        host = httpx.URL(self._url).host
        headers = {"content-type": "application/x-ndjson"}
        headers |= {"authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            with self._client() as client:
                answer = client.post(self._url, content=b"".join(messages), headers=headers)
        except httpx.HTTPError as error:
            raise Temporary(SILENT, host=host) from error
        except Invalid as error:
            raise Temporary(Sentence.of(error)) from error
        if not answer.is_success:
            raise Temporary(REFUSED, status=answer.status_code)


def organisation_sender(host: Host, chosen: StreamSettings, seconds: float) -> Sender:
    """Return what sends an organisation's log; its addresses are judged at each connection (`outside_socket`)."""
    as_ocsf = chosen.form == OCSF
    tls = trust(pem(chosen.ca), pem(chosen.client))
    if chosen.way == HTTPS:
        return Https(chosen.url, chosen.token, lambda: outside_client(host.platform, seconds, tls=tls), as_ocsf=as_ocsf)

    def connect(name: str, port: int, timeout: float) -> socket.socket:
        return outside_socket(host.platform, name, port, timeout)

    return Syslog(chosen.host, chosen.port, tls, connect, seconds, as_ocsf=as_ocsf)


def installation_sender(chosen: InstallationStream, seconds: float) -> Sender:
    """Return what sends the installation's own log, to where its settings say."""
    as_ocsf = chosen.form == OCSF
    ca = chosen.ca.read_text("utf-8") if chosen.ca else ""
    files = [path for path in (chosen.certificate, chosen.key) if path]
    tls = trust(ca, "\n".join(path.read_text("utf-8") for path in files))
    if chosen.way == HTTPS:
        return Https(chosen.url, chosen.token, lambda: httpx.Client(verify=tls, timeout=seconds), as_ocsf=as_ocsf)

    def connect(name: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((name, port), timeout=timeout)

    return Syslog(chosen.host, chosen.port, tls, connect, seconds, as_ocsf=as_ocsf)


def trust(ca: str, client: str) -> ssl.SSLContext:
    """Return whom we trust, and our certificate with its key where there is one.

    Raises:
        Temporary: A certificate or the key cannot be read.
    """
    try:
        tls = ssl.create_default_context(cadata=ca or None)
        if client:
            with tempfile.TemporaryDirectory(prefix="budkavle-siem-") as folder:  # Python reads them from files alone
                path = Path(folder) / "client.pem"
                path.touch(mode=0o600)
                path.write_text(client, "ascii")
                tls.load_cert_chain(path)
    except (ssl.SSLError, ValueError, OSError) as error:
        raise Temporary(BAD_FILES) from error
    return tls
