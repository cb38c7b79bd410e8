"""The filters of the event log: by whom, what, where and when, and what they say of a field that says nothing."""

import html
import re
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from tests.core.web.pages.events.log_pages import Browse, ask, lines

from budkavle.accounts import mailboxes, users
from budkavle.cases import actions
from budkavle.model import sources
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Role
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.mark.feature("O12")
def test_the_log_is_filtered_by_person_kind_mailbox_and_thing(
    browse: Browse,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
    other_mailbox: FunctionMailbox,
) -> None:
    """Each filter shows what belongs to it and nothing else; two filters show what belongs to both."""
    case_id = organisation.arrive()
    message = organisation.send(case_worker)
    in_work(organisation.platform, administrator, users.update_user, colleague.id, role=Role.ADMIN)
    page = browse(administrator)
    in_work(organisation.platform, administrator, mailboxes.add_members, other_mailbox.id, [colleague.id])

    sent, role = "Ett meddelande skickades", f"{colleague.name} fick en annan roll"
    member = f"{colleague.name} fick tillgång till brevlådan {other_mailbox.name}"
    assert sent in ask(page, person=case_worker.name)
    assert role not in ask(page, person=case_worker.name)
    assert {role, member} <= set(ask(page, person=colleague.email))  # what is done to somebody is theirs, too
    assert sent not in ask(page, person=str(colleague.id))
    assert set(ask(page, mailbox=other_mailbox.name)) == {member, f"Brevlådan {other_mailbox.name} skapades"}
    assert sent in ask(page, mailbox=mailbox.name)
    assert ask(page, kind="mailboxes", person=colleague.name)[:1] == [member]
    assert role not in ask(page, kind="mailboxes", person=colleague.name)
    received = ask(page, thing=f"https://habo.example/c/{case_id}")
    assert "Ett meddelande togs emot" in received
    assert sent not in received
    assert sent in ask(page, thing=str(message))


@pytest.mark.feature("O12")
def test_an_entry_says_which_case(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """By its number, also where one opens or closes it; of a case that is gone only what happened."""
    case_id = organisation.arrive()
    reader = browse(case_worker)
    assert reader.get(f"/c/{case_id}").status_code == 200
    in_work(organisation.platform, case_worker, actions.take, case_id)
    in_work(organisation.platform, administrator, audit.record, "case.destroyed", uuid4())
    (number,) = {row.number for row in organisation.rows("SELECT number FROM cases WHERE id = :id", id=case_id)}
    told = browse(administrator).get("/events?kind=cases").text
    cases = re.findall(r'class="name">([^<]*)</td>\s*<td class="event-case">(?:<a [^>]*>\s*([^<]*)</a>)?', told)
    assert ("Ett ärende lästes", number) in cases
    assert (f"{case_worker.name} tog ärendet", number) in cases
    assert ("Ett ärende gallrades och går inte längre att läsa", "") in cases
    admin = browse(administrator)
    file = admin.post("/events/export", format="csv", kind="cases").content.decode("utf-8-sig")
    assert f"Ett ärende lästes (ärende {number})" in file


@pytest.mark.feature("O12")
def test_an_entry_says_who(
    browse: Browse, platform: Platform, administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Where it names nobody, who did it; an account that is gone is somebody, and a line begins with a capital."""
    in_work(platform, administrator, audit.record, "mailbox.member-added", mailbox.id)
    with platform.work(administrator) as work:
        audit.record(work, "mailbox.member-removed", mailbox.id, user=str(uuid4()))
    told = ask(browse(administrator), kind="mailboxes")
    assert f"{administrator.name} fick tillgång till brevlådan {mailbox.name}" in told
    assert f"Någon har inte längre tillgång till brevlådan {mailbox.name}" in told


@pytest.mark.feature("O12")
def test_the_log_is_filtered_by_days(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both days belong to the span, in Swedish time."""
    moments: list[datetime] = []
    monkeypatch.setattr(sources, "now", lambda: moments[-1])
    for turn, at in enumerate(
        ["2026-03-01T22:59:59", "2026-03-01T23:00:00", "2026-03-02T22:59:59", "2026-03-02T23:00:00"]
    ):
        moments.append(datetime.fromisoformat(at).replace(tzinfo=UTC))
        in_work(organisation.platform, administrator, audit.record, f"turn.{turn}", None)
    page = browse(administrator)
    assert ask(page, since="2026-03-02", until="2026-03-02") == ["turn.2", "turn.1"]
    assert ask(page, until="2026-03-01") == ["turn.0"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("since", "i går", "Skriv datumet som 2026-11-27."),
        ("until", "0001-01-01", "Skriv datumet som 2026-11-27."),
        ("until", "20260301", "Skriv datumet som 2026-11-27."),
        ("person", "Finns Inte", "Ingen heter så"),
        ("mailbox", "Finns inte", "Ingen funktionsbrevlåda heter så"),
        ("thing", "ärende 4", "Klistra in ärendets adress"),
    ],
)
@pytest.mark.feature("O12")
def test_a_field_that_says_nothing_is_told_of(
    browse: Browse, administrator: SampleUser, field: str, value: str, sentence: str
) -> None:
    """With a sentence at the field, and no lines that were not asked for."""
    answer = browse(administrator).get(f"/events?{urlencode({field: value})}")
    assert answer.status_code == 422
    assert f'<a href="#{field}">{sentence}' in answer.text
    assert lines(answer) == []


@pytest.mark.feature("O12")
def test_a_word_that_several_people_have_offers_each_of_them(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """The page shows what all of them did, and a way to each."""
    for name in ("Kim Lind", "Kim Lund"):
        with organisation.platform.work(administrator) as work:
            users.create_user(work, email=f"{name[-4:].lower()}@example.se", name=name)
    answer = browse(administrator).get("/events?person=kim&kind=accounts")
    assert {"Kontot för Kim Lind lades upp", "Kontot för Kim Lund lades upp"} == set(lines(answer))
    (url,) = re.findall(r'<a href="([^"]+)">Kim Lind</a>', answer.text)
    assert lines(browse(administrator).get(html.unescape(url))) == ["Kontot för Kim Lind lades upp"]
