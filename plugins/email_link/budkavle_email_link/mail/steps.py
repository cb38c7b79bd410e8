"""Sends a mail to a server that an administrator has configured, step by step, so that an error names the failed step.

The step decides, not the server's code: OpenSMTPD replies 530 to a sender that it refuses, and 524 to a recipient that
it does not know. Only one authentication mechanism is tried, since each attempt with a wrong password counts on servers
that lock accounts after a few.
"""

import base64
import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from budkavle import BudkavleError, Invalid, Permanent, Sentence, Temporary
from budkavle_email_link.mail.server_settings import IMPLICIT, MailServer, pem
from budkavle_email_link.mail.smtp import FULL, NO_ADDRESS, REFUSED

WHOLE = 3.0
"""Timeout of all steps together, as a multiple of the timeout of one reply."""
FOUND = "Servern {host} tar emot anslutningar på port {port}."
GREETED = "Servern hälsar."
OFFERS_TLS = "Servern låter oss kryptera (STARTTLS)."
SAFE = "Förbindelsen är krypterad med {version}."
SIGNED_IN = "Servern godtar användarnamnet och lösenordet."
SENDER_TAKEN = "Servern godtar avsändaren {address}."
RECIPIENT_TAKEN = "Servern är beredd att ta emot till {address}."
TAKEN = "Servern har tagit emot mejlet."

NO_NAME = "Namnet {host} går inte att slå upp. Kontrollera stavningen."
NO_PORT = "Servern {host} tar inte emot anslutningar på port {port}. Kontrollera porten, och att brandväggen är öppen."
SILENT = "Servern {host} hälsar inte. Har porten TLS från början, välj det under Kryptering."
UNGREETED = "Servern {host} hälsar med felkod {code}. Den tar inte emot e-post nu, eller inte från oss."
NO_EHLO = "Servern {host} svarar med felkod {code} när vi presenterar oss (EHLO)."
NO_STARTTLS = "Servern {host} erbjuder inte STARTTLS på port {port}. Välj TLS från början, eller en annan port."
UNTRUSTED = "Servern {host} har ett certifikat som inte godtas: {why}"
NO_TLS = "Servern {host} talar inte TLS från början på port {port}. Välj STARTTLS, eller en annan port."
BROKEN_TLS = "Krypteringen med {host} kommer inte i gång."
NO_SIGN_IN = (
    "Servern {host} erbjuder ingen inloggning som vi kan (PLAIN eller LOGIN). Ta bort användaren, eller byt port."
)
REFUSED_USER = "Servern {host} godtar inte användarnamnet och lösenordet (svar {code})."
NO_SENDER = "Servern {host} godtar inte avsändaren {address} (svar {code}). Får användaren skicka från den adressen?"
NO_RECIPIENT = "Servern {host} godtar inte mottagaren {address} (svar {code})."
NOT_TAKEN = "Servern {host} tog inte emot mejlet (svar {code})."
LOST = "Servern {host} svarar inte längre, eller bröt förbindelsen."
BAD_CA = "Certifikatet som servern bedöms efter går inte att läsa. Klistra in det på nytt."
Connect = Callable[[str, int, float], socket.socket]
"""Opens a connection; see `outside_socket`."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The envelope and the bytes of a mail."""

    sender: str
    recipient: str
    raw: bytes


def hand_over(server: MailServer, letter: Letter, connect: Connect, seconds: float) -> Iterator[Sentence]:
    """Send a mail; yield a sentence after each step.

    Args:
        server: The mail server.
        letter: The envelope and the bytes.
        connect: Opens the connection.
        seconds: The timeout of one reply.

    Raises:
        Temporary: A step failed; the sentence says which, and what to do.
        Permanent: The server will never accept this mail.
    """
    steps = _Steps(server, connect, seconds)
    try:
        yield from steps.run(letter)
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPException, OSError) as error:
        raise Temporary(LOST, host=server.host) from error
    finally:
        steps.close()


class _Steps:
    def __init__(self, server: MailServer, connect: Connect, seconds: float) -> None:
        self._server, self._connect, self._seconds = server, connect, seconds
        self._client = smtplib.SMTP(local_hostname=server.sender.rpartition("@")[2], timeout=seconds)
        self._guard: threading.Timer | None = None
        self._tls = _trust(server.ca)

    def run(self, letter: Letter) -> Iterator[Sentence]:
        server = self._server
        raw = self._open()
        self._guard = threading.Timer(self._seconds * WHOLE, _cut, (raw,))
        self._guard.daemon = True
        self._guard.start()
        yield Sentence(FOUND, host=server.host, port=server.port)
        if server.tls == IMPLICIT:
            raw = self._secure(raw)
            yield Sentence(SAFE, version=str(raw.version()))
        self._greet(raw)
        yield Sentence(GREETED)
        if server.tls != IMPLICIT:
            yield from self._starttls()
        if server.user:
            self._sign_in()
            yield Sentence(SIGNED_IN)
        self._must(self._client.mail(letter.sender), self._sender_refused(letter))
        yield Sentence(SENDER_TAKEN, address=letter.sender)
        self._must(self._client.rcpt(letter.recipient), lambda code: self._recipient_refused(letter, code))
        yield Sentence(RECIPIENT_TAKEN, address=letter.recipient)
        self._deliver(letter)
        yield Sentence(TAKEN)

    def close(self) -> None:
        """Send QUIT, if the server still answers, and close the connection."""
        if self._client.sock is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._client.quit()
        self._client.close()
        if self._guard is not None:
            self._guard.cancel()

    def _open(self) -> socket.socket:
        server = self._server
        try:
            return self._connect(server.host, server.port, self._seconds)
        except socket.gaierror as error:
            raise Temporary(NO_NAME, host=server.host) from error
        except OSError as error:
            raise Temporary(NO_PORT, host=server.host, port=server.port) from error
        except Invalid as error:
            raise Temporary(Sentence.of(error)) from error

    def _secure(self, raw: socket.socket) -> ssl.SSLSocket:
        server = self._server
        try:
            return self._tls.wrap_socket(raw, server_hostname=server.host)
        except ssl.SSLCertVerificationError as error:
            raise Temporary(UNTRUSTED, host=server.host, why=error.verify_message) from error
        except (ssl.SSLError, OSError) as error:
            raise Temporary(NO_TLS, host=server.host, port=server.port) from error

    def _greet(self, raw: socket.socket) -> None:
        host = self._server.host
        self._client.sock, self._client._host = raw, host  # type: ignore[attr-defined]
        try:
            code, _ = self._client.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise Temporary(SILENT, host=host) from error
        if code != 220:
            raise Temporary(UNGREETED, host=host, code=code)
        self._must(self._client.ehlo(), lambda code: Temporary(NO_EHLO, host=host, code=code))

    def _starttls(self) -> Iterator[Sentence]:
        server = self._server
        if not self._client.has_extn("starttls"):
            raise Temporary(NO_STARTTLS, host=server.host, port=server.port)
        yield Sentence(OFFERS_TLS)
        try:
            self._client.starttls(context=self._tls)
        except ssl.SSLCertVerificationError as error:
            raise Temporary(UNTRUSTED, host=server.host, why=error.verify_message) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Temporary(BROKEN_TLS, host=server.host) from error
        secure = self._client.sock
        yield Sentence(SAFE, version=str(secure.version() if isinstance(secure, ssl.SSLSocket) else "TLS"))
        self._must(self._client.ehlo(), lambda code: Temporary(NO_EHLO, host=server.host, code=code))

    def _sign_in(self) -> None:
        server, client = self._server, self._client
        offered = client.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            secret = f"\0{server.user}\0{server.password}"
            code, _ = client.docmd("AUTH", f"PLAIN {_coded(secret)}")
        elif "LOGIN" in offered:
            code, _ = client.docmd("AUTH", "LOGIN")
            for secret in (server.user, server.password):
                code = client.docmd(_coded(secret))[0] if code == 334 else code
        else:
            raise Temporary(NO_SIGN_IN, host=server.host)
        if code != 235:
            raise Temporary(REFUSED_USER, host=server.host, code=code)

    def _deliver(self, letter: Letter) -> None:
        try:
            code, _ = self._client.data(letter.raw)
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        if code >= 500:
            raise Permanent(REFUSED, code=code)
        if code != 250:
            raise Temporary(NOT_TAKEN, host=self._server.host, code=code)

    def _sender_refused(self, letter: Letter) -> Callable[[int], BudkavleError]:
        return lambda code: Temporary(NO_SENDER, host=self._server.host, address=letter.sender, code=code)

    def _recipient_refused(self, letter: Letter, code: int) -> BudkavleError:
        if code >= 500:
            return Permanent(FULL if code == 552 else NO_ADDRESS, code=code)
        return Temporary(NO_RECIPIENT, host=self._server.host, address=letter.recipient, code=code)

    @staticmethod
    def _must(answer: tuple[int, bytes], refused: Callable[[int], BudkavleError]) -> None:
        code = answer[0]
        if not 200 <= code < 300:
            raise refused(code)


def _trust(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=pem(ca) or None)
    except (ssl.SSLError, ValueError) as error:
        raise Temporary(BAD_CA) from error


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _cut(raw: socket.socket) -> None:
    """Cut a connection that takes too long: a slow server must not hold us for ever."""
    with contextlib.suppress(OSError):
        raw.shutdown(socket.SHUT_RDWR)
