"""A bound session with a message centre (SMPP 3.4), over TCP or TLS.

The PDUs come from aiosmpplib; the session is our own. The library's session (0.7.4) has no TLS, logs texts and numbers
when a message cannot be sent, may miss an answer that arrives before the request is registered, drops the connection
when the operator uses its own status codes or a receipt's dates have seconds, and later sends messages that had been
given up. Here a request is registered by sequence number before it is written, and a lost connection fails all waiting
requests at once.
"""

import asyncio
import itertools
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from aiosmpplib import SubmitSm
from aiosmpplib.protocol import (
    BindTransceiver,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SmppMessage,
    Unbind,
    UnbindResp,
)
from aiosmpplib.state import PduHeader, SmppCommand, SmppCommandStatus

from budkavle_sms.settings import SmppSettings

HEADER = struct.Struct("!IIII")
MOST_BYTES = 70_000
"""For one PDU: message_payload carries at most 64 kB."""
RESPONSE = 0x8000_0000
GOODBYE = 1.0
"""Timeout in seconds for the answer to an unbind."""
_STATUSES = {int(status) for status in SmppCommandStatus}

OnDeliver = Callable[[DeliverSm], Awaitable[None]]
"""Called with each deliver_sm before it is answered; if it raises, no answer is sent, so the message comes again."""


class BindRefused(Exception):
    """The message centre refuses the bind; `status` is its command_status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"command_status 0x{status:08X}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Pdu:
    """A received PDU; `status` may be one of the operator's own."""

    command: int
    status: int
    number: int
    whole: bytes

    @property
    def header(self) -> PduHeader:
        """Return the header as the library's type."""
        status = SmppCommandStatus(self.status) if self.status in _STATUSES else SmppCommandStatus.ESME_RUNKNOWNERR
        return PduHeader(len(self.whole), SmppCommand(self.command), status, self.number)

    @property
    def text(self) -> str:
        """Return the identifier in a submit_sm_resp; empty if it has none."""
        return self.whole[HEADER.size :].partition(b"\0")[0].decode("ascii", "replace")


class _Delivered(DeliverSm):  # type: ignore[misc] # the library has no types
    """A deliver_sm that may lack text, like a receipt with options only; the library refuses that."""

    short_message: str

    def __post_init__(self) -> None:
        if not self.short_message and not self.message_payload:
            self.short_message = " "
        super().__post_init__()


def read_deliver(pdu: Pdu) -> DeliverSm:
    """Parse a deliver_sm.

    Raises:
        ValueError: It cannot be parsed. The library raises `KeyError` if a number has an odd length.
    """
    try:
        return cast("DeliverSm", _Delivered.from_pdu(pdu.whole, pdu.header, "gsm0338"))
    except (ValueError, LookupError, struct.error) as error:
        raise ValueError("a deliver_sm that cannot be read") from error


class SmppSession:
    """A session; it stays open until it is closed or lost.

    Args:
        settings: The message centre's address, and our account.
        timeout: Timeout in seconds for each answer.
        on_deliver: Called with what the message centre sends us.
    """

    def __init__(self, settings: SmppSettings, timeout: float, on_deliver: OnDeliver) -> None:
        self._settings = settings
        self._timeout = timeout
        self._on_deliver = on_deliver
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether the session is open, as far as we know."""
        return self._reading is not None and not self._reading.done()

    async def open(self) -> None:
        """Connect and bind as a transceiver.

        Raises:
            OSError: It does not answer; TimeoutError if it is too slow, SSLError if TLS fails.
            BindRefused: It refuses the bind.
        """
        async with asyncio.timeout(self._timeout):
            reader, self._writer = await connect(self._settings)
        self._reading = asyncio.create_task(self._read(reader))
        try:
            await self._bind()
        except BaseException:
            await self.close()
            raise

    async def _bind(self) -> None:
        answer = await self._ask(
            BindTransceiver(
                system_id=self._settings.system_id,
                password=self._settings.password,
                system_type=self._settings.system_type,
            )
        )
        if answer.status:
            raise BindRefused(answer.status)

    async def submit(self, message: SubmitSm) -> tuple[int, str]:
        """Submit a message, and return the command_status and the message centre's identifier.

        Raises:
            OSError: The connection was lost, or no answer came in time.
        """
        answer = await self._ask(message)
        return answer.status, answer.text

    async def close(self) -> None:
        """Unbind and close."""
        if self.alive and self._writer is not None:
            with suppress(OSError):
                async with asyncio.timeout(GOODBYE):
                    await self._ask(Unbind())
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _ask(self, request: SmppMessage) -> Pdu:
        request.sequence_num = number = self._number()
        answer: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(self._timeout):
                await self._write(request)
                return await answer
        finally:
            self._waiting.pop(number, None)

    def _number(self) -> int:
        """Return the next sequence number, 1 to 0x7FFFFFFF (SMPP 3.4, section 3.2)."""
        return 1 + next(self._numbers) % 0x7FFF_FFFF

    async def _write(self, message: SmppMessage) -> None:
        if self._writer is None or not self.alive:
            raise ConnectionError("the line is down")
        self._writer.write(message.pdu())
        await self._writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Read PDUs until the connection is lost; requests that wait for an answer then fail at once."""
        try:
            while (pdu := await self._next(reader)) is not None:
                if pdu.command & RESPONSE:
                    self._answered(pdu)
                else:
                    await self._serve(pdu)
        except (OSError, EOFError):
            pass  # the connection is lost; `finally` fails the waiting requests
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the line was lost"))
            if self._writer is not None:
                self._writer.close()

    async def _next(self, reader: asyncio.StreamReader) -> Pdu | None:
        """Read a PDU; after a silence, check the connection with an enquire_link. None if the peer unbinds."""
        try:
            async with asyncio.timeout(self._settings.enquire_seconds):
                head = await reader.readexactly(HEADER.size)
        except TimeoutError:
            await self._write(_numbered(EnquireLink(), self._number()))
            async with asyncio.timeout(self._timeout):
                head = await reader.readexactly(HEADER.size)
        length, command, status, number = HEADER.unpack(head)
        if not HEADER.size <= length <= MOST_BYTES:
            raise ConnectionError("the peer does not speak SMPP")
        async with asyncio.timeout(self._timeout):
            body = await reader.readexactly(length - HEADER.size)
        if command == SmppCommand.UNBIND:
            await self._write(_numbered(UnbindResp(), number))
            return None
        return Pdu(command, status, number, head + body)

    def _answered(self, pdu: Pdu) -> None:
        future = self._waiting.get(pdu.number)
        if future is not None and not future.done():
            future.set_result(pdu)

    async def _serve(self, pdu: Pdu) -> None:
        if pdu.command == SmppCommand.ENQUIRE_LINK:
            await self._write(_numbered(EnquireLinkResp(), pdu.number))
        elif pdu.command == SmppCommand.DELIVER_SM:
            await self._write(_numbered(await self._delivered(pdu), pdu.number))
        else:
            await self._write(_numbered(GenericNack(command_status=SmppCommandStatus.ESME_RINVCMDID), pdu.number))

    async def _delivered(self, pdu: Pdu) -> DeliverSmResp:
        try:
            message = read_deliver(pdu)
        except ValueError:
            return DeliverSmResp(command_status=SmppCommandStatus.ESME_RX_P_APPN)  # it would be unreadable again
        await self._on_deliver(message)
        return DeliverSmResp()


async def connect(settings: SmppSettings) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open the connection, without a bind."""
    context = ssl.create_default_context(cafile=settings.ca) if settings.tls else None
    return await asyncio.open_connection(settings.host, settings.port, ssl=context, limit=MOST_BYTES)


def _numbered(message: SmppMessage, number: int) -> SmppMessage:
    message.sequence_num = number
    return message
