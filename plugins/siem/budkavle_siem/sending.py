"""Handing a batch to the receiver, with certainty that it has been read.

Syslog has no receipt. What `send` has accepted may be lost in a buffer of either system. So each batch has its own
connection, which is closed in both directions: the receiver answers our close_notify only when it has read everything
before it (RFC 8446 6.1). If the close is not answered, the batch is sent again. Each event has an id, with which the
receiver recognises what it already has.
"""

import contextlib
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import httpx

from budkavle import Host, Invalid, Sentence, Temporary, outside_client
from budkavle.operations import outside_socket
from budkavle_siem.settings import HTTPS, OCSF, InstallationStream, StreamSettings, pem, receiver_faults
from budkavle_siem.tls_line import TlsLine

SILENT = "Servern {host} svarar inte, eller tar inte emot anslutningen."
LATE = "Servern {host} svarade inte inom {seconds} sekunder."
UNKNOWN_NAME = "Servern {host} finns inte: namnet går inte att slå upp."
UNTRUSTED = "Servern {host} har ett certifikat som inte godtas: {why}"
CUT = "Servern {host} stängde förbindelsen innan den hade läst allt. Kontrollera om den kräver ett certifikat av oss."
UNCONFIRMED = "Servern {host} bekräftade inte inom {seconds} sekunder att den har läst allt."
NO_TLS = "Servern {host} talar inte TLS på den porten, eller godtar inte vårt certifikat."
REFUSED = "Mottagaren svarade med felkod {status}."
NOT_LET_IN = "Mottagaren godtar inte vår token (felkod {status}). Kontrollera token och adressen."
BAD_FILES = "Certifikatet eller nyckeln går inte att läsa. Klistra in dem på nytt."
CONNECTED = Sentence("Servern tar emot anslutningen.")
SECURE = Sentence("TLS fungerar, och serverns certifikat godtas.")


class Sender(Protocol):
    """Hands batches to one receiver."""

    as_ocsf: bool

    def send(self, messages: Sequence[bytes]) -> None:
        """Return once the receiver has read all of them. Raises `Temporary` if it fails."""

    def steps(self, messages: Sequence[bytes]) -> Iterator[Sentence]:
        """Send them, and give a sentence for each step on the way to the receiver. Raises as `send` does."""
        ...


Connect = Callable[[str, int, float], socket.socket]


class Syslog:
    """Sends to a syslog server over TLS.

    Args:
        host: The server.
        port: Its port.
        tls: The trusted certificates, and our own certificate.
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
        """Send the messages on their own connection, and wait until the server has read them."""
        for _ in self.steps(messages):
            pass

    def steps(self, messages: Sequence[bytes]) -> Iterator[Sentence]:
        """Send them, and report on the connection and TLS."""
        with self._connected() as raw:
            yield CONNECTED
            line = self._secured(raw)
            yield SECURE
            try:
                line.hand_over(b"".join(messages))
            except TimeoutError as error:
                raise Temporary(UNCONFIRMED, host=self._host, seconds=f"{self._seconds:g}") from error
            except OSError as error:  # includes SSLError; TLS 1.3 refuses a client certificate after the handshake
                raise Temporary(CUT, host=self._host) from error

    def _connected(self) -> contextlib.closing[socket.socket]:
        try:
            raw = self._connect(self._host, self._port, self._seconds)
            raw.settimeout(self._seconds)
        except Invalid as error:
            raise Temporary(Sentence.of(error)) from error
        except OSError as error:
            raise _fault(error, self._host, self._seconds) from error
        return contextlib.closing(raw)

    def _secured(self, raw: socket.socket) -> TlsLine:
        try:
            return TlsLine(raw, self._tls, self._host)
        except (ssl.SSLCertVerificationError, TimeoutError) as error:
            raise _fault(error, self._host, self._seconds) from error
        except OSError as error:
            raise Temporary(NO_TLS, host=self._host) from error


class Https:
    """Sends to an address that accepts JSON Lines.

    Args:
        url: The address.
        token: The token in `Authorization: Bearer`. If empty, none is sent.
        client: Creates the client, with this timeout.
        seconds: How long the receiver may take.
        as_ocsf: Whether the lines are OCSF.
    """

    def __init__(
        self, url: str, token: str, client: Callable[[float], httpx.Client], seconds: float, *, as_ocsf: bool
    ) -> None:
        self._url, self._token, self._client, self._seconds = url, token, client, seconds
        self.as_ocsf = as_ocsf

    def send(self, messages: Sequence[bytes]) -> None:
        """Post the lines. A 2xx status means that they have been read."""
        for _ in self.steps(messages):
            pass

    def steps(self, messages: Sequence[bytes]) -> Iterator[Sentence]:
        """Send them, and report on TLS."""
        headers = {"content-type": "application/x-ndjson"}
        headers |= {"authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            with self._client(self._seconds) as client:
                answer = client.post(self._url, content=b"".join(messages), headers=headers)
        except httpx.HTTPError as error:
            raise _fault(error, httpx.URL(self._url).host, self._seconds) from error
        except Invalid as error:
            raise Temporary(Sentence.of(error)) from error
        yield SECURE
        if not answer.is_success:
            raise Temporary(NOT_LET_IN if answer.status_code in {401, 403} else REFUSED, status=answer.status_code)


def _fault(error: BaseException, host: str, seconds: float) -> Temporary:
    """Return the error to report for a failed connection, by its cause."""
    causes = [error]
    while cause := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(cause)
    for cause in reversed(causes):
        if isinstance(cause, socket.gaierror):
            return Temporary(UNKNOWN_NAME, host=host)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Temporary(UNTRUSTED, host=host, why=cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            return Temporary(NO_TLS, host=host)
        if isinstance(cause, (TimeoutError, httpx.TimeoutException)):
            return Temporary(LATE, host=host, seconds=f"{seconds:g}")
    return Temporary(SILENT, host=host)


def organisation_sender(host: Host, chosen: StreamSettings, seconds: float) -> Sender:
    """Return the sender of an organisation's log. Its addresses are checked at each connection (`outside_socket`).

    Raises:
        Temporary: A stored value cannot be used; sending begins when an administrator has corrected it.
    """
    for fault in receiver_faults(chosen).values():
        raise Temporary(fault)
    as_ocsf = chosen.form == OCSF
    tls = trust(pem(chosen.ca), pem(chosen.client))
    if chosen.way == HTTPS:

        def client(timeout: float) -> httpx.Client:
            return outside_client(host.platform, timeout, tls=tls)

        return Https(chosen.url, chosen.token, client, seconds, as_ocsf=as_ocsf)

    def connect(name: str, port: int, timeout: float) -> socket.socket:
        return outside_socket(host.platform, name, port, timeout)

    return Syslog(chosen.host, chosen.port, tls, connect, seconds, as_ocsf=as_ocsf)


def installation_sender(chosen: InstallationStream, seconds: float) -> Sender:
    """Return the sender of the installation's own log, as configured."""
    as_ocsf = chosen.form == OCSF
    ca = chosen.ca.read_text("utf-8") if chosen.ca else ""
    files = [path for path in (chosen.certificate, chosen.key) if path]
    tls = trust(ca, "\n".join(path.read_text("utf-8") for path in files))
    if chosen.way == HTTPS:

        def client(timeout: float) -> httpx.Client:
            return httpx.Client(verify=tls, timeout=timeout)

        return Https(chosen.url, chosen.token, client, seconds, as_ocsf=as_ocsf)

    def connect(name: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((name, port), timeout=timeout)

    return Syslog(chosen.host, chosen.port, tls, connect, seconds, as_ocsf=as_ocsf)


def trust(ca: str, client: str) -> ssl.SSLContext:
    """Return a TLS context with the trusted certificates, and our own certificate with its key if there is one.

    Raises:
        Temporary: A certificate or the key cannot be read.
    """
    try:
        tls = ssl.create_default_context(cadata=ca or None)
        if client:
            with tempfile.TemporaryDirectory(prefix="budkavle-siem-") as folder:  # Python reads them only from files
                path = Path(folder) / "client.pem"
                path.touch(mode=0o600)
                path.write_text(client, "ascii")
                tls.load_cert_chain(path)
    except (ssl.SSLError, ValueError, OSError) as error:
        raise Temporary(BAD_FILES) from error
    return tls
