"""What an older version has queued or sent: sent once, matched with its reports, told of once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import func, insert, select

from budkavle import Platform
from budkavle.notices import NoticeState
from budkavle.testing.working import do_job
from budkavle_sms.tables import messages, outbox, receipts

PHONE = "+46701234512"
TEXT = "Håbo kommun: koden är 012345."


def old(sms_plugin: Any, state: str, text: str = TEXT, **more: Any) -> UUID:
    """Put a row into the old table, as the older version did."""
    message_id = uuid4()
    content = msgspec.json.encode({"to": PHONE, "sender": "Habo", "text": text})
    row = {
        "organisation_id": sms_plugin.organisation.id,
        "id": message_id,
        "kind": "code",
        "sealed": sms_plugin.host.vault.seal_small(sms_plugin.organisation.id, f"sms:{message_id}", content),
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
    with sms_plugin.host.transaction(sms_plugin.organisation.id) as connection:
        connection.execute(insert(outbox).values(row))
    return message_id


def left(sms_plugin: Any) -> list[str]:
    """The states of what the old table still has."""
    with sms_plugin.host.transaction(sms_plugin.organisation.id) as connection:
        return list(connection.execute(select(outbox.c.state)).scalars())


def token_of(sms_plugin: Any, message_id: UUID) -> str:
    return str(sms_plugin.parts.reports.url(sms_plugin.organisation.id, message_id).rpartition("/")[2])


def test_what_waits_is_sent_once(platform: Platform, sms_plugin: Any) -> None:
    """Codes and notices, each under its own id; what has ended stays until it is swept."""
    code, delivery_id = old(sms_plugin, "WAITING"), uuid4()
    arrival = old(sms_plugin, "WAITING", "Se din e-post.", kind="notice", delivery_id=delivery_id)
    old(sms_plugin, "FAILED", "")
    assert do_job(platform, "sms.carry-over") == 2
    assert do_job(platform, "sms.carry-over") == 0
    assert left(sms_plugin) == ["FAILED"]
    assert {(one.status.id, one.status.topic, one.status.about) for one in sms_plugin.latest()} == {
        (code, "sms.code", None),
        (arrival, "sms.arrival", delivery_id),
    }
    assert do_job(platform, "outbox.notices.sms_urgent") == 1
    (sms,) = sms_plugin.gateway.taken
    assert (sms.id, sms.to, sms.text, sms.secret) == (code, PHONE, TEXT, True)
    assert do_job(platform, "outbox.notices.sms_urgent") == 0


def test_its_time_is_still_its_time(platform: Platform, sms_plugin: Any) -> None:
    """A code that nobody can use any more is not sent after the upgrade either."""
    old(sms_plugin, "WAITING", expires_at=func.now() - timedelta(seconds=1))
    do_job(platform, "sms.carry-over")
    sms_plugin.send()
    assert sms_plugin.gateway.taken == []
    assert [one.status.state for one in sms_plugin.latest()] == [NoticeState.FAILED]
    assert isinstance(sms_plugin.latest()[0].notice.expires_at, datetime)


def test_what_a_worker_hands_over_now_is_left_to_it(platform: Platform, sms_plugin: Any) -> None:
    """Until its lease ends; then it may have been sent, and a notice is not sent again."""
    old(sms_plugin, "SENDING", kind="notice", gateway="fake", due_at=func.now() + timedelta(minutes=1))
    assert do_job(platform, "sms.carry-over") == 0
    with sms_plugin.host.transaction(sms_plugin.organisation.id) as connection:
        connection.execute(outbox.update().values(due_at=func.now() - timedelta(seconds=1)))
    assert do_job(platform, "sms.carry-over") == 1
    sms_plugin.send()
    assert sms_plugin.gateway.taken == []
    assert [one.status.state for one in sms_plugin.latest()] == [NoticeState.UNSURE]


@pytest.mark.parametrize("state", ["SENT", "UNSURE"])
@pytest.mark.parametrize("is_carried", [True, False])
def test_a_report_over_http_finds_what_was_sent_before(
    platform: Platform, sms_plugin: Any, state: str, is_carried: bool
) -> None:
    """By the address that the gateway was given then, whether the job has run or not; nothing is sent again."""
    sent = old(sms_plugin, state, "", gateway="fake", remote_id="fake-1")
    if is_carried:
        do_job(platform, "sms.carry-over")
    sms_plugin.parts.reports.reported(token_of(sms_plugin, sent), NoticeState.DELIVERED)
    assert [(one.status.id, one.status.state) for one in sms_plugin.latest()] == [(sent, NoticeState.DELIVERED)]
    sms_plugin.send()
    assert sms_plugin.gateway.taken == []


def test_a_receipt_over_smpp_finds_what_was_sent_before(platform: Platform, sms_plugin: Any) -> None:
    """By the operator's name for it: also one that came before the job had run."""
    first = old(sms_plugin, "SENT", "", gateway="fake", remote_id="fake-1")
    sms_plugin.parts.reports.receipt("fake", "fake-1", NoticeState.FAILED)
    second = old(sms_plugin, "SENT", "", gateway="fake", remote_id="fake-2")
    do_job(platform, "sms.carry-over")
    sms_plugin.parts.reports.receipt("fake", "fake-2", NoticeState.DELIVERED)
    states = {one.status.id: one.status.state for one in sms_plugin.latest()}
    assert states == {first: NoticeState.FAILED, second: NoticeState.DELIVERED}
    with sms_plugin.host.transaction(None) as connection:
        assert connection.execute(select(func.count()).select_from(receipts)).scalar_one() == 0
    with sms_plugin.host.transaction(sms_plugin.organisation.id) as connection:
        assert set(connection.execute(select(messages.c.remote_id)).scalars()) == {"fake-1", "fake-2"}


def test_what_cannot_be_taken_over_holds_nothing_up(sms_plugin: Any) -> None:
    """A report of nobody's message changes nothing, and asks the old table once."""
    sms_plugin.parts.reports.reported(token_of(sms_plugin, uuid4()), NoticeState.DELIVERED)
    assert sms_plugin.latest() == []


def test_what_ended_before_is_forgotten_in_time(platform: Platform, sms_plugin: Any) -> None:
    """By the same job as ever."""
    old(sms_plugin, "DELIVERED", "", created_at=func.now() - timedelta(days=31))
    old(sms_plugin, "FAILED", "")
    assert do_job(platform, "sms.sweep") == 1
    assert left(sms_plugin) == ["FAILED"]
