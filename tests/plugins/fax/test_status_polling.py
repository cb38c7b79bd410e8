"""A fax is followed until it has arrived or failed, whatever befalls the others."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.plugins.fax.faxes import OTHER, PEER, due, only, write

from budkavle import DeliveryState, Platform, Unavailable
from budkavle.messaging.sending import retry
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import ORGANISATION, ReceiptHandlerContract
from budkavle_fax import receipts, texts
from budkavle_fax.carriers.base import Progress, Stage
from budkavle_fax.parts import Parts


@pytest.mark.feature("T6")
def test_a_peer_that_tries_again_is_left_to_it_and_its_reasons_are_told(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """Busy: waits for the next call, and says why; then it goes through."""
    message = write(organisation)
    deliver_due(platform)
    carrier.goes(Stage.RETRYING, dials=1, reason=texts.BUSY)
    parts.status_polling.ask()
    track = only(organisation, message)
    assert track.to.state is DeliveryState.WAITING_FOR_RETRY
    assert any(texts.BUSY in event.detail for event in track.events)
    due(organisation)
    deliver_due(platform)
    assert carrier.submitted == 1
    carrier.goes(Stage.SENDING, dials=2, reason="")
    parts.status_polling.ask()
    assert only(organisation, message).to.state is DeliveryState.SEND_ENQUEUED
    carrier.goes(Stage.SENT, sent=1, pages=1, dials=2)
    parts.status_polling.ask()
    assert only(organisation, message).to.state is DeliveryState.ACKNOWLEDGED
    parts.status_polling.ask()
    (entry,) = organisation.log_entries("fax.sent")
    assert '"what":"1"' in entry, "its pages are counted once"


@pytest.mark.feature("T6")
def test_what_is_given_up_says_why_and_a_person_sends_it_anew(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, parts: Parts, carrier: Any
) -> None:
    """It stands with its reason; "försök igen" is a new fax with the same pages."""
    message = write(organisation)
    deliver_due(platform)
    carrier.goes(Stage.FAILED, dials=3, reason=texts.SILENT)
    parts.status_polling.ask()
    track = only(organisation, message)
    assert track.to.state is DeliveryState.SEND_FAILURE
    assert texts.SILENT in track.to.failure
    assert texts.ASK in track.to.failure
    assert parts.submissions.failures_since(organisation.id, datetime.now(UTC) - timedelta(days=1)) == 1
    in_work(platform, case_worker, retry, track.to.delivery_id)
    deliver_due(platform)
    first, second = carrier.taken.values()
    assert first.tag != second.tag
    assert first.tiff == second.tiff


def test_a_fax_that_the_server_has_forgotten_is_asked_about(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """Missed once may be a moment between two queues; missed twice it stands with what to ask the receiver."""
    message = write(organisation)
    deliver_due(platform)
    carrier.how.clear()
    parts.status_polling.ask()
    assert only(organisation, message).to.state is DeliveryState.SEND_ENQUEUED
    parts.status_polling.ask()
    track = only(organisation, message)
    assert track.to.state is DeliveryState.SEND_FAILURE
    assert track.to.failure == texts.GONE


def test_faxes_without_a_word_do_not_hide_those_that_came_after(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are asked about in turns: what befalls the newest is told however many wait before it."""
    monkeypatch.setattr(receipts, "MOST", 1)
    messages = [write(organisation, PEER) for _ in range(3)]
    for _ in messages:
        deliver_due(platform)
    *_, newest = carrier.how
    carrier.how[newest] = Progress(Stage.FAILED, newest, dials=1, reason=texts.SILENT)
    for _ in range(3):
        parts.status_polling.ask()
    states = [only(organisation, message).to.state for message in messages]
    assert sorted(states) == [*[DeliveryState.SEND_ENQUEUED] * 2, DeliveryState.SEND_FAILURE]


def test_a_fax_whose_progress_cannot_be_stored_does_not_hide_those_that_came_after(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's fault is its own, and it is told once the fault has passed."""
    messages = [write(organisation, PEER), write(organisation, OTHER)]
    while deliver_due(platform):
        continue
    first = next(iter(carrier.how))
    carrier.goes(Stage.SENT, sent=1)
    register = parts.status_polling._register
    note, broken = register.note, {first}

    def stumble(row: Any, progress: Progress, *, ended: bool) -> None:
        if row.tag in broken:
            raise Unavailable("Databasen svarar inte.")
        note(row, progress, ended=ended)

    monkeypatch.setattr(register, "note", stumble)
    parts.status_polling.ask()
    assert [only(organisation, message).to.state for message in messages] == [DeliveryState.ACKNOWLEDGED] * 2
    assert [row.tag for row in register.open(receipts.FIRST, 9)] == [first]
    broken.clear()
    parts.status_polling.ask()
    assert register.open(receipts.FIRST, 9) == []


def test_faxes_of_an_organisation_that_has_moved_are_followed_where_it_works(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """Here nothing of it may be written, and the carrier is not asked about it."""
    write(organisation, PEER)
    deliver_due(platform)
    asked: list[Any] = []
    carrier.progress = lambda jobs: asked.append(jobs) or {}
    organisation.rows("UPDATE organisations SET state = 'moved', moved_to = 'https://two.habo.example'")
    parts.status_polling.ask()
    assert asked == []
    organisation.rows("UPDATE organisations SET state = 'active', moved_to = NULL")
    parts.status_polling.ask()
    assert len(asked) == 1


def test_a_fax_about_which_there_is_no_answer_now_stays_as_it_is(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """It is not taken for forgotten, however often."""
    message = write(organisation)
    deliver_due(platform)
    carrier.how = dict.fromkeys(carrier.how)
    for _ in range(3):
        parts.status_polling.ask()
    assert only(organisation, message).to.state is DeliveryState.SEND_ENQUEUED


@pytest.mark.feature("PL6")
class TestFaxReceipts(ReceiptHandlerContract):
    """The contract of every receipt handler."""

    @pytest.fixture
    def handler(self, platform: Platform) -> Any:
        return platform.plugins.receipt_handlers["fax"]

    @pytest.fixture
    def words(self) -> bytes:
        return msgspec.json.encode(Progress(Stage.SENT, "job-1", sent=2, pages=2))

    @pytest.fixture
    def context(self) -> Mapping[str, str]:
        at = "2026-05-01T12:00:00+02:00"
        return {"organisation_id": str(ORGANISATION), "delivery_id": str(ORGANISATION), "tag": "t1", "at": at}
