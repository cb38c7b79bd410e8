"""PDUs that cannot be read: they are answered as such, so that they do not come again and end each session."""

import asyncio
import struct
from typing import Any

import pytest
from aiosmpplib.state import SmppCommand, SmppCommandStatus

from budkavle.notices import NoticeState
from budkavle_sms.gateways.smpp import receipt
from budkavle_sms.gateways.smpp_session import HEADER, Pdu, SmppSession
from budkavle_sms.settings import SmppSettings


@pytest.mark.parametrize("options", [struct.pack("!HH", 0x0427, 3) + b"abc", struct.pack("!HH", 0x0427, 900), b"\x04"])
def test_an_option_of_an_odd_length_does_not_end_the_session(options: bytes) -> None:
    """A number of three bytes, more than there is, half a header."""

    async def never(message: Any) -> None:
        pytest.fail("nothing was readable")

    body = b"\0\1\1" + b"46701234567\0" + b"\1\1" + b"71500\0" + bytes(9) + b"\3Hej" + options
    whole = HEADER.pack(HEADER.size + len(body), int(SmppCommand.DELIVER_SM), 0, 7) + body
    session = SmppSession(SmppSettings(host="localhost", system_id="a", password="b"), 1.0, never)
    answer = asyncio.run(session._delivered(Pdu(int(SmppCommand.DELIVER_SM), 0, 7, whole)))
    assert answer.command_status == SmppCommandStatus.ESME_RX_P_APPN


def _option(tag: int, value: bytes) -> bytes:
    return struct.pack("!HH", tag, len(value)) + value


ID, STATE = 0x001E, 0x0427


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (b"", _option(ID, b"17\0") + _option(STATE, b"\2"), [("17", NoticeState.DELIVERED)]),
        (b"", _option(STATE, b"\5") + _option(ID, b"A-7"), [("A-7", NoticeState.FAILED)]),
        (b"", _option(ID, b"17\0") + _option(STATE, b"\1"), []),
        (b"", _option(ID, b"17\0"), []),
        (b"", _option(STATE, b"\2"), []),
        (b"id:17 stat:UNDELIV", _option(STATE, b"\2"), [("17", NoticeState.FAILED)]),
        (b"id:17 stat:DELIVRD", _option(ID, b"0x11\0"), [("0x11", NoticeState.DELIVERED)]),
    ],
    ids=["delivered", "undeliverable", "on its way", "no state", "no message", "words first", "its option names it"],
)
def test_a_receipt_without_text_is_read_by_its_options(
    text: bytes, options: bytes, told: list[tuple[str, NoticeState]]
) -> None:
    """The message by receipted_message_id and what became of it by message_state; the words count where there are."""
    came: list[tuple[str, NoticeState]] = []

    async def keep(message: Any) -> None:
        came.extend(report for report in [receipt(message)] if message.is_receipt() and report is not None)

    body = b"\0\1\1" + b"46701234567\0" + b"\1\1" + b"71500\0" + b"\4" + bytes(8) + bytes([len(text)]) + text + options
    whole = HEADER.pack(HEADER.size + len(body), int(SmppCommand.DELIVER_SM), 0, 7) + body
    session = SmppSession(SmppSettings(host="localhost", system_id="a", password="b"), 1.0, keep)
    answer = asyncio.run(session._delivered(Pdu(int(SmppCommand.DELIVER_SM), 0, 7, whole)))
    assert (answer.command_status, came) == (SmppCommandStatus.ESME_ROK, told)
