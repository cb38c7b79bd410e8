"""Receipts are read however they are written, and come again where they could not be stored."""

import queue
from collections.abc import Callable

import pytest
from tests.plugins.sms.gateways.smpp.message_centres import (
    BIND_RESP,
    DELIVER,
    DELIVER_RESP,
    SECONDS,
    SUBMIT,
    SUBMIT_RESP,
    Liar,
    Ours,
    lost,
    pdu,
    sms,
)

from budkavle import Unavailable, call
from budkavle.notices import NoticeState
from budkavle_sms.gateways.smpp import Smpp
from budkavle_sms.settings import SmppSettings


def deliver(number: int, text: bytes, esm_class: int = 4, options: bytes = b"", coding: int = 0) -> bytes:
    head = (
        b"\0" + b"\x01\x01467012\0" + b"\x05\x00Habo\0" + bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, coding, 0))
    )
    return pdu(DELIVER, number, head + bytes((len(text),)) + text + options)


RECEIPT = b"id:%s sub:001 dlvrd:001 submit date:%s done date:%s stat:DELIVRD err:%s text:Din kod"


@pytest.mark.parametrize(
    ("text", "options", "remote_id"),
    [
        (RECEIPT % (b"a1", b"2611241330", b"2611241331", b"000"), b"", "a1"),
        (RECEIPT % (b"a1", b"261124133005", b"261124133106", b"0A3"), b"", "a1"),
        (b"ID:a1 STAT:DELIVRD", b"", "a1"),
        (b"stat:DELIVRD", b"\x00\x1e\x00\x03t1\0", "t1"),
        (RECEIPT % (b"a1", b"2611241330", b"2611241331", b"000"), b"\x00\x1e\x00\x03t1\0", "t1"),
    ],
)
def test_receipts_are_read_however_they_are_written(
    liar: Liar, connect: Callable[..., Ours], text: bytes, options: bytes, remote_id: str
) -> None:
    """With seconds in their dates, letters in their error, capitals, or the identifier in a field of its own."""
    liar.answers[SUBMIT] = lambda _, number: [pdu(SUBMIT_RESP, number, b"a1\0"), deliver(9, text, options=options)]
    ours = connect()
    ours.send(sms())
    assert ours.receipts.get(timeout=SECONDS) == (remote_id, NoticeState.DELIVERED)
    assert liar.hears(DELIVER_RESP) == (DELIVER_RESP, 0, 9)


@pytest.mark.parametrize(
    "odd",
    [
        deliver(9, b"Hej, jag svarar", esm_class=0),
        deliver(9, b"\xff\xfe\x00", coding=8),
        deliver(9, b"stat:DELIVRD"),
        deliver(9, b""),
        pdu(DELIVER, 9, b"\0"),
    ],
    ids=["an answer from a phone", "half a letter", "no identifier", "empty", "cut off"],
)
def test_what_is_no_receipt_is_answered_and_forgotten(liar: Liar, connect: Callable[..., Ours], odd: bytes) -> None:
    """So that it does not come again and again; the line goes on."""
    liar.answers[SUBMIT] = lambda _, number: [odd, pdu(SUBMIT_RESP, number, b"a1\0")]
    ours = connect()
    assert ours.send(sms()) == "a1"
    assert liar.hears(DELIVER_RESP)[2] == 9
    assert ours.receipts.empty()


def test_a_receipt_that_cannot_be_stored_comes_again(liar: Liar, port: int) -> None:
    """It is not answered, so that the message centre keeps it; the line is opened anew."""
    tries: queue.Queue[str] = queue.Queue()

    async def fails(remote_id: str, state: NoticeState) -> None:
        tries.put(remote_id)
        raise Unavailable("Databasen svarar inte.")

    text = RECEIPT % (b"a1", b"2611241330", b"2611241331", b"000")
    liar.answers[0x09] = lambda _, number: [pdu(BIND_RESP, number, b"SMSC\0"), deliver(9, text)]
    settings = SmppSettings(host="127.0.0.1", port=port, tls=False, system_id="kommun", password="hemligt")
    gateway = Smpp(settings, 5.0, fails)
    call(gateway.attend)
    assert tries.get(timeout=SECONDS) == "a1"
    lost(gateway)
    call(gateway.attend)
    assert tries.get(timeout=SECONDS) == "a1"
    call(gateway.close)
    heard = [liar.heard.get() for _ in range(liar.heard.qsize())]
    assert DELIVER_RESP not in [command for command, _, _ in heard]
