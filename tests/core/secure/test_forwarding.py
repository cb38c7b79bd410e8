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


def received(town, loa):
    """A message of this level in Eva's inbox."""
    town.write("anna", "eva@sjovik.se", loa=loa)
    (case,) = in_work(town.platform, town.actor("eva"), inbox.inbox, town.own("eva"), CaseFilter()).items
    return in_work(town.platform, town.actor("eva", Loa.THREE), case_view.case, case.id).thread[0].message


@pytest.mark.feature("A5", "M6")
def test_a_forward_begins_at_the_level_of_the_original(town):
    """And may go no lower, to an account or to anybody; higher it may."""
    original = received(town, Loa.TWO)
    begin = drafts.forward(original, "Vidarebefordrat:")
    assert (begin.loa, begin.forwards) == (Loa.TWO, original.id)
    for to in ("bo@bjorkvik.se", MARIA):
        with pytest.raises(Invalid) as refused:
            send(town, begin, to, Loa.ONE)
        assert refused.value.fields == {
            "loa": "Det som vidarebefordras har minst samma tillitsnivå som originalet. Välj nivå 2."
        }
    assert send(town, begin, "bo@bjorkvik.se", Loa.TWO).loa is Loa.TWO
    assert send(town, begin, "bo@bjorkvik.se", Loa.THREE).loa is Loa.THREE


@pytest.mark.feature("A5", "M6")
def test_the_page_offers_no_lower_level(town):
    """The original's is chosen, lower ones are not there, and a form that asks for one is refused at the field."""
    original = received(town, Loa.TWO)
    with browsing(town.platform) as browse:
        page = browse(town.people["eva"])
        form = page.post(f"/c/{original.case_id}/forward", message=str(original.id)).text
        assert re.findall(r'name="loa" value="(\d)"( checked)?', form) == [("2", " checked"), ("3", "")]
        assert "minst samma tillitsnivå som originalet" in form
        assert f'name="forwards" value="{original.id}"' in form
        fields = {
            "mailbox": str(town.own("eva")),
            "kind": "secure",
            "recipients": "secure:bo@bjorkvik.se",
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


def test_what_has_been_passed_on_is_read_at_the_level_of_the_original(town):
    """Its copy in the sender's own mailbox too: the words are another's. What somebody writes anew is their own."""
    original = received(town, Loa.THREE)
    sent = send(town, drafts.forward(original, ""), "bo@bjorkvik.se", Loa.THREE)
    with pytest.raises(StepUp):
        in_work(town.platform, town.actor("eva"), case_view.case, sent.case_id)
    assert in_work(town.platform, town.actor("eva", Loa.THREE), case_view.case, sent.case_id).thread
    own = send(town, Draft((), "Eget", "Text"), "bo@bjorkvik.se", Loa.THREE)
    assert in_work(town.platform, town.actor("eva"), case_view.case, own.case_id).thread


@pytest.mark.parametrize("about", ["forwards", "seen"])
def test_a_draft_is_read_at_the_level_of_what_it_passes_on_or_answers(town, about):
    """Whoever has only the password finds no words of a message of level 3 among the drafts, nor its subject."""
    original = received(town, Loa.THREE)
    with browsing(town.platform) as browse:
        page, draft = browse(town.people["eva"]), str(uuid4())
        typed = {"draft": draft, "subject": "Vb: Provsvaret", "body": "Det är elakartat.", about: str(original.id)}
        assert page.post("/drafts", mailbox=str(town.own("eva")), kind="secure", **typed).status_code == 200
        assert "Provsvaret" not in page.get("/drafts").text
        led = page.get(f"/compose?draft={draft}")
        assert led.headers.get("location", "").startswith("/step-up?loa=3"), led.text
        page.cookie = sessions.start(town.platform, SignedIn(town.people["eva"], Loa.THREE, "eid", "/"))
        assert "Vb: Provsvaret" in page.get("/drafts").text
        assert "Det är elakartat." in page.get(f"/compose?draft={draft}").text


def test_a_form_that_names_no_message_of_ours_is_a_new_message(town):
    """A word that is no id, or another organisation's message, lowers and raises nothing."""
    original = received(town, Loa.THREE)
    begin = drafts.forward(original, "")
    eva = send(town, Draft((), "Eget", "Text"), "bo@bjorkvik.se", Loa.ONE)
    assert eva.loa is Loa.ONE
    draft = Draft((Address("secure", MARIA),), "Eget", "Text", loa=Loa.ONE, forwards=begin.forwards)
    assert in_work(town.platform, town.actor("anna"), sending.send, town.own("anna"), draft).loa is Loa.ONE


def send(town, begin, to, loa):
    from dataclasses import replace

    draft = replace(begin, recipients=(Address("secure", to),), loa=loa, terms=PHONE)
    return in_work(town.platform, town.actor("eva"), sending.send, town.own("eva"), draft)
