"""What colleagues see of a message that waits for its time: that it waits, for whom and whose; and how they stop it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle.cases.teamwork.restricting import restrict
from budkavle.messaging import saved_drafts
from budkavle.messaging.later import colleagues, sends
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model.errors import Conflict, Forbidden, NotFound
from budkavle.model.messages import Address, Draft
from budkavle.model.sentences import Sentence
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

TO = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")


def plan(
    organisation: SampleOrganisation, writer: SampleUser, mailbox_id: UUID | None = None, about: UUID | None = None
) -> UUID:
    """Let a message wait for an hour; return its draft."""
    draft_id, box = uuid4(), mailbox_id or organisation.mailbox.id
    fields = {"subject": ["Kallelse"], "body": ["Hemligt"], "mailbox": [str(box)], "recipients": ["fake:region"]}
    saved = SavedForm(draft_id, fields | ({"seen": [str(about)]} if about else {}), [about] if about else [])
    draft = Draft((TO,), "Kallelse", "Hemligt", reply_to=about)
    in_work(organisation.platform, writer, sends.send_later, box, draft, datetime.now(UTC) + timedelta(hours=1), saved)
    return draft_id


def planned(organisation: SampleOrganisation, reader: SampleUser) -> list[tuple[UUID, str, bool]]:
    """What somebody sees that waits to be sent from the mailbox."""
    listed = in_work(organisation.platform, reader, colleagues.load_planned, organisation.mailbox.id)
    return [(one.draft.id, one.writer, one.is_own) for one in listed]


@pytest.mark.feature("E13")
def test_members_see_that_it_waits_and_stop_it(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    outsider: SampleUser,
) -> None:
    """Under Skickade and in its case, with who wrote it; stopped it is a draft of its writer's, which says by whom."""
    case_id = organisation.arrive("Fråga")
    (message,) = organisation.rows("SELECT id FROM messages WHERE case_id = :id", id=case_id)
    draft_id = plan(organisation, case_worker, about=message.id)
    assert planned(organisation, colleague) == [(draft_id, case_worker.name, False)]
    assert planned(organisation, case_worker) == [(draft_id, case_worker.name, True)]
    with pytest.raises(NotFound):
        planned(organisation, outsider)
    bo = browse(colleague)
    for path in (f"/m/{organisation.mailbox.id}/sent", f"/c/{case_id}"):
        page = " ".join(bo.get(path).text.split())
        assert "Kallelse" in page
        assert f"Skrivet av {case_worker.name}" in page
        assert "Hemligt" not in page
        assert 'action="/drafts/stop"' in page
    assert "Kallelse" not in bo.get(f"/c/{organisation.arrive('Annat')}").text
    assert 'action="/drafts/stop"' not in browse(case_worker).get(f"/c/{case_id}").text
    assert browse(outsider).post("/drafts/stop", draft=str(draft_id)).status_code == 404
    stopped = bo.post("/drafts/stop", draft=str(draft_id), back=f"/c/{case_id}")
    assert (stopped.status_code, stopped.headers["location"]) == (303, f"/c/{case_id}")
    (draft,) = in_work(organisation.platform, case_worker, saved_drafts.load_all)
    assert str(Sentence.from_stored(draft.failure)) == f"{colleague.name} stoppade meddelandet innan det skickades."
    assert bo.post("/drafts/stop", draft=str(draft_id)).status_code == 409
    assert planned(organisation, colleague) == []
    assert len(organisation.log_entries("message.unscheduled")) == 1


def test_whoever_stops_it_under_skickade_comes_back_there(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """And not to the inbox."""
    draft_id = plan(organisation, case_worker)
    stopped = browse(colleague).post("/drafts/stop", draft=str(draft_id), back="")
    assert stopped.headers["location"] == f"/m/{organisation.mailbox.id}/sent"


@pytest.mark.feature("E13")
def test_who_only_reads_stops_nothing(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """They see it."""
    draft_id = plan(organisation, case_worker)
    organisation.rows("UPDATE memberships SET may_answer = false WHERE user_id = :id", id=colleague.id)
    assert planned(organisation, colleague) == [(draft_id, case_worker.name, False)]
    with pytest.raises(Forbidden):
        in_work(organisation.platform, colleague, colleagues.stop, draft_id)


@pytest.mark.feature("E13")
def test_what_waits_in_a_personal_inbox_is_its_owners(
    organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Nobody else sees it, and nobody stops it but by taking it back."""
    draft_id = plan(organisation, case_worker, case_worker.personal_id)
    listed = in_work(organisation.platform, case_worker, colleagues.load_planned, case_worker.personal_id)
    assert listed == []
    with pytest.raises(Conflict):
        in_work(organisation.platform, case_worker, colleagues.stop, draft_id)


@pytest.mark.feature("E13", "E22")
def test_an_answer_in_a_restricted_case_is_seen_by_its_readers_alone(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """A colleague who is none of them neither sees nor stops it."""
    case_id = organisation.arrive("Skyddad")
    (message,) = organisation.rows("SELECT id FROM messages WHERE case_id = :id", id=case_id)
    draft_id = plan(organisation, case_worker, about=message.id)
    in_work(organisation.platform, case_worker, restrict, case_id, [case_worker.id], "Skyddad person")
    assert planned(organisation, colleague) == []
    assert planned(organisation, case_worker) == [(draft_id, case_worker.name, True)]
    with pytest.raises(Conflict):
        in_work(organisation.platform, colleague, colleagues.stop, draft_id)
