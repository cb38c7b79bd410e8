"""PDUs that cannot be read: they are answered as such, so that they do not come again and end each session."""

import asyncio
import struct
from typing import Any

import pytest
from aiosmpplib.state import SmppCommand, SmppCommandStatus

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
