"""An operator's message centre by SMPP 3.4: the worker keeps a session open, and reopens it when it is lost."""

import asyncio
import re
import secrets
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiosmpplib import PhoneNumber, SubmitSm
from aiosmpplib.protocol import DeliverSm
from aiosmpplib.state import MESSAGE_STATE, NPI, RECEIPTED_MESSAGE_ID, TON, SmppCommandStatus

from budkavle import BudkavleError, Misconfigured, Permanent, Temporary
from budkavle.notices import NoticeState
from budkavle_sms.gateways.base import Sms, Unsure
from budkavle_sms.gateways.smpp_session import BindRefused, SmppSession, connect
from budkavle_sms.messages.segments import Segments, encoded, segments
from budkavle_sms.messages.senders import is_name
from budkavle_sms.settings import SmppSettings

UDHI: Final = 0b0100_0000
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between attempts to open a session, first and longest."""
PERMANENT: Final = frozenset(
    {
        SmppCommandStatus.ESME_RINVMSGLEN,
        SmppCommandStatus.ESME_RINVSRCADR,
        SmppCommandStatus.ESME_RINVDSTADR,
        SmppCommandStatus.ESME_RINVSRCTON,
        SmppCommandStatus.ESME_RINVSRCNPI,
        SmppCommandStatus.ESME_RINVDSTTON,
        SmppCommandStatus.ESME_RINVDSTNPI,
        SmppCommandStatus.ESME_RX_P_APPN,
    }
)
"""Statuses that would be the same on a retry: the number, the sender or the length (SMPP 3.4, section 5.1.3)."""
STATES: Final = {
    "DELIVRD": NoticeState.DELIVERED,
    "EXPIRED": NoticeState.FAILED,
    "DELETED": NoticeState.FAILED,
    "UNDELIV": NoticeState.FAILED,
    "REJECTD": NoticeState.FAILED,
}
"""Final states in a receipt's text (SMPP 3.4, appendix B); the others add nothing."""
TAGGED_STATES: Final = {
    2: NoticeState.DELIVERED,
    3: NoticeState.FAILED,
    4: NoticeState.FAILED,
    5: NoticeState.FAILED,
    8: NoticeState.FAILED,
}
"""The same states as numbers, in the option message_state (SMPP 3.4, section 5.2.28)."""
_ID, _STAT = re.compile(r"\bid:(\S+)", re.IGNORECASE), re.compile(r"\bstat:(\w+)", re.IGNORECASE)
DOWN = "Operatörens SMPP-server svarar inte ({reason}). Vi försöker igen."
CERTIFICATE = "Operatörens certifikat går inte att lita på. Kontrollera host och ca i [plugins.sms.smpp]."
NOT_LET_IN = (
    "Operatören godtar inte inloggningen (kod {code}). Kontrollera system_id, password och system_type i"
    " [plugins.sms.smpp], och hur många samtidiga inloggningar avtalet tillåter."
)
SLOW = "Operatören svarade inte i tid eller tappade förbindelsen. Vi försöker igen."
BUSY = "Operatören tar inte emot meddelandet just nu (kod {code}). Vi försöker igen."
REFUSED = "Operatören tog inte emot meddelandet: numret eller avsändaren går inte att använda (kod {code})."
OnReceipt = Callable[[str, NoticeState], Awaitable[None]]
"""Called with the operator's identifier and the final state; stored before the operator gets its answer."""


class Smpp:
    """A `Gateway`.

    Args:
        settings: The operator and the account.
        timeout: Timeout in seconds for each answer.
        on_receipt: Called with each delivery receipt.
    """

    name = "smpp"
    takes_once = False

    def __init__(self, settings: SmppSettings, timeout: float, on_receipt: OnReceipt) -> None:
        if not (settings.host and settings.system_id):
            raise Misconfigured("Ange host och system_id i [plugins.sms.smpp].")
        if len(settings.system_id) > 15 or len(settings.password) > 8:
            raise Misconfigured("I SMPP är system_id högst 15 tecken och password högst 8: [plugins.sms.smpp].")
        try:
            self._source_type = TON(settings.source_ton), NPI(settings.source_npi)
        except ValueError as error:
            raise Misconfigured("source_ton eller source_npi i [plugins.sms.smpp] finns inte i SMPP 3.4.") from error
        self._settings = settings
        self._timeout = timeout
        self._on_receipt = on_receipt
        self._line: SmppSession | None = None
        self._opening = asyncio.Lock()
        self._window = asyncio.Semaphore(settings.window)
        self._pause, self._not_before, self._why = FIRST_PAUSE, 0.0, Temporary(SLOW)

    async def send(self, sms: Sms) -> str:
        """Hand over each part, and return the identifier of the last part, for which a receipt is requested."""
        line = await self._open_line()
        whole = segments(sms.text)
        messages = [self._part(sms, whole, number) for number in range(len(whole.parts))]
        remote_id = ""
        for message in _with_header(messages, whole):
            remote_id = await self._submit(line, message)
        return remote_id

    async def probe(self) -> None:
        """Check that the server accepts connections; without a bind, because binds are limited."""
        try:
            async with asyncio.timeout(self._timeout):
                _, writer = await connect(self._settings)
        except OSError as error:
            raise _why_not(error) from error
        writer.close()

    async def attend(self) -> None:
        """Keep the session open, because receipts arrive through it."""
        try:
            await self._open_line()
        except BudkavleError:
            return  # the next message, or the health page, reports the reason

    async def close(self) -> None:
        """Unbind."""
        if self._line is not None:
            await self._line.close()
            self._line = None

    async def _open_line(self) -> SmppSession:
        async with self._opening:
            if self._line is not None and self._line.alive:
                return self._line
            if time.monotonic() < self._not_before:
                raise self._why
            await self.close()
            line = SmppSession(self._settings, self._timeout, self._deliver)
            try:
                await line.open()
            except (OSError, BindRefused) as error:
                self._why = _why_not(error)
                self._not_before = time.monotonic() + self._pause
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
                raise self._why from error
            self._line, self._pause, self._not_before = line, FIRST_PAUSE, 0.0
            return line

    async def _submit(self, line: SmppSession, message: SubmitSm) -> str:
        async with self._window:
            if not line.alive:
                raise Temporary(SLOW)
            try:
                status, remote_id = await line.submit(message)
            except OSError as error:
                raise Unsure(SLOW) from error
        if status in PERMANENT:
            raise Permanent(REFUSED, code=_code(status))
        if status:
            raise Temporary(BUSY, code=_code(status))
        return remote_id

    def _part(self, sms: Sms, whole: Segments, number: int) -> SubmitSm:
        return SubmitSm(
            short_message=whole.parts[number],
            source=self._source(sms.sender),
            destination=PhoneNumber(sms.to.removeprefix("+"), TON.INTERNATIONAL, NPI.ISDN),
            registered_delivery=int(number == len(whole.parts) - 1),
            encoding="ucs2" if whole.encoding == "UCS-2" else None,
        )

    def _source(self, sender: str) -> PhoneNumber:
        if is_name(sender):
            return PhoneNumber(sender, *self._source_type)
        return PhoneNumber(sender.removeprefix("+"), TON.INTERNATIONAL, NPI.ISDN)

    async def _deliver(self, message: DeliverSm) -> None:
        """Take a receipt; other messages, such as answers from phones, are ignored."""
        report = receipt(message) if message.is_receipt() else None
        if report is None:
            return
        try:
            await self._on_receipt(*report)
        except BudkavleError as error:
            raise ConnectionError("the receipt could not be stored") from error  # unanswered, so that it is sent again


def receipt(message: DeliverSm) -> tuple[str, NoticeState] | None:
    """Read a delivery receipt from its text, or from its options if it has no text (SMPP 3.4, appendix B and 5.3.2).

    Returns:
        The message centre's identifier and the final state; None if the state is not final or no message is named.
    """
    text = message.short_message or message.message_payload
    tagged = {option.tag: option.value for option in message.optional_params or []}
    named, word = _ID.search(text), _STAT.search(text)
    remote_id = str(tagged.get(RECEIPTED_MESSAGE_ID) or (named[1] if named else "")).rstrip("\0")
    state = STATES.get(word[1].upper()) if word else TAGGED_STATES.get(int(tagged.get(MESSAGE_STATE, 0)))
    return (remote_id, state) if remote_id and state else None


def _with_header(messages: list[SubmitSm], whole: Segments) -> list[SubmitSm]:
    """Encode each part, with the header that joins the parts of a long message (3GPP TS 23.040)."""
    total, reference = len(messages), secrets.randbelow(256)
    for number, message in enumerate(messages, start=1):
        octets = encoded(whole.parts[number - 1], whole.encoding)
        if total > 1:
            message.esm_class = UDHI
            octets = bytes((5, 0, 3, reference, total, number)) + octets
        message.set_encoded_message(octets)
    return messages


def _code(status: int) -> str:
    return f"0x{status:02X}"


def _why_not(error: Exception) -> Temporary:
    if isinstance(error, BindRefused):
        return Temporary(NOT_LET_IN, code=_code(error.status))
    if isinstance(error, ssl.SSLCertVerificationError):
        return Temporary(CERTIFICATE)
    return Temporary(DOWN, reason=type(error).__name__)
