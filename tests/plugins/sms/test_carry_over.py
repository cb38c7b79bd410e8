"""What an older version has queued or sent: sent once, matched with its reports, told of once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import func, insert, select

from budkavle.notices import NoticeState
from budkavle.testing.working import do_job
from budkavle_sms.tables import messages, outbox, receipts

PHONE = "+46701234512"
TEXT = "Håbo kommun: koden är 012345."


def old(house: Any, state: str, text: str = TEXT, **more: Any) -> UUID:
    """Put a row into the old table, as the older version did."""
    message_id = uuid4()
    content = msgspec.json.encode({"to": PHONE, "sender": "Habo", "text": text})
    row = {
        "organisation_id": house.id,
        "id": message_id,
        "kind": "code",
        "sealed": house.host.vault.seal_small(house.id, f"sms:{message_id}", content),
        "state": state,
        "attempt": 0,
        "due_at": func.now(),
        "expires_at": func.now() + timedelta(minutes=10),
        "gateway": "",
        "failure": "",
        "created_at": func.now(),
        "changed_at": func.now(),
        **more,
    }
    with house.host.transaction(house.id) as connection:
        connection.execute(insert(outbox).values(row))
    return message_id


def left(house: Any) -> list[str]:
    """The states of what the old table still has."""
    with house.host.transaction(house.id) as connection:
        return list(connection.execute(select(outbox.c.state)).scalars())


def token_of(house: Any, message_id: UUID) -> str:
    return str(house.parts.reports.url(house.id, message_id).rpartition("/")[2])


def test_what_waits_is_sent_once(house: Any) -> None:
    """Codes and notices, each under its own id; what has ended stays until it is swept."""
    code, delivery_id = old(house, "WAITING"), uuid4()
    arrival = old(house, "WAITING", "Se din e-post.", kind="notice", delivery_id=delivery_id)
    old(house, "FAILED", "")
    assert do_job(house.platform, "sms.carry-over") == 2
    assert do_job(house.platform, "sms.carry-over") == 0
    assert left(house) == ["FAILED"]
    assert {(one.status.id, one.status.topic, one.status.about) for one in house.latest()} == {
        (code, "sms.code", None),
        (arrival, "sms.arrival", delivery_id),
    }
    assert do_job(house.platform, "outbox.notices.sms_urgent") == 1
    (sms,) = house.gateway.taken
    assert (sms.id, sms.to, sms.text, sms.secret) == (code, PHONE, TEXT, True)
    assert do_job(house.platform, "outbox.notices.sms_urgent") == 0


def test_its_time_is_still_its_time(house: Any) -> None:
    """A code that nobody can use any more is not sent after the upgrade either."""
    old(house, "WAITING", expires_at=func.now() - timedelta(seconds=1))
    do_job(house.platform, "sms.carry-over")
    house.send()
    assert house.gateway.taken == []
    assert [one.status.state for one in house.latest()] == [NoticeState.FAILED]
    assert isinstance(house.latest()[0].notice.expires_at, datetime)


def test_what_a_worker_hands_over_now_is_left_to_it(house: Any) -> None:
    """Until its lease ends; then it may have been sent, and a notice is not sent again."""
    old(house, "SENDING", kind="notice", gateway="fake", due_at=func.now() + timedelta(minutes=1))
    assert do_job(house.platform, "sms.carry-over") == 0
    with house.host.transaction(house.id) as connection:
        connection.execute(outbox.update().values(due_at=func.now() - timedelta(seconds=1)))
    assert do_job(house.platform, "sms.carry-over") == 1
    house.send()
    assert house.gateway.taken == []
    assert [one.status.state for one in house.latest()] == [NoticeState.UNSURE]


@pytest.mark.parametrize("state", ["SENT", "UNSURE"])
@pytest.mark.parametrize("is_carried", [True, False])
def test_a_report_over_http_finds_what_was_sent_before(house: Any, state: str, is_carried: bool) -> None:
    """By the address that the gateway was given then, whether the job has run or not; nothing is sent again."""
    sent = old(house, state, "", gateway="fake", remote_id="fake-1")
    if is_carried:
        do_job(house.platform, "sms.carry-over")
    house.parts.reports.reported(token_of(house, sent), NoticeState.DELIVERED)
    assert [(one.status.id, one.status.state) for one in house.latest()] == [(sent, NoticeState.DELIVERED)]
    house.send()
    assert house.gateway.taken == []


def test_a_receipt_over_smpp_finds_what_was_sent_before(house: Any) -> None:
    """By the operator's name for it: also one that came before the job had run."""
    first = old(house, "SENT", "", gateway="fake", remote_id="fake-1")
    house.parts.reports.receipt("fake", "fake-1", NoticeState.FAILED)
    second = old(house, "SENT", "", gateway="fake", remote_id="fake-2")
    do_job(house.platform, "sms.carry-over")
    house.parts.reports.receipt("fake", "fake-2", NoticeState.DELIVERED)
    states = {one.status.id: one.status.state for one in house.latest()}
    assert states == {first: NoticeState.FAILED, second: NoticeState.DELIVERED}
    with house.host.transaction(None) as connection:
        assert connection.execute(select(func.count()).select_from(receipts)).scalar_one() == 0
    with house.host.transaction(house.id) as connection:
        assert set(connection.execute(select(messages.c.remote_id)).scalars()) == {"fake-1", "fake-2"}


def test_what_cannot_be_taken_over_holds_nothing_up(house: Any) -> None:
    """A report of nobody's message changes nothing, and asks the old table once."""
    house.parts.reports.reported(token_of(house, uuid4()), NoticeState.DELIVERED)
    assert house.latest() == []


def test_what_ended_before_is_forgotten_in_time(house: Any) -> None:
    """By the same job as ever."""
    old(house, "DELIVERED", "", created_at=func.now() - timedelta(days=31))
    old(house, "FAILED", "")
    assert do_job(house.platform, "sms.sweep") == 1
    assert left(house) == ["FAILED"]
