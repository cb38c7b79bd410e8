"""What is known of earlier tries: nothing goes twice that nobody asked for, and each message has its own history."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from budkavle import Platform, Purpose, Temporary
from budkavle.messaging.sending import retry
from budkavle.testing.acting import in_work
from budkavle_sdk_transport.access_points.availability import Availability
from budkavle_sdk_transport.access_points.interface import MOST_UNANSWERED, AccessPointUnavailable, Unanswered
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling
from budkavle_sdk_transport.outgoing.submissions import Submission, Submissions
from budkavle_sdk_transport.settings import TimingSettings

TIMING = TimingSettings(message_receipt_hours=0.5)


@pytest.fixture
def polling(platform: Platform, parts: Network, point: Any) -> Callable[..., StatusPolling]:
    """The job that follows, as many hours from now as is said."""

    def at(hours: float = 0) -> StatusPolling:
        host = platform.plugins.host("sdk")
        return StatusPolling(host, parts.memberships, point, TIMING, lambda: datetime.now(UTC) + timedelta(hours=hours))

    return at


@pytest.fixture
def crash_after_handing_over(municipality: Any, sdk_worker: Any, parts: Network) -> Callable[[], None]:
    """Deliver what is due: the worker ends when the access point has it; then the next worker goes on."""

    def deliver() -> None:
        send = parts.transport.send

        def crash(outgoing: Any) -> Any:
            send(outgoing)
            raise Temporary("Avbrott.")

        parts.transport.__dict__["send"] = crash
        sdk_worker.deliver()
        del parts.transport.__dict__["send"]
        municipality.organisation.make_due()
        sdk_worker.deliver()

    return deliver


@pytest.fixture
def asked_again(platform: Platform, municipality: Any, polling: Any) -> Callable[[], None]:
    """No message receipt comes in time, and a person says "försök igen"."""

    def ask() -> None:
        assert polling(0.6).end_overdue() == 1
        in_work(platform, municipality.case_worker, retry, municipality.delivery().id)

    return ask


@pytest.mark.feature("SD7")
def test_what_the_access_point_has_does_not_go_twice_after_a_crash(
    municipality: Any, point: Any, stranger: Any, crash_after_handing_over: Any
) -> None:
    """Nobody has asked for it: that a worker begins again is no wish to send again."""
    municipality.send(stranger)
    crash_after_handing_over()
    assert len(point.taken) == 1
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]


@pytest.mark.feature("SD7")
def test_what_a_person_asked_for_goes_once_more_and_not_twice_after_a_crash(
    municipality: Any, sdk_worker: Any, point: Any, stranger: Any, crash_after_handing_over: Any, asked_again: Any
) -> None:
    """What was asked for has gone: the next wish is the next one's, however often a worker begins again."""
    municipality.send(stranger)
    sdk_worker.deliver()
    own = str(municipality.delivery().id)
    for number in (1, 2):
        asked_again()
        crash_after_handing_over()
        assert [one.transport_id for one in point.taken[1:]] == [f"{own}.{one}" for one in range(1, number + 1)]
        assert municipality.states() == ["WAITING_FOR_RECEIPT"]


@pytest.mark.feature("SD7")
def test_that_one_went_again_says_nothing_of_another(
    municipality: Any, sdk_worker: Any, point: Any, stranger: Any, crash_after_handing_over: Any, asked_again: Any
) -> None:
    """Each has numbers of its own: under another's, the access point would take it a second time."""
    municipality.send(stranger)
    sdk_worker.deliver()
    asked_again()
    sdk_worker.deliver()
    municipality.send(stranger)
    crash_after_handing_over()
    assert len(point.taken) == 3
    assert "." not in point.taken[-1].transport_id


@pytest.mark.feature("SD6")
def test_what_is_said_of_one_is_not_noted_of_another(
    municipality: Any, sdk_worker: Any, point: Any, stranger: Any, polling: Any
) -> None:
    """That the access point tries one again is told, also where it has tried another again before."""
    point.words = "SEND_ENQUEUED"
    for _ in range(2):
        municipality.send(stranger)
    sdk_worker.deliver()
    first, _ = (one.transport_id for one in point.taken)
    point.status = lambda transport_id: "WAITING_FOR_RETRY" if transport_id == first else "SEND_ENQUEUED"
    polling().poll()
    assert sorted(municipality.states()) == ["SEND_ENQUEUED", "WAITING_FOR_RETRY"]
    point.status = lambda _: "WAITING_FOR_RETRY"
    polling().poll()
    assert municipality.states() == ["WAITING_FOR_RETRY"] * 2


@pytest.mark.feature("SD6")
@pytest.mark.parametrize(
    ("word", "hours"), [("ACKNOWLEDGED", 0), ("NOT_FOUND", 0), ("SEND_FAILURE", 0), ("SEND_ENQUEUED", 1000)]
)
def test_what_has_ended_is_not_asked_about_again(
    municipality: Any, sdk_worker: Any, point: Any, stranger: Any, polling: Any, word: str, hours: float
) -> None:
    """However it ended, and it takes nobody's place among those that are under way; what has not ended does."""
    point.words = "SEND_ENQUEUED"
    municipality.send(stranger)
    sdk_worker.deliver()
    waiting = "SELECT 1 FROM sdk_enqueued"
    polling().poll()
    assert municipality.organisation.rows(waiting)
    point.words = word
    polling(hours).poll()
    assert municipality.organisation.rows(waiting) == []
    assert municipality.states() != ["SEND_ENQUEUED"]


@pytest.mark.feature("PL5")
def test_one_of_which_the_access_point_says_nothing_hides_no_other(
    municipality: Any, sdk_worker: Any, point: Any, stranger: Any, polling: Any
) -> None:
    """It may be about that one alone: the others are asked about in the same round, and it in the next."""
    point.words = "SEND_ENQUEUED"
    for _ in range(MOST_UNANSWERED + 1):
        municipality.send(stranger)
        sdk_worker.deliver()
    silent = {one.transport_id for one in point.taken[: MOST_UNANSWERED - 1]}

    def status(transport_id: str) -> str:
        if transport_id in silent:
            raise Unanswered("Avbrott.")
        return "ACKNOWLEDGED"

    point.status = status
    polling().poll()
    assert sorted(municipality.states()) == ["SEND_ENQUEUED"] * len(silent) + ["WAITING_FOR_RECEIPT"] * 2
    silent.clear()
    polling().poll()
    assert set(municipality.states()) == {"WAITING_FOR_RECEIPT"}


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(("error", "times"), [(Unanswered, MOST_UNANSWERED), (AccessPointUnavailable, 1)])
def test_an_access_point_that_is_away_is_left_alone_and_told_of(
    platform: Platform,
    municipality: Any,
    sdk_worker: Any,
    point: Any,
    stranger: Any,
    polling: Any,
    error: type[AccessPointUnavailable],
    times: int,
) -> None:
    """It is not asked about everything else too; all of it goes on as soon as it is back."""
    point.words = "SEND_ENQUEUED"
    for _ in range(MOST_UNANSWERED + 1):
        municipality.send(stranger)
    sdk_worker.deliver()
    asked: list[str] = []

    def status(transport_id: str) -> str:
        asked.append(transport_id)
        raise error("Nere.")

    point.status = status
    assert polling().poll() == 0
    assert len(asked) == times
    (health,) = Availability(platform.plugins.host("sdk")).health()
    assert not health.ok
    point.status = lambda _: "ACKNOWLEDGED"
    polling().poll()
    assert set(municipality.states()) == {"WAITING_FOR_RECEIPT"}


@pytest.mark.feature("SD7")
def test_messages_to_one_recipient_are_counted(platform: Platform, municipality: Any) -> None:
    """Neither another recipient's nor receipts, which are never held back, take anybody's place."""
    submissions = Submissions(platform.plugins.host("sdk"), municipality.organisation.id)
    for purpose, recipient in (
        (Purpose.MESSAGE, "0203:a.example"),
        (Purpose.MESSAGE, "0203:b.example"),
        (Purpose.RECEIPT, "0203:a.example"),
    ):
        submission = Submission(str(uuid4()), uuid4(), purpose, "SEND_ENQUEUED", datetime.now(UTC))
        submissions.add(submission, recipient)
    assert submissions.count("0203:a.example") == 1
