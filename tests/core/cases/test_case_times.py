"""When things happened in cases, and what a plugin notes in a case's log."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from budkavle.cases import case_times
from budkavle.cases.actions import bin_case, close, take
from budkavle.messaging.case_view import case as read_case
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.messages import File
from budkavle.operations.destruction import destroy
from budkavle.testing import SampleOrganisation, SampleUser, in_work


def times_of(organisation: SampleOrganisation, case_id: Any) -> case_times.CaseTimes:
    """Return the times of a case."""
    found = in_work(organisation.platform, organisation.administrator, case_times.find_case_times, [case_id])
    return found[case_id]


def test_the_times_of_a_case(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """What came in, what went out, and when it ended; sizes are those of the files."""
    platform = organisation.platform
    case_id = organisation.arrive(files=(File("brev.txt", "text/plain", b"Hej!"),))
    before = times_of(organisation, case_id)
    assert (before.is_open, before.is_answered, before.messages, before.size) == (True, False, 1, 4)
    assert before.first_received_at == before.last_received_at == before.last_at
    assert (before.last_sent_at, len(before.received_ids)) == (None, 1)
    in_work(platform, case_worker, take, case_id)
    in_work(platform, case_worker, close, case_id)
    after = times_of(organisation, case_id)
    assert not after.is_open
    assert after.ended_at is not None
    assert after.ended_at >= after.last_at


def test_what_lies_in_the_bin_has_ended(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """From when it was put there, if nobody had closed it."""
    case_id = organisation.arrive()
    in_work(organisation.platform, case_worker, bin_case, case_id)
    assert times_of(organisation, case_id).ended_at is not None


def test_all_cases_are_gone_through_once(organisation: SampleOrganisation, administrator: SampleUser) -> None:
    """Page by page, in the order of their ids; a destroyed case is not there, nor one of another organisation."""
    cases = {organisation.arrive() for _ in range(5)}
    gone = organisation.arrive()
    in_work(organisation.platform, organisation.system, destroy, "Prov.", case_ids=[gone])
    listed = []
    with organisation.platform.work(administrator) as work:
        page = case_times.list_case_times(work, limit=2)
        while page:
            listed += [times.id for times in page]
            page = case_times.list_case_times(work, after=page[-1].id, limit=2)
        assert case_times.list_case_times(work, mailboxes=[organisation.other_mailbox.id]) == []
        assert case_times.find_case_times(work, [gone, uuid4()]) == {}
    assert listed == sorted(cases)


def test_a_note_stands_in_the_cases_log(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Callable[..., Any]
) -> None:
    """With who did it, and in the event log of the organisation under its own kind."""
    case_id = organisation.arrive()
    in_work(organisation.platform, case_worker, case_times.note_in_case, case_id, "pigeon.flown", bird="Vita Frun")
    view = in_work(organisation.platform, case_worker, read_case, case_id)
    note = next(event for event in view.log if event.kind == "pigeon.flown")
    assert (note.user, note.facts) == (case_worker.name, {"bird": "Vita Frun"})
    rows = organisation.rows("SELECT count(*) AS number FROM audit_log WHERE kind = 'pigeon.flown'")
    assert rows[0].number == 1
    assert "pigeon.flown" in browse(case_worker).get(f"/c/{case_id}").text  # a plugin without words


def test_a_note_names_its_plugin(organisation: SampleOrganisation, outsider: SampleUser) -> None:
    """So that it is never taken for one of the core's own; and nobody else notes anything."""
    case_id = organisation.arrive()
    with pytest.raises(Invalid):
        in_work(organisation.platform, organisation.system, case_times.note_in_case, case_id, "flown")
    with pytest.raises(NotFound):
        in_work(organisation.platform, outsider, case_times.note_in_case, case_id, "pigeon.flown")
