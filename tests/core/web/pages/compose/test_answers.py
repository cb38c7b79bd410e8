"""Answering a message, and sending it on."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.core.web.pages.compose.writing import (
    BUP,
    PDF,
    SOC,
    ComposePage,
    buttons,
    text_of,
    values,
)

from budkavle.accounts import mailboxes
from budkavle.cases import actions, attachments
from budkavle.messaging import case_view, drafts
from budkavle.model.messages import Address, Direction, Message, Person, Reference
from budkavle.testing.acting import in_work


@pytest.mark.feature("M14", "M15", "SD10", "SD11")
def test_an_answer_begins_with_what_is_known(compose: ComposePage) -> None:
    """To the sender, Sv: once, their reference as the recipient's, secrecy inherited; a line names the references."""
    came = compose.arrives(
        subject="SV: sv: Utlåtande",
        confidential=True,
        references=(Reference("dnr", "RU 7"), Reference("dnr", "VI 1", party="recipient")),
        persons=(Person("1.2.752.29.6.2.1", "SE-1", "Karin", "sender"),),
    )
    page = compose.client.get(f"/c/{came.case_id}/reply?to={came.id}").text
    assert "<span>Diarienummer RU 7 · Diarienummer VI 1</span>" in page
    assert values(page, "recipients") == ["fake:bup"]
    assert values(page, "subject") == ["Sv: Utlåtande"]
    assert values(page, "seen") == [str(came.id)]
    assert re.search(r'id="confidential"[^>]* checked', page)
    assert values(page, "reference.value") == ["RU 7", "VI 1"]
    parties = re.findall(r'name="(?:reference|person)\.party".*?value="(\w+)" selected', page, re.DOTALL)
    assert parties == ["recipient", "sender", "recipient"]


@pytest.mark.feature("E9")
def test_an_answer_stands_below_the_thread_and_keeps_the_list(compose: ComposePage) -> None:
    """The page has the list that the case was opened from, the whole thread and the form; sending leads back there."""
    came = compose.arrives(body="Se det här.")
    page = compose.client.get(f"/c/{came.case_id}/reply?to={came.id}&scope=untaken").text
    thread, form = page.index('class="body"'), page.index("data-compose")
    assert page.index('class="list"') < thread < form
    assert "Se det här." in page
    assert f'data-leave href="/c/{came.case_id}?scope=untaken"' in page
    url = unescape(re.search(r'<form method="post" action="([^"]*reply[^"]*)"', page)[1])  # type: ignore[index]
    done = compose.post(url, recipients="fake:bup", seen=str(came.id), send="1")
    assert done.headers["location"].endswith("&scope=untaken")


@pytest.mark.feature("E9")
def test_an_answer_that_was_begun_is_gone_on_with(compose: ComposePage) -> None:
    """Svara opens the draft of the same case again and says so; it can be begun anew, and others have their own."""
    came = compose.arrives()
    url = f"/c/{came.case_id}/reply?to={came.id}"
    empty = compose.client.get(url).text
    ids = {"draft": values(empty, "draft")[0], "seen": str(came.id), "draft_url": url}
    compose.post("/drafts", recipients="fake:bup", body="Halva svaret", **ids)
    again = compose.client.get(f"/c/{came.case_id}/reply").text
    assert text_of(again) == "Halva svaret"
    assert "Du fortsätter på svaret" in again
    assert values(again, "draft") == [ids["draft"]]
    assert text_of(compose.client.get(f"{url}&fresh=1").text) == ""
    assert text_of(compose.client.get(f"{url}&all=1").text) == ""
    compose.sign_in(compose.client, compose.bo)
    assert text_of(compose.client.get(url).text) == ""


@pytest.mark.feature("M14", "F13")
def test_the_case_is_taken_and_the_answer_sent_in_one_click(compose: ComposePage) -> None:
    """Ta ärendet och skicka does both; the answer lands in the case."""
    came = compose.arrives()
    url = f"/c/{came.case_id}/reply?to={came.id}"
    assert buttons(compose.client.get(url).text, "send")[:2] == ["take", "1"]
    done = compose.post(url, recipients="fake:bup", seen=str(came.id), send="take")
    assert done.status_code == 303
    view = in_work(compose.platform, compose.anna, case_view.case, came.case_id)
    assert view.case.holder == "Anna Ek"
    assert [one.message.ref_to for one in view.thread][-1] == came.remote_id
    assert buttons(compose.client.get(url).text, "send")[0] == "1"


@pytest.mark.feature("M14")
def test_an_answer_to_somebody_outside_the_address_book_finds_its_way(compose: ComposePage) -> None:
    """The address of the message is used, with its organisation, where no book has it."""
    stranger = Address("fake", "ny", "Ny funktion", "Okänd kommun", "0203:okand.example")
    came = compose.arrives(sender=stranger)
    compose.post(f"/c/{came.case_id}/reply?to={came.id}", recipients="fake:ny", send="1")
    assert compose.sent()[0].recipients == (stranger,) or compose.sent()[0].recipients[0].organisation_value


@pytest.mark.feature("M14")
def test_a_thread_that_has_gone_on_stops_the_answer_once(compose: ComposePage) -> None:
    """What has come is shown, the text is kept, and pressing again sends."""
    came = compose.arrives()
    url = f"/c/{came.case_id}/reply?to={came.id}"
    seen = values(compose.client.get(url).text, "seen")[0]
    compose.arrives(body="En sak till.", ref_to=None, conversation_id=came.conversation_id, subject="Tillägg")
    stopped = compose.post(url, recipients="fake:bup", body="Mitt svar", seen=seen, send="1")
    assert stopped.status_code == 409
    assert "En sak till." in stopped.text
    assert text_of(stopped.text) == "Mitt svar"
    again = values(stopped.text, "seen")[0]
    assert again != seen
    assert compose.post(url, recipients="fake:bup", body="Mitt svar", seen=again, send="1").status_code == 303


def test_a_case_that_a_colleague_took_stops_take_and_send(compose: ComposePage) -> None:
    """Nothing is sent, the colleague is named, and the text is kept."""
    came = compose.arrives()
    in_work(compose.platform, compose.bo, actions.take, came.case_id)
    stopped = compose.post(f"/c/{came.case_id}/reply?to={came.id}", recipients="fake:bup", body="Mitt", send="take")
    assert stopped.status_code == 409
    assert "Bo Lind" in stopped.text
    assert text_of(stopped.text) == "Mitt"
    assert compose.sent() == []


def messages(compose: ComposePage) -> int:
    """Count all messages of the organisation, also those that the writer can no longer read."""
    with compose.platform.database.transaction(compose.anna.organisation_id) as connection:
        return int(connection.execute(text("SELECT count(*) FROM messages")).scalar_one())


def test_an_answer_in_a_case_of_others_is_not_found(compose: ComposePage) -> None:
    """Who is no member of the case's mailbox can neither see nor answer it."""
    came = compose.arrives()
    in_work(compose.platform, compose.admin, mailboxes.remove_members, compose.box.id, [compose.anna.id])
    url = f"/c/{came.case_id}/reply?to={came.id}"
    assert compose.client.get(url).status_code == 404
    assert compose.post(url, recipients="fake:bup", send="1").status_code == 422
    assert messages(compose) == 1


def test_a_typed_answer_outlives_its_case(compose: ComposePage) -> None:
    """A writer who can no longer read the case keeps the text, typed or saved, and nothing of the case."""
    came = compose.arrives()
    url, draft = f"/c/{came.case_id}/reply?to={came.id}", str(uuid4())
    compose.post(url, recipients="fake:bup", body="Mitt svar", draft=draft, draft_url=url, keep="1")
    in_work(compose.platform, compose.admin, mailboxes.remove_members, compose.box.id, [compose.anna.id])
    pages = (
        compose.post(url, recipients="fake:bup", body="Mitt svar", send="1"),
        compose.client.get(f"{url}&draft={draft}"),
    )
    assert [page.status_code for page in pages] == [422, 200]
    for page in pages:
        assert text_of(page.text) == "Mitt svar"
        assert "Du når inte längre ärendet som du svarade i" in page.text
        assert 'action="/compose"' in page.text
    assert messages(compose) == 1


def test_a_message_is_sent_on_with_its_text_and_files(compose: ComposePage) -> None:
    """Vidarebefordra begins a new message with the text below a heading, and copies of the files."""
    sent = attachments.store(compose.platform, compose.anna, "beslut.pdf", "application/pdf", [PDF])
    compose.post(recipients="fake:bup", body="Ursprunget", attachment=str(sent.id), send="1")
    (message,) = compose.sent()
    page = compose.client.post(
        f"/c/{message.case_id}/forward", data={"csrf": compose.csrf, "message": str(message.id)}
    ).text
    assert values(page, "subject") == ["Vb: Begäran"]
    assert "Ursprunget" in text_of(page)
    (copy,) = values(page, "attachment")
    assert copy != str(sent.id)
    assert compose.post(recipients="fake:soc", attachment=copy, send="1").status_code == 303


@pytest.mark.feature("M14")
@pytest.mark.parametrize("subject", ["Utlåtande", "Sv: Utlåtande", "RE: sv:  Utlåtande", "Svar: VS: Utlåtande"])
def test_an_answers_subject_has_one_prefix(subject: str) -> None:
    """However often a thread has gone to and fro."""
    came = _message(subject=subject)
    assert drafts.reply(came).subject == "Sv: Utlåtande"


@pytest.mark.feature("M14")
def test_everybody_is_everybody_but_us() -> None:
    """Svara alla goes to the sender and to all others of the thread, once each, never to the mailbox itself."""
    own = Address("fake", "registrator")
    came = _message(recipients=(own, SOC))
    asked = _message(direction=Direction.OUT, sender=own, recipients=(BUP, Address("fake", "school")))
    assert drafts.reply(came, own).recipients == (BUP,)
    assert drafts.reply(came, own, [asked, came]).recipients == (BUP, Address("fake", "school"), SOC)
    assert drafts.reply(asked, own).recipients == asked.recipients


@pytest.mark.feature("M14")
def test_everybody_is_offered_where_there_is_somebody_else(compose: ComposePage) -> None:
    """One of two recipients answers: the page is for that one, and leads to the page for both."""
    compose.post(recipients=["fake:bup", "fake:soc"], send="1")
    (asked,) = compose.sent()
    came = compose.arrives(conversation_id=asked.conversation_id, subject="Sv: Begäran")
    assert came.case_id == asked.case_id
    page = compose.client.get(f"/c/{came.case_id}/reply").text
    assert values(page, "recipients") == ["fake:bup"]
    link = unescape(re.search(r'href="([^"]*all=1)"', page)[1])  # type: ignore[index]
    assert values(compose.client.get(link).text, "recipients") == ["fake:bup", "fake:soc"]


def _message(**more: Any) -> Message:
    values: dict[str, Any] = {
        "id": uuid4(),
        "organisation_id": uuid4(),
        "mailbox_id": uuid4(),
        "case_id": uuid4(),
        "direction": Direction.IN,
        "transport": "fake",
        "subject": "Utlåtande",
        "body": "",
        "sender": BUP,
        "recipients": (Address("fake", "registrator"),),
        "created_at": None,
        "conversation_id": "1",
    }
    return Message(**(values | more))
