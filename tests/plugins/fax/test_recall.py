"""A fax is stopped while it waits, and nothing is said to be recalled that has gone."""

from typing import Any

import pytest
from tests.plugins.fax.faxes import OTHER, PEER, only, tracks, write

from budkavle import Conflict, DeliveryState, Platform, Temporary
from budkavle.deliveries.recall import recall
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.acting import in_work
from budkavle_fax.carriers.base import Fax, Stage
from budkavle_fax.parts import Parts
from budkavle_fax.transport import hand_over


@pytest.mark.feature("R1")
def test_a_fax_is_stopped_while_it_waits_and_not_once_it_has_gone(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, parts: Parts, carrier: Any
) -> None:
    """The carrier is asked before anything is called recalled."""
    message = write(organisation, PEER, OTHER)
    first, second = tracks(organisation, message)
    deliver_due(platform)
    in_work(platform, case_worker, recall, first.to.delivery_id)
    carrier.goes(Stage.SENT, sent=1, pages=1, dials=1)
    with pytest.raises(Conflict, match="redan"):
        in_work(platform, case_worker, recall, second.to.delivery_id)
    parts.status_polling.ask()
    with pytest.raises(Conflict, match="redan"):
        in_work(platform, case_worker, recall, second.to.delivery_id)
    states = {track.to.delivery_id: track.to.state for track in tracks(organisation, message)}
    assert states[first.to.delivery_id] is DeliveryState.RECALLED
    assert states[second.to.delivery_id] is DeliveryState.ACKNOWLEDGED


@pytest.mark.feature("R1")
def test_a_fax_that_is_recalled_between_two_tries_is_not_handed_over(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, parts: Parts, carrier: Any
) -> None:
    """Not even by a worker that has begun its next try already; while one is at it, nothing is said to be recalled."""
    carrier.failures.append(Temporary("Faxservern svarar inte."))
    message = write(organisation)
    deliver_due(platform)
    delivery_id = only(organisation, message).to.delivery_id
    row = parts.submissions.latest(organisation.id, delivery_id)
    with parts.submissions.held(row), pytest.raises(Conflict, match="just nu"):
        in_work(platform, case_worker, recall, delivery_id)
    in_work(platform, case_worker, recall, delivery_id)
    hand_over(parts.submissions, carrier, row, Fax(row.tag, PEER, "", b""))
    assert carrier.submitted == 0
    assert only(organisation, message).to.state is DeliveryState.RECALLED


@pytest.mark.feature("R1")
def test_a_fax_that_is_recalled_while_its_pages_are_prepared_is_not_handed_over(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    parts: Parts,
    carrier: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The recall finds nothing at the carrier and nothing begun; the worker sees it before it begins."""
    message = write(organisation)
    (track,) = tracks(organisation, message)
    register = parts.status_polling._register
    begin = register.begin

    def recalled_first(*arguments: Any) -> Any:
        in_work(platform, case_worker, recall, track.to.delivery_id)
        return begin(*arguments)

    monkeypatch.setattr(register, "begin", recalled_first)
    deliver_due(platform)
    assert carrier.taken == {}
    assert only(organisation, message).to.state is DeliveryState.RECALLED


def test_a_fax_at_a_service_that_stops_nothing_is_not_said_to_have_arrived(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, carrier: Any
) -> None:
    """It is there and cannot be taken back; whether it has arrived nobody knows, so the receiver is to be called."""
    carrier.stops = False
    message = write(organisation)
    deliver_due(platform)
    with pytest.raises(Conflict, match="kan inte stoppas"):
        in_work(platform, case_worker, recall, only(organisation, message).to.delivery_id)
    assert only(organisation, message).to.state is DeliveryState.SEND_ENQUEUED
