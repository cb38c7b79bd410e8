"""What has piled up while something was down goes out and comes in without a flood (feature SD7)."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle import NotYet, Platform
from budkavle_sdk_transport.incoming.receiving import AT_ONCE, Receiver
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.outgoing.recipient_limit import LONGEST, RecipientLimit
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling
from budkavle_sdk_transport.settings import TimingSettings

HERE: tuple[UUID, str] = (UUID(int=1), "0203:a.example")
MANY = 24


def put_off(pacing: RecipientLimit, count: int) -> timedelta:
    """How long one is told to wait, where the access point has so many of theirs."""
    with pytest.raises(NotYet) as said, pacing.slot(HERE, lambda: count):
        pass
    return said.value.pause


@pytest.mark.feature("SD7")
def test_so_many_at_a_time_and_others_are_not_in_the_way() -> None:
    """What is here and what the access point has count together, each recipient by itself."""
    pacing = RecipientLimit(2, timedelta(seconds=5))
    with pacing.slot(HERE, lambda: 1):
        put_off(pacing, 1)
        with pacing.slot((HERE[0], "0203:b.example"), lambda: 0):
            pass
    with pacing.slot(HERE, lambda: 1):
        pass


def test_those_that_wait_have_each_their_time() -> None:
    """So many are told the same time, the next ones a later one: they are not looked at again and again."""
    pacing = RecipientLimit(3, timedelta(seconds=5))
    pauses = [put_off(pacing, 3).total_seconds() for _ in range(7)]
    assert pauses == [5, 5, 5, 10, 10, 10, 15]
    for _ in range(4000):
        longest = put_off(pacing, 3)
    assert longest == LONGEST


def test_an_access_point_that_tells_at_once_is_not_counted() -> None:
    """Where nothing is enqueued the rows are asked once, until something is."""
    pacing, asked = RecipientLimit(2, timedelta(seconds=5)), []
    for _ in range(3):
        with pacing.slot(HERE, lambda: asked.append(1) or 0):
            pass
    assert len(asked) == 1
    pacing.submission_added()
    with pacing.slot(HERE, lambda: asked.append(1) or 1):
        pass
    assert len(asked) == 2


def test_one_recipient_of_whom_nothing_is_enqueued_says_nothing_of_the_others() -> None:
    """A message to somebody else in between opens no way past the limit."""
    pacing = RecipientLimit(2, timedelta(seconds=5))
    pacing.submission_added()
    with pacing.slot((HERE[0], "0203:b.example"), lambda: 0):
        pass
    put_off(pacing, 2)


def test_no_limit_is_no_limit() -> None:
    """0 in the settings."""
    pacing = RecipientLimit(0, timedelta(seconds=5))
    with pacing.slot(HERE, lambda: 10**6):
        pass


def test_what_piled_up_for_one_recipient_goes_a_few_at_a_time(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, parts: Network, point: Any, stranger: Any
) -> None:
    """Nothing is lost, nothing uses up its tries, and a message to somebody else does not wait in their queue."""
    parts.transport._recipient_limit = RecipientLimit(2, timedelta(seconds=5))
    point.words = "SEND_ENQUEUED"
    for _ in range(5):
        municipality.send(stranger)
    municipality.send(region.address())
    sdk_worker.deliver()
    assert sorted(municipality.states()) == ["SEND_ENQUEUED"] * 3 + ["WAITING_FOR_RETRY"] * 3
    assert {
        row.attempt
        for row in municipality.organisation.rows("SELECT attempt FROM deliveries WHERE state = 'WAITING_FOR_RETRY'")
    } == {0}
    host, memberships = platform.plugins.host("sdk"), parts.memberships
    later = StatusPolling(host, memberships, point, TimingSettings(), lambda: datetime.now(UTC))
    most = 0
    for _ in range(3):
        point.words = "ACKNOWLEDGED"
        later.poll()
        point.words = "SEND_ENQUEUED"
        municipality.organisation.make_due()
        sdk_worker.deliver()
        rows = municipality.organisation.rows(
            "SELECT count(*) AS number FROM sdk_enqueued WHERE recipient = :to", to=stranger.organisation_value
        )
        most = max(most, rows[0].number)
    assert sorted(municipality.states()) == ["WAITING_FOR_RECEIPT"] * 6
    assert most == 2
    assert len({one.transport_id for one in point.taken}) == len(point.taken) == 6


def test_those_that_never_arrive_do_not_hide_the_others(
    platform: Platform, municipality: Any, sdk_worker: Any, parts: Network, point: Any, stranger: Any, monkeypatch: Any
) -> None:
    """The access point is asked in turns: what is stuck is not asked about again and again while others wait."""
    monkeypatch.setattr("budkavle_sdk_transport.outgoing.status_polling.MOST", 1)
    point.words = "SEND_ENQUEUED"
    for _ in range(2):
        municipality.send(stranger)
        sdk_worker.deliver()
    first = municipality.organisation.rows("SELECT transport_id FROM sdk_enqueued ORDER BY at")[0].transport_id
    point.status = lambda transport_id: "SEND_ENQUEUED" if transport_id == first else "ACKNOWLEDGED"
    status_polling = StatusPolling(platform.plugins.host("sdk"), parts.memberships, point)
    for _ in range(2):
        status_polling.poll()
    assert sorted(municipality.states()) == ["SEND_ENQUEUED", "WAITING_FOR_RECEIPT"]


@pytest.mark.feature("SD7")
def test_what_has_waited_longest_is_asked_about_first_and_no_more_than_so_many_at_a_time(
    platform: Platform, municipality: Any, sdk_worker: Any, parts: Network, point: Any, stranger: Any, monkeypatch: Any
) -> None:
    """Whatever order the rows lie in, one round asks about so many, and the next goes on where it ended."""
    monkeypatch.setattr("budkavle_sdk_transport.outgoing.status_polling.MOST", 1)
    point.words = "SEND_ENQUEUED"
    for _ in range(3):
        municipality.send(stranger)
        sdk_worker.deliver()
    rows = municipality.organisation.rows("SELECT transport_id FROM sdk_enqueued ORDER BY at")
    first, second, third = [row.transport_id for row in rows]
    longest = "UPDATE sdk_enqueued SET asked_at = asked_at - interval '1 hour' WHERE transport_id = :id RETURNING 1"
    municipality.organisation.rows(longest, id=second)
    asked: list[str] = []
    point.status = lambda transport_id: asked.append(transport_id) or "SEND_ENQUEUED"
    status_polling = StatusPolling(platform.plugins.host("sdk"), parts.memberships, point)
    for _ in range(3):
        status_polling.poll()
    assert asked == [second, first, third]


def test_what_waited_at_the_access_point_is_taken_a_few_at_a_time(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any, parts: Network, point: Any
) -> None:
    """All of it arrives, each is receipted once, and never are more opened at once than there is room for."""
    ids = [str(uuid4()) for _ in range(MANY)]
    for message_id in ids:
        message = peer.message(message_id=message_id, conversation_id=message_id, attachments=())
        peer.submit(peer.seal(message), transport_id=message_id)
    now, most, lock, parcel = [0], [0], threading.Lock(), point.parcel

    def counted(transport_id: str) -> Any:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        try:
            return parcel(transport_id)
        finally:
            with lock:
                now[0] -= 1

    point.parcel = counted
    host = platform.plugins.host("sdk")
    Receiver(host, host.settings, parts.memberships, point, parts.certificates).fetch()
    sdk_worker.deliver()
    assert sorted(one.message_id for one in peer.read_receipts()) == sorted(ids)
    assert (
        region.organisation.rows("SELECT count(*) AS number FROM messages WHERE state = 'RECEIVED'")[0].number == MANY
    )
    assert most[0] <= AT_ONCE
