"""A message is passed on to another function: with its level and files, and the case says to whom."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from budkavle.cases.teamwork.restricting import find_restriction, restrict
from budkavle.messaging import case_view, drafts, sending
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.loa import Loa
from budkavle.model.messages import Address
from budkavle.storage.platform import Platform, Work
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import deliver_due
from budkavle.web.pages.compose import forwarding

MACHINE = Address("fake", "machine", "Mullsjö fax")
REASON = "Mottagaren har bara fax."


class Book(FakeDirectory):
    """An address book that fails for one address, as one does whose own table is broken."""

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:
        """Return what a mailbox is linked to; for an address that is broken ask what the database refuses."""
        if value == "broken":
            work.connection.execute(text("SELECT 1 / 0"))
        return None


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with secure messages, and a transport that asks nobody for a level."""
    return budkavle_open(
        offers=offer(
            fake=plugin_module("fake", transports=lambda host: [FakeTransport()], directories=lambda host: [Book()])
        ),
        enabled=("fake",),
    )


@pytest.fixture
def case_id(organisation: SampleOrganisation) -> UUID:
    """A case of level 3 in the mailbox."""
    case_id = organisation.arrive("Provsvar", body="Det är känsligt.", loa=Loa.THREE)
    organisation.rows("UPDATE messages SET loa = 3")
    organisation.rows("UPDATE cases SET loa = 3")
    return case_id


def history(browser: Any, case_id: UUID) -> str:
    """The words of a case's page."""
    return " ".join(browser.get(f"/c/{case_id}").text.split())


@pytest.mark.feature("A5", "M6")
def test_it_goes_to_another_function_with_its_level(
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    case_id: UUID,
) -> None:
    """The function is chosen by name; the new message asks for the original's level, and its case says where."""
    target = organisation.add_mailbox("Elevhälsan", outsider)
    ada = browse(case_worker, Loa.THREE)
    page = ada.get(f"/c/{case_id}/forward").text
    assert "Tillitsnivå 3 behålls." in page
    assert f'name="to" value="{target.id}"' in page
    assert "Välj vart meddelandet ska vidarebefordras." in ada.post(f"/c/{case_id}/forward", function="1").text
    form = ada.post(f"/c/{case_id}/forward", function="1", to=str(target.id)).text
    assert f'name="recipients" value="local:{target.id}"' in form
    assert re.findall(r'name="loa" value="(\d)"( checked)?', form) == [("3", " checked")]
    fields = dict(
        re.findall(r'<input type="hidden" name="(mailbox|kind|recipients|forwards|once)" value="([^"]*)"', form)
    )
    typed = {"subject": "Vb: Provsvar", "body": "Se nedan.", "loa": "3", "send": "1"}
    kind = re.findall(r'name="kind" value="(\w+)"\s+data-renews checked', form)
    assert kind == ["secure"]
    assert ada.post("/compose", **(fields | typed | {"kind": "secure", "loa": "2"})).status_code == 422
    assert ada.post("/compose", **(fields | typed | {"kind": "secure"})).status_code == 303
    organisation.make_due()
    deliver_due(platform)
    (arrived,) = organisation.rows("SELECT loa FROM cases WHERE mailbox_id = :id", id=target.id)
    assert arrived.loa == 3
    assert f"{case_worker.name} vidarebefordrade ett meddelande till Habo · Elevhälsan" in history(ada, case_id)
    assert "forwarded" in organisation.case_events(case_id)
    assert "Elevhälsan" not in "".join(organisation.log_entries("case.forwarded"))


def forwarded(organisation: SampleOrganisation, sender: SampleUser, case_id: UUID, **changes: Any) -> Any:
    """Pass the last message of a case on by the transport without levels."""
    view = in_work(organisation.platform, sender.at(Loa.THREE), case_view.case, case_id)
    begin = drafts.forward(view.thread[-1].message, "Vidarebefordrat:")
    draft = replace(begin, recipients=(MACHINE,), loa=Loa.NONE, **changes)
    return in_work(organisation.platform, sender.at(Loa.THREE), sending.send, organisation.mailbox.id, draft)


@pytest.mark.feature("E22", "M6")
def test_what_is_forwarded_from_a_restricted_case_is_restricted(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """The new case keeps those who are named and the reason; who is not named cannot send an old draft of it."""
    platform, case_id = organisation.platform, organisation.arrive("Hemlig plats")
    draft = drafts.forward(in_work(platform, colleague, case_view.case, case_id).thread[-1].message, "")
    in_work(platform, case_worker, restrict, case_id, [case_worker.id], "Skyddade uppgifter")
    sent = forwarded(organisation, case_worker, case_id)
    assert sent.case_id != case_id
    assert organisation.cases(colleague) == []
    restriction = in_work(platform, case_worker, find_restriction, sent.case_id)
    assert restriction is not None
    assert (restriction.reason, [reader.user_id for reader in restriction.readers]) == (
        "Skyddade uppgifter",
        [case_worker.id],
    )
    old = replace(draft, recipients=(MACHINE,))
    for mailbox_id in (organisation.mailbox.id, colleague.personal_id):  # nothing is restricted in the latter
        with pytest.raises(NotFound):
            in_work(platform, colleague, sending.send, mailbox_id, old)
    assert len(organisation.rows("SELECT id FROM messages WHERE direction = 'out'")) == 1
    assert str(case_id) in "".join(organisation.log_entries("case.refused"))


@pytest.mark.feature("E22", "M6")
def test_a_restricted_case_is_forwarded_to_a_function_after_a_question(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, outsider: SampleUser
) -> None:
    """It says who will read the message; the form comes when that is confirmed."""
    target, case_id = organisation.add_mailbox("Elevhälsan", outsider), organisation.arrive("Hemlig plats")
    in_work(organisation.platform, case_worker, restrict, case_id, [case_worker.id], "Skyddade uppgifter")
    ada, chosen = browse(case_worker), {"function": "1", "to": str(target.id)}
    question = ada.post(f"/c/{case_id}/forward", **chosen).text
    assert "Ärendet är begränsat." in question
    assert outsider.name in question
    assert 'name="recipients"' not in question
    form = ada.post(f"/c/{case_id}/forward", **chosen, confirmed="1").text
    assert f'name="recipients" value="local:{target.id}"' in form


@pytest.mark.feature("E22", "M6")
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_same_question_comes_where_the_function_is_put_in_as_a_recipient(
    language: str,
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
) -> None:
    """Before it is sent, and while it is written; once it has been answered, it goes. Of others nothing is asked."""
    question = {
        "sv": f"Alla som läser Elevhälsan kommer att se meddelandet och dess bilagor, för begränsningen följer inte med"
        f" dit. Läsare: {outsider.name}.",
        "en": f"Everybody who reads Elevhälsan will see the message and its attachments, since the restriction does not"
        f" follow it there. Readers: {outsider.name}.",
    }[language]
    target, case_id = organisation.add_mailbox("Elevhälsan", outsider), organisation.arrive("Hemlig plats")
    fields = passed_on(organisation, case_worker, case_id, f"local:{target.id}")
    ada = browse(case_worker)
    ada.cookie += f"; language={language}"
    assert question not in flat(ada.post("/compose", **fields, advise="1").text)
    in_work(platform, case_worker, restrict, case_id, [case_worker.id], "Skyddade uppgifter")
    assert question in flat(ada.post("/compose", **fields, advise="1").text)
    asked = ada.post("/compose", **fields, send="1")
    assert asked.status_code == 200
    assert question in flat(asked.text)
    assert organisation.rows("SELECT id FROM messages WHERE direction = 'out'") == []
    (advised,) = re.findall(r'name="advised" value="(\w+)"', asked.text)
    assert ada.post("/compose", **fields, send="1", advised=advised).status_code == 303
    assert len(organisation.rows("SELECT id FROM messages WHERE direction = 'out'")) == 1


@pytest.mark.feature("E22", "M6")
def test_who_was_asked_when_the_function_was_chosen_is_not_asked_again(
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
) -> None:
    """But of another function that is put in beside it."""
    target, other = (organisation.add_mailbox(name, outsider) for name in ("Elevhälsan", "Skolkontoret"))
    case_id = organisation.arrive("Hemlig plats")
    in_work(platform, case_worker, restrict, case_id, [case_worker.id], "Skyddade uppgifter")
    ada = browse(case_worker)
    form = ada.post(f"/c/{case_id}/forward", function="1", to=str(target.id), confirmed="1").text
    assert f'name="told" value="{target.id}"' in form
    fields = passed_on(organisation, case_worker, case_id, f"local:{target.id}") | {"told": str(target.id)}
    assert "begränsningen följer inte med" not in ada.post("/compose", **fields, advise="1").text
    both = fields | {"recipients": [f"local:{target.id}", f"local:{other.id}"]}
    asked = flat(ada.post("/compose", **both, send="1").text)
    assert "Alla som läser Skolkontoret" in asked
    assert "Alla som läser Elevhälsan" not in asked


@pytest.mark.feature("E22", "M6")
def test_where_an_address_book_fails_the_question_says_that_readers_are_unknown(
    organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The message can still be passed on, by who takes that on; of the others it is known who reads."""
    platform, case_id = organisation.platform, organisation.arrive("Hemlig plats")
    draft = drafts.forward(in_work(platform, case_worker, case_view.case, case_id).thread[-1].message, "")
    in_work(platform, case_worker, restrict, case_id, [case_worker.id], "Skyddade uppgifter")
    mailbox = Address("local", str(organisation.mailbox.id), "Socialnämnden")
    broken = Address("fake", "broken", "Grannkommunen")
    draft = replace(draft, recipients=(broken, MACHINE, mailbox))
    known, unknown = in_work(platform, case_worker, forwarding.ask_readers, draft, ())
    assert known.facts["mailbox"] == organisation.mailbox.name
    assert unknown.facts == {"recipient": "Grannkommunen"}
    assert "så vi vet inte vilka som kommer att läsa meddelandet hos Grannkommunen" in str(unknown)
    assert in_work(platform, case_worker, forwarding.ask_readers, replace(draft, forwards=None), ()) == []


def passed_on(organisation: SampleOrganisation, sender: SampleUser, case_id: UUID, recipient: str) -> dict[str, Any]:
    """What the form holds that passes a case's last message on."""
    view = in_work(organisation.platform, sender, case_view.case, case_id)
    words = {"subject": "Vb: Provsvar", "body": "Se nedan.", "loa": "2", "kind": "secure"}
    here = {"mailbox": str(organisation.mailbox.id), "forwards": str(view.thread[-1].message.id), "once": str(uuid4())}
    return {**words, **here, "recipients": recipient}


def flat(page: str) -> str:
    """A page's words with single spaces between them."""
    return " ".join(page.split())


@pytest.mark.feature("A5", "M6")
def test_by_a_way_without_levels_it_goes_only_with_a_reason(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, case_id: UUID
) -> None:
    """The reason stands in the case and in the event log; where there is no level to lose, nothing is asked."""
    for reason in ("", "  ", "x" * 201):
        with pytest.raises(Invalid) as refused:
            forwarded(organisation, case_worker, case_id, level_reason=reason)
        assert list(refused.value.fields) == ["level_reason"]
    forwarded(organisation, case_worker, case_id, level_reason=REASON)
    page = history(browse(case_worker, Loa.THREE), case_id)
    assert f"{case_worker.name} vidarebefordrade ett meddelande till" in page
    assert REASON in page
    assert REASON in "".join(organisation.log_entries("case.forwarded"))
    low = organisation.arrive("Utan nivå")
    forwarded(organisation, case_worker, low)
    forwarded(organisation, case_worker, low, level_reason="Behövs inte")
    assert "Behövs inte" not in "".join(organisation.log_entries("case.forwarded"))


def test_the_form_asks_for_the_reason(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, case_id: UUID
) -> None:
    """Where the chosen kind of message has no levels; what is wrong stands at the field."""
    ada = browse(case_worker, Loa.THREE)
    view = in_work(organisation.platform, case_worker.at(Loa.THREE), case_view.case, case_id)
    fields = {
        "mailbox": str(organisation.mailbox.id),
        "recipients": "fake:machine",
        "subject": "Vb",
        "body": "Se nedan.",
        "forwards": str(view.thread[-1].message.id),
    }
    assert 'name="level_reason"' not in ada.post("/compose", **fields, kind="secure", find="1").text
    assert 'name="level_reason"' in ada.post("/compose", **fields, kind="fake", find="1").text
    refused = ada.post("/compose", **fields, kind="fake", send="1")
    assert refused.status_code == 422
    assert 'id="level_reason-error"' in refused.text
    sent = ada.post("/compose", **fields, kind="fake", send="1", level_reason=REASON)
    assert sent.status_code == 303


def test_another_mailboxs_case_is_not_written_in(
    organisation: SampleOrganisation, case_worker: SampleUser, outsider: SampleUser, case_id: UUID
) -> None:
    """A form that names a message of a mailbox that its writer does not read leaves no trace there."""
    box = organisation.add_mailbox("Annan", outsider)
    view = in_work(organisation.platform, case_worker.at(Loa.THREE), case_view.case, case_id)
    begin = drafts.forward(view.thread[-1].message, "")
    draft = replace(begin, recipients=(MACHINE,), loa=Loa.NONE, level_reason=REASON)
    in_work(organisation.platform, outsider.at(Loa.THREE), sending.send, box.id, draft)
    assert "forwarded" not in organisation.case_events(case_id)


def test_what_was_forwarded_and_is_gone_is_said_so(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Its recipients were read from it."""
    case_id = organisation.arrive("Utan nivå")
    message = forwarded(organisation, case_worker, case_id)
    organisation.rows("DELETE FROM deliveries WHERE message_id = :id", id=message.id)
    organisation.rows("DELETE FROM messages WHERE id = :id", id=message.id)
    assert "som sedan togs tillbaka eller gallrades" in history(browse(case_worker), case_id)
