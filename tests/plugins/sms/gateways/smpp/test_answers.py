"""What a peer answers, byte by byte: refusals, answers for nobody, and silence."""

from collections.abc import Callable

import pytest
from tests.plugins.sms.gateways.smpp.message_centres import (
    BIND_RESP,
    ENQUIRE,
    ENQUIRE_RESP,
    NACK,
    SUBMIT,
    SUBMIT_RESP,
    Liar,
    Ours,
    lost,
    pdu,
    sms,
)

from budkavle import Temporary, call
from budkavle_sms.gateways.base import Unsure


def test_a_login_that_is_refused_is_told(liar: Liar, connect: Callable[..., Ours]) -> None:
    """With what to look at; and it is not tried again at once, since operators lock out who knocks too often."""
    liar.answers[0x09] = lambda _, number: [pdu(BIND_RESP, number, b"", status=0x0E)]
    ours = connect()
    for _ in range(3):
        with pytest.raises(Temporary, match=r"godtar inte inloggningen \(kod 0x0E\)"):
            ours.send(sms())
    assert liar.binds == 1


def test_a_status_of_the_operators_own_is_no_end(liar: Liar, connect: Callable[..., Ours]) -> None:
    """It is tried again later, and the line goes on."""
    liar.answers[SUBMIT] = lambda _, number: [pdu(SUBMIT_RESP, number, b"", status=0x0401)]
    ours = connect()
    with pytest.raises(Temporary, match="0x401"):
        ours.send(sms())
    del liar.answers[SUBMIT]
    assert ours.send(sms()) == "id-1"
    assert liar.binds == 1


def test_a_general_no_is_an_answer(liar: Liar, connect: Callable[..., Ours]) -> None:
    """generic_nack belongs to the request whose number it has."""
    liar.answers[SUBMIT] = lambda _, number: [pdu(NACK, number, b"", status=0x03)]
    with pytest.raises(Temporary, match="0x03"):
        connect().send(sms())


def test_answers_for_nobody_are_passed_by(liar: Liar, connect: Callable[..., Ours]) -> None:
    """Nor may a wrong number give somebody else's answer."""
    liar.answers[SUBMIT] = lambda _, number: [
        pdu(SUBMIT_RESP, number + 7, b"wrong\0"),
        pdu(SUBMIT_RESP, number, b"right\0"),
    ]
    assert connect().send(sms()) == "right"


def test_a_lost_line_is_told_at_once_and_opened_again(liar: Liar, connect: Callable[..., Ours]) -> None:
    """Who waits for an answer does not wait for the clock; the next message opens a new line."""
    liar.hangs_up_at = SUBMIT
    ours = connect(timeout=60.0)
    with pytest.raises(Unsure, match="tappade förbindelsen"):
        ours.send(sms())
    liar.hangs_up_at = 0
    assert ours.send(sms()) == "id-1"
    assert liar.binds == 2


def test_a_silent_line_is_asked_whether_it_lives(liar: Liar, connect: Callable[..., Ours]) -> None:
    """And one that does not answer is given up, so that the next message opens a new one."""
    ours = connect(enquire_seconds=0.05, timeout=1.0)
    call(ours.gateway.attend)
    liar.hears(ENQUIRE)
    liar.hears(ENQUIRE)
    assert liar.binds == 1
    liar.answers[ENQUIRE] = lambda _, number: []
    lost(ours.gateway)
    del liar.answers[ENQUIRE]
    assert ours.send(sms()) == "id-1"
    assert liar.binds == 2


def test_it_answers_when_it_is_asked(liar: Liar, connect: Callable[..., Ours]) -> None:
    """enquire_link gets its answer, what we do not know a no, and unbind a goodbye and a new line."""
    liar.answers[SUBMIT] = lambda _, number: [
        pdu(ENQUIRE, 31),
        pdu(0x0103, 32, b"data_sm"),
        pdu(SUBMIT_RESP, number, b"a1\0"),
        pdu(0x06, 33),
    ]
    ours = connect()
    assert ours.send(sms()) == "a1"
    assert liar.hears(ENQUIRE_RESP)[2] == 31
    assert liar.hears(NACK) == (NACK, 0x03, 32)
    assert liar.hears(0x80000006)[2] == 33
    lost(ours.gateway)
    assert ours.send(sms()) == "a1"
    assert liar.binds == 2


@pytest.mark.parametrize(
    "noise", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\x04" + b"\0" * 20, b"\x7f\xff\xff\xff" + b"\0" * 12]
)
def test_who_does_not_speak_smpp_is_left(liar: Liar, connect: Callable[..., Ours], noise: bytes) -> None:
    """A length that cannot be is no reason to wait for so many bytes."""
    liar.answers[0x09] = lambda _, number: [noise]
    with pytest.raises(Temporary):
        connect(timeout=1.0).send(sms())


def test_an_answer_that_never_comes_is_given_up(liar: Liar, connect: Callable[..., Ours]) -> None:
    """And is not sent later behind our back: it is tried again as a whole."""
    liar.answers[SUBMIT] = lambda _, number: []
    ours = connect(timeout=0.2)
    with pytest.raises(Temporary, match="i tid"):
        ours.send(sms())
    del liar.answers[SUBMIT]
    assert ours.send(sms()) == "id-1"
    submits = [one for one in (liar.heard.get() for _ in range(liar.heard.qsize())) if one[0] == SUBMIT]
    assert len(submits) == 2
