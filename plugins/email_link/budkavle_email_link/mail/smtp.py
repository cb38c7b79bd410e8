"""Sends mails to the mail server: keeps a few connections open for the next mail, and interprets the replies.

Everything here runs in the one background loop (`budkavle.call`), so nothing needs a lock.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

import aiosmtplib
from aiosmtplib import SMTP

from budkavle import BudkavleError, Misconfigured, Permanent, Temporary
from budkavle_email_link.mail.message import Mail, as_bytes, envelope_sender
from budkavle_email_link.settings import EmailLinkSettings

DOWN = "E-postservern svarar inte. Vi försöker igen."
INSECURE = (
    "Det går inte att ansluta säkert till e-postservern. Be er IT-avdelning kontrollera certifikatet och inställningen "
    "tls; vi försöker igen."
)
SIGN_IN = (
    "E-postservern godtar inte inloggningen. Be er IT-avdelning kontrollera användarnamn och lösenord; vi försöker "
    "igen."
)
BUSY = "E-postservern kan inte ta emot just nu (svar {code}). Vi försöker igen."
NO_ADDRESS = "E-postadressen finns inte eller tar inte emot e-post (svar {code}). Kontrollera den, och skicka på nytt."
FULL = "Mottagarens e-postlåda är full (svar {code}). Nå personen på annat sätt, eller försök igen senare."
NO_SENDER = (
    "E-postservern godtar inte vår avsändaradress (svar {code}). Be er IT-avdelning kontrollera inställningarna."
)
REFUSED = "E-postservern tog inte emot meddelandet (svar {code}). Be er IT-avdelning titta i e-postserverns logg."
WHOLE = 3.0
"""Timeout of a complete mail, as a multiple of the timeout of one reply: a slow server must not hold us for ever."""


class Mailer:
    """The connections of one process to the mail server.

    Args:
        settings: The server and how to connect to it.
    """

    def __init__(self, settings: EmailLinkSettings) -> None:
        self._settings = settings
        self._idle: list[tuple[SMTP, float]] = []
        self._slots: asyncio.Semaphore | None = None
        self._reaping: asyncio.Task[None] | None = None

    async def send(self, mail: Mail) -> None:
        """Send one mail.

        Raises:
            Temporary: The server is down, slow or busy, or refuses our sign-in.
            Permanent: It will never accept this mail.
            Misconfigured: The signing key cannot be used.
        """
        raw = as_bytes(mail, self._settings)
        sender = envelope_sender(mail, self._settings)
        async with self._slot():
            try:
                async with asyncio.timeout(self._settings.timeout_seconds * WHOLE):
                    await self._hand_over(sender, mail.to, raw)
            except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
                raise judged(error) from error

    async def ask(self) -> None:
        """Check that the server answers and accepts our sign-in.

        Raises:
            Temporary: It does not.
        """
        async with self._slot():
            try:
                async with asyncio.timeout(self._settings.timeout_seconds):
                    client = await self._client()
                    await client.noop()
            except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
                raise judged(error) from error
            self._keep(client)

    async def close(self) -> None:
        """Close all connections."""
        if self._reaping:
            self._reaping.cancel()
            self._reaping = None
        idle, self._idle = self._idle, []
        for client, _ in idle:
            await _leave(client)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        if self._slots is None:
            self._slots = asyncio.Semaphore(self._settings.connections)
        async with self._slots:
            yield

    async def _hand_over(self, sender: str, recipient: str, raw: bytes) -> None:
        client = await self._client()
        try:
            await client.sendmail(sender, [recipient], raw)
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused):
            self._keep(client)  # the connection can still be used after a refusal
            raise
        except BaseException:
            client.close()
            raise
        self._keep(client)

    async def _client(self) -> SMTP:
        """Return a connection: an idle one that still answers, otherwise a new one."""
        while self._idle:
            client, _ = self._idle.pop()
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.noop()
                return client
            client.close()
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.user or None,
            password=settings.password or None,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",
            tls_context=_context(settings),
            timeout=settings.timeout_seconds,
            local_hostname=settings.domain,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client

    def _keep(self, client: SMTP) -> None:
        if not client.is_connected:
            client.close()
            return
        self._idle.append((client, monotonic()))
        if self._reaping is None or self._reaping.done():
            self._reaping = asyncio.get_running_loop().create_task(self._reap())

    async def _reap(self) -> None:
        """Close connections that have been idle for too long, until none is left."""
        while self._idle:
            await asyncio.sleep(self._settings.idle_seconds)
            limit = monotonic() - self._settings.idle_seconds
            expired = [client for client, since in self._idle if since <= limit]
            self._idle = [(client, since) for client, since in self._idle if since > limit]
            for client in expired:
                await _leave(client)


async def _leave(client: SMTP) -> None:
    """Send QUIT, if the server still answers, and close the connection."""
    with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        await client.quit(timeout=2)
    client.close()


def _context(settings: EmailLinkSettings) -> ssl.SSLContext | None:
    if settings.tls == "none":
        return None
    try:
        return ssl.create_default_context(cafile=str(settings.ca) if settings.ca else None)
    except OSError as error:
        raise Misconfigured("Filen i plugins.email_link.ca går inte att läsa som certifikat.") from error


def judged(error: Exception) -> BudkavleError:
    """Return the meaning of an error for the mail; the server's own text may contain addresses and is left out."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return _recipient(error.recipients[0].code)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _response(error)
    if _is_insecure(error):
        return Temporary(INSECURE)
    if isinstance(error, aiosmtplib.SMTPException | OSError):
        return Temporary(DOWN)
    return Permanent(NO_ADDRESS, code=553)  # the library refuses an invalid address before the server sees it


def _is_insecure(error: BaseException | None) -> bool:
    """Tell whether a connection with TLS failed; the library wraps the original error."""
    while error is not None:
        if isinstance(error, ssl.SSLError | aiosmtplib.SMTPNotSupported):
            return True
        error = error.__cause__ or error.__context__
    return False


def _recipient(code: int) -> BudkavleError:
    if code < 500:
        return Temporary(BUSY, code=code)
    return Permanent(FULL if code == 552 else NO_ADDRESS, code=code)


def _response(error: aiosmtplib.SMTPResponseException) -> BudkavleError:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Temporary(SIGN_IN)
    if error.code < 500 or isinstance(error, aiosmtplib.SMTPConnectResponseError | aiosmtplib.SMTPHeloError):
        return Temporary(BUSY, code=error.code)
    return Permanent(NO_SENDER if isinstance(error, aiosmtplib.SMTPSenderRefused) else REFUSED, code=error.code)
