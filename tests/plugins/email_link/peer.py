"""A mail server in this process (aiosmtpd), with TLS and sign-in, that can be told to refuse, dawdle and drop."""

import asyncio
import email
import email.policy
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.certificates import write_self_signed

USER, PASSWORD = "budkavle", "hemligt lösenord"


@dataclass(frozen=True)
class Got:
    """A mail that the server has taken."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


@dataclass
class Handler:
    """Takes mails, or answers as it is told.

    Attributes:
        answers: By command (`MAIL`, `RCPT`, `DATA`), what is answered instead of taking it; used up one by one.
        dropping: Commands at which the connection is cut.
        slow: Commands at which nothing is answered until the server stops.
        sessions: How many connections there have been.
    """

    got: list[Got] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    dropping: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions.add(str(session.peer))
        if answer := await self._told("MAIL", server):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the same
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := await self._told("RCPT", server):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        if answer := await self._told("DATA", server):
            return answer
        assert isinstance(envelope.original_content, bytes)
        self.got.append(Got(str(envelope.mail_from), list(envelope.rcpt_tos), envelope.original_content))
        return "250 OK: queued"

    async def _told(self, command: str, server: SMTP) -> str:
        if command in self.dropping:
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        if command in self.slow:
            await self.stopping.wait()
        waiting = self.answers.get(command, [])
        return waiting.pop(0) if waiting else ""


@dataclass(frozen=True)
class Pair:
    """A certificate for 127.0.0.1, good for itself."""

    certificate: Path
    context: ssl.SSLContext

    @classmethod
    def make(cls, folder: Path) -> "Pair":
        certificate, key = write_self_signed(folder, "127.0.0.1", "mail")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        return cls(certificate, context)


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """Let in who knows the password."""
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == right, handled=False)


@contextmanager
def serving(
    handler: Handler, pair: Pair | None = None, *, tls: str = "none", sign_in: bool = False, offers: bool = True
) -> Iterator[tuple[str, int]]:
    """Run the server in a thread with a loop of its own; gives its address."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    place: list[tuple[str, int]] = []
    options: dict[str, Any] = (
        {"tls_context": pair.context, "require_starttls": True} if pair and tls == "starttls" else {}
    )
    if not offers:
        options |= {"auth_exclude_mechanism": {"PLAIN", "LOGIN"}}
    if sign_in:
        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": tls == "starttls"}

    async def serve() -> None:
        def answer() -> SMTP:
            made.append(SMTP(handler, hostname="mail.example", loop=loop, **options))
            return made[-1]

        made: list[SMTP] = []
        safe = pair.context if pair and tls == "implicit" else None
        server = await loop.create_server(answer, "127.0.0.1", 0, ssl=safe)
        place.append(server.sockets[0].getsockname()[:2])
        ready.set()
        await handler.stopping.wait()
        server.close()
        for one in made:
            if one.transport is not None:
                one.transport.abort()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    try:
        yield place[0]
    finally:
        loop.call_soon_threadsafe(handler.stopping.set)
        thread.join(10)
