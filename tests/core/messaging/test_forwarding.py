"""What is passed on keeps the level of what it was."""

import re
from uuid import uuid4

import pytest

from budkavle.cases import inbox
from budkavle.cases.inbox import CaseFilter
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import case_view, drafts, sending
from budkavle.model.errors import Invalid, StepUp
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, Terms
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import browsing

MARIA = "maria@example.se"
PHONE = {MARIA: Terms(phone="0701234567")}


@pytest.fixture
def platform(open_secure):
    return open_secure()


def received(secure, loa):
    """A message of this level in Eva's inbox."""
    secure.write(secure.organisation.case_worker, "fia@mullsjo.example", loa=loa)
    (case,) = in_work(
        secure.platform,
        secure.other_organisation.case_worker.at(Loa.TWO),
        inbox.inbox,
        secure.other_organisation.case_worker.personal_id,
        CaseFilter(),
    ).items
    return (
        in_work(secure.platform, secure.other_organisation.case_worker.at(Loa.THREE), case_view.case, case.id)
        .thread[0]
        .message
    )


@pytest.mark.feature("A5", "M6")
def test_a_forward_begins_at_the_level_of_the_original(secure):
    """And may go no lower, to an account or to anybody; higher it may."""
    original = received(secure, Loa.TWO)
    begin = drafts.forward(original, "Vidarebefordrat:")
    assert (begin.loa, begin.forwards) == (Loa.TWO, original.id)
    for to in ("bo@habo.example", MARIA):
        with pytest.raises(Invalid) as refused:
            send(secure, begin, to, Loa.ONE)
        assert refused.value.fields == {
            "loa": "Det som vidarebefordras har minst samma tillitsnivå som originalet. Välj nivå 2."
        }
    assert send(secure, begin, "bo@habo.example", Loa.TWO).loa is Loa.TWO
    assert send(secure, begin, "bo@habo.example", Loa.THREE).loa is Loa.THREE


@pytest.mark.feature("A5", "M6")
def test_the_page_offers_no_lower_level(platform, secure, other_case_worker):
    """The original's is chosen, lower ones are not there, and a form that asks for one is refused at the field."""
    original = received(secure, Loa.TWO)
    with browsing(platform) as browse:
        page = browse(other_case_worker.user)
        form = page.post(f"/c/{original.case_id}/forward", message=str(original.id)).text
        assert re.findall(r'name="loa" value="(\d)"( checked)?', form) == [("2", " checked"), ("3", "")]
        assert "minst samma tillitsnivå som originalet" in form
        assert f'name="forwards" value="{original.id}"' in form
        fields = {
            "mailbox": str(other_case_worker.personal_id),
            "kind": "secure",
            "recipients": "secure:bo@habo.example",
            "subject": "Vb: Samtycke",
            "body": "Se nedan.",
            "loa": "1",
            "forwards": str(original.id),
            "send": "1",
        }
        low = page.post("/compose", **fields)
        assert low.status_code == 422
        assert "minst samma tillitsnivå" in low.text
        assert f'name="forwards" value="{original.id}"' in low.text
        assert page.post("/compose", **(fields | {"loa": "2"})).status_code == 303


def test_what_has_been_passed_on_is_read_at_the_level_of_the_original(platform, secure, other_case_worker):
    """Its copy in the sender's own mailbox too: the words are another's. What somebody writes anew is their own."""
    original = received(secure, Loa.THREE)
    sent = send(secure, drafts.forward(original, ""), "bo@habo.example", Loa.THREE)
    with pytest.raises(StepUp):
        in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, sent.case_id)
    assert in_work(platform, other_case_worker.at(Loa.THREE), case_view.case, sent.case_id).thread
    own = send(secure, Draft((), "Eget", "Text"), "bo@habo.example", Loa.THREE)
    assert in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, own.case_id).thread


@pytest.mark.parametrize("about", ["forwards", "seen"])
def test_a_draft_is_read_at_the_level_of_what_it_passes_on_or_answers(platform, secure, other_case_worker, about):
    """Whoever has only the password finds no words of a message of level 3 among the drafts, nor its subject."""
    original = received(secure, Loa.THREE)
    with browsing(platform) as browse:
        page, draft = browse(other_case_worker.user), str(uuid4())
        typed = {"draft": draft, "subject": "Vb: Provsvaret", "body": "Det är elakartat.", about: str(original.id)}
        assert (
            page.post("/drafts", mailbox=str(other_case_worker.personal_id), kind="secure", **typed).status_code == 200
        )
        assert "Provsvaret" not in page.get("/drafts").text
        led = page.get(f"/compose?draft={draft}")
        assert led.headers.get("location", "").startswith("/step-up?loa=3"), led.text
        page.cookie = sessions.start(platform, SignedIn(other_case_worker.user, Loa.THREE, "eid", "/"))
        assert "Vb: Provsvaret" in page.get("/drafts").text
        assert "Det är elakartat." in page.get(f"/compose?draft={draft}").text


def test_a_form_that_names_no_message_of_ours_is_a_new_message(platform, secure, case_worker):
    """A word that is no id, or another organisation's message, lowers and raises nothing."""
    original = received(secure, Loa.THREE)
    begin = drafts.forward(original, "")
    eva = send(secure, Draft((), "Eget", "Text"), "bo@habo.example", Loa.ONE)
    assert eva.loa is Loa.ONE
    draft = Draft((Address("secure", MARIA),), "Eget", "Text", loa=Loa.ONE, forwards=begin.forwards)
    assert in_work(platform, case_worker.at(Loa.TWO), sending.send, case_worker.personal_id, draft).loa is Loa.ONE


def send(secure, begin, to, loa):
    from dataclasses import replace

    draft = replace(begin, recipients=(Address("secure", to),), loa=loa, terms=PHONE)
    return in_work(
        secure.platform,
        secure.other_organisation.case_worker.at(Loa.TWO),
        sending.send,
        secure.other_organisation.case_worker.personal_id,
        draft,
    )
