"""SMPP with a message centre of another maker: texts go, and their receipts come."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
import smpp34
from tests.plugins.sms.gateways.smpp.message_centres import SECONDS, Centre, Ours, sms

from budkavle import Misconfigured, Permanent, Temporary, call
from budkavle.notices import NoticeState


def test_a_message_is_taken_and_its_receipt_comes(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Swedish letters in the GSM alphabet, a name as the source, an international number, and the operator's id."""
    ours = connect()
    assert ours.send(sms("åäöÅÄÖ{}€ 012345")) == "m1"
    (got,) = centre.got
    assert (got.source_addr, got.source_addr_ton, got.source_addr_npi) == ("HaboKommun", 5, 0)
    assert (got.destination_addr, got.dest_addr_ton, got.dest_addr_npi) == ("46701234512", 1, 1)
    assert (got.data_coding, got.esm_class, got.registered_delivery) == (0, 0, 1)
    assert got.short_message == b"\x0f\x7b\x7c\x0e\x5b\x5c\x1b\x28\x1b\x29\x1b\x65 012345"
    assert ours.receipts.get(timeout=SECONDS) == ("m1", NoticeState.DELIVERED)


def test_an_emoji_makes_it_ucs2(centre: Centre, connect: Callable[..., Ours]) -> None:
    """With the coding that says so; both halves of the sign arrive."""
    connect().send(sms("kod 🔒"))
    (got,) = centre.got
    assert (got.data_coding, got.short_message.decode("utf-16-be")) == (8, "kod 🔒")


def test_a_long_message_is_joined_again(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Parts with one reference and their numbers; a receipt for the last alone; the euro does not break the count."""
    ours = connect()
    assert ours.send(sms("€" * 100)) == "m2"
    first, second = centre.got
    heads = [one.short_message[:6] for one in (first, second)]
    assert heads[0][:3] == b"\x05\x00\x03"
    assert heads[0][3] == heads[1][3]
    assert [head[4:] for head in heads] == [b"\x02\x01", b"\x02\x02"]
    assert [one.esm_class for one in (first, second)] == [0x40, 0x40]
    assert [one.registered_delivery for one in (first, second)] == [0, 1]
    assert [len(one.short_message) - 6 for one in (first, second)] == [152, 48]
    assert ours.receipts.get(timeout=SECONDS) == ("m2", NoticeState.DELIVERED)


def test_a_number_may_be_the_source(centre: Centre, connect: Callable[..., Ours]) -> None:
    """International, as SMPP writes it."""
    connect().send(sms(sender="+46766860001"))
    (got,) = centre.got
    assert (got.source_addr, got.source_addr_ton, got.source_addr_npi) == ("46766860001", 1, 1)


def test_a_receipt_may_overtake_the_answer(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Both come, in whatever order; neither is lost."""
    centre.overtaking = True
    ours = connect()
    assert ours.send(sms()) == "m1"
    assert ours.receipts.get(timeout=SECONDS) == ("m1", NoticeState.DELIVERED)


@pytest.mark.parametrize("word", ["UNDELIV", "EXPIRED", "REJECTD", "DELETED"])
def test_what_never_arrived_is_told(centre: Centre, connect: Callable[..., Ours], word: str) -> None:
    """The final words of a receipt that mean no."""
    centre.receipt = word
    ours = connect()
    ours.send(sms())
    assert ours.receipts.get(timeout=SECONDS) == ("m1", NoticeState.FAILED)


@pytest.mark.parametrize("word", ["ACCEPTD", "ENROUTE", "UNKNOWN"])
def test_what_says_nothing_new_is_passed_by(centre: Centre, connect: Callable[..., Ours], word: str) -> None:
    """The next final word is the first that is told."""
    centre.receipt = word
    ours = connect()
    ours.send(sms())
    centre.receipt = "DELIVRD"
    ours.send(sms())
    assert ours.receipts.get(timeout=SECONDS) == ("m2", NoticeState.DELIVERED)


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (smpp34.ESME_RINVDSTADR, Permanent, "numret eller avsändaren"),
        (smpp34.ESME_RINVSRCADR, Permanent, "kod 0x0A"),
        (smpp34.ESME_RTHROTTLED, Temporary, "just nu"),
        (smpp34.ESME_RMSGQFUL, Temporary, "just nu"),
        (smpp34.ESME_RSYSERR, Temporary, "kod 0x08"),
    ],
)
def test_a_refusal_means_what_it_means(
    centre: Centre, connect: Callable[..., Ours], status: int, error: type[Exception], says: str
) -> None:
    """The number and the sender will not get better; everything else may. The line stays open."""
    centre.refuse = status
    ours = connect()
    with pytest.raises(error, match=says):
        ours.send(sms())
    centre.refuse = 0
    assert ours.send(sms()) == "m1"


def test_many_go_through_one_line(centre: Centre, connect: Callable[..., Ours]) -> None:
    """At the same time, each with its own answer."""
    ours = connect(window=3)

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(ours.gateway.send(sms(f"Nummer {n}")) for n in range(20)))

    assert sorted(call(all_at_once)) == sorted(f"m{n}" for n in range(1, 21))


def test_it_is_attended_before_anything_is_sent(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Receipts come through the line also when there is nothing to send; one that does not open breaks nothing."""
    ours = connect()
    call(ours.gateway.attend)
    assert ours.gateway._line is not None
    assert ours.gateway._line.alive
    away = connect(port=1)
    call(away.gateway.attend)
    with pytest.raises(Temporary, match="svarar inte"):
        away.send(sms())


def test_its_health_does_not_bind(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Logins are counted; whether somebody answers there is enough."""
    ours = connect()
    call(ours.gateway.probe)
    assert ours.gateway._line is None
    with pytest.raises(Temporary, match="SMPP-server svarar inte"):
        call(connect(port=1).gateway.probe)


def test_nothing_of_it_is_logged(
    centre: Centre, connect: Callable[..., Ours], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither text nor number nor password, at any level, when it goes well and when it does not."""
    with caplog.at_level(logging.DEBUG):
        ours = connect()
        ours.send(sms())
        centre.refuse = smpp34.ESME_RSYSERR
        with pytest.raises(Temporary):
            ours.send(sms())
    assert not [word for word in ("012345", "701234512", "hemligt") if word in caplog.text]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"host": ""}, "host och system_id"),
        ({"system_id": ""}, "host och system_id"),
        ({"password": "för-långt"}, "password högst 8"),
        ({"system_id": "s" * 16}, "system_id högst 15"),
        ({"source_ton": 9}, "source_ton eller source_npi"),
    ],
)
def test_what_is_missing_is_told_at_the_start(connect: Callable[..., Ours], settings: Any, says: str) -> None:
    """Before anybody waits for a code."""
    with pytest.raises(Misconfigured, match=says):
        connect(**settings)
