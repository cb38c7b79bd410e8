"""Writing a message without a browser: choosing whom it goes to, and sending it."""

import re
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace
from tests.core.web.pages.compose.writing import (
    PDF,
    SOC,
    Book,
    ComposePage,
    buttons,
    text_of,
    values,
)

from budkavle.accounts import mailboxes
from budkavle.messaging import case_view, sending
from budkavle.model.errors import Unavailable, Unsure
from budkavle.model.messages import Address
from budkavle.model.people import Actor, Role
from budkavle.plugins.protocols.directory import Entry
from budkavle.storage.database.silence import DOWN
from budkavle.testing.acting import in_work

UNSURE = "Det är osäkert om det sparades."


@pytest.mark.feature("M4", "M17", "M18", "F23", "K1")
def test_an_empty_page_says_from_where_and_of_what_kind(compose: ComposePage) -> None:
    """The chosen mailbox is chosen, the others can be, and the only kind of message is named with its icon."""
    page = compose.client.get(f"/compose?mailbox={compose.other.id}").text
    assert f'<option value="{compose.other.id}" selected' in page
    assert f'<option value="{compose.box.id}"' in page
    assert "Låtsas-meddelande" in page
    assert values(page, "kind") == ["fake"]


@pytest.mark.feature("M17")
def test_a_mailbox_of_others_is_not_found(compose: ComposePage) -> None:
    """Who is no member cannot write from a mailbox, by link or by form."""
    strange = in_work(compose.platform, compose.admin, mailboxes.create_mailbox, "Stängd")
    assert compose.client.get(f"/compose?mailbox={strange.id}").status_code == 404
    assert compose.post(mailbox=str(strange.id), recipients="fake:bup", send="1").status_code == 422
    assert compose.sent() == []


@pytest.mark.feature("M17", "E6")
@pytest.mark.parametrize("button", ["send", "find", "preview"])
def test_what_was_typed_outlives_its_mailbox(compose: ComposePage, button: str) -> None:
    """A writer who is taken from the mailbox meanwhile keeps the text, and reads from where it would be sent now."""
    in_work(compose.platform, compose.admin, mailboxes.remove_members, compose.other.id, [compose.anna.id])
    typed = {"recipients": "fake:bup", "subject": "Möte", "body": "Mitt långa brev"}
    page = compose.post(mailbox=str(compose.other.id), **typed, **{button: "1"})
    assert (page.status_code, text_of(page.text)) == (422, "Mitt långa brev")
    assert 'id="mailbox-error"' in page.text
    assert "Du kan inte längre skriva från den brevlåda som du valde" in page.text
    assert compose.sent() == []
    now = values(page.text, "mailbox")[0] if values(page.text, "mailbox") else str(compose.box.id)
    assert compose.post(mailbox=now, **typed, send="1").status_code == 303
    assert len(compose.sent()) == 1


@pytest.mark.feature("M17")
def test_a_draft_outlives_its_mailbox(compose: ComposePage) -> None:
    """It is opened with its text, and says that its mailbox is another one now."""
    draft = str(uuid4())
    compose.post(mailbox=str(compose.other.id), body="Mitt långa brev", draft=draft, keep="1")
    in_work(compose.platform, compose.admin, mailboxes.remove_members, compose.other.id, [compose.anna.id])
    page = compose.client.get(f"/compose?draft={draft}")
    assert (page.status_code, text_of(page.text)) == (200, "Mitt långa brev")
    assert 'id="mailbox-error"' in page.text


@pytest.mark.feature("M4", "K1", "AB2")
def test_a_whole_message_without_javascript(compose: ComposePage) -> None:
    """Find, add, take away, add again, write, send: each step a page, nothing lost on the way."""
    found = compose.post(q="enköping", find="1").text
    assert buttons(found, "add") == ["fake:bup"]
    assert text_of(found) == "Hej!"
    added = compose.post(q="enköping", add="fake:bup").text
    assert values(added, "recipients") == ["fake:bup"]
    assert values(added, "q")[-1] == "", "the search has found what it was for"
    gone = compose.post(recipients=["fake:bup", "fake:soc"], remove="fake:bup").text
    assert values(gone, "recipients") == ["fake:soc"]
    done = compose.post(recipients=["fake:bup", "fake:soc"], confidential="1", send="1")
    assert done.status_code == 303
    (message,) = compose.sent()
    assert done.headers["location"] == f"/c/{message.case_id}?sent={message.id}"
    assert [one.name for one in message.recipients] == ["BUP Enköping", "Socialtjänsten"]
    assert (message.subject, message.body, message.confidential) == ("Begäran", "Hej!", True)


@pytest.mark.feature("M4", "M10")
def test_who_was_written_but_not_chosen_is_not_left_out_in_silence(compose: ComposePage) -> None:
    """Words in the search field that are nobody yet stop the sending, and stand there still."""
    answer = compose.post(recipients="fake:bup", q="Socialtj", send="1")
    assert answer.status_code == 422
    assert "”Socialtj” är inte vald som mottagare." in answer.text
    assert 'id="recipients-error"' in answer.text
    assert values(answer.text, "recipients") == ["fake:bup"]
    assert values(answer.text, "q")[-1] == "Socialtj"
    assert compose.sent() == []
    pasted = compose.post(recipients="fake:bup", q="å" * 5000, send="1").text
    assert f"”{'å' * 60}…” är inte vald som mottagare." in pasted
    assert values(pasted, "q")[-1] == "å" * 5000
    hidden = compose.post(recipients="fake:bup", subject="\u200b", body="\u2060", send="1")
    assert hidden.status_code == 422
    assert "Skriv ett ämne." in hidden.text
    assert "Skriv ett meddelande eller bifoga en fil." in hidden.text
    both = compose.post(q="Socialtj", subject="", send="1").text
    assert "”Socialtj” är inte vald som mottagare." in both
    assert "Skriv ett ämne." in both, "all that is wrong is said at once"
    assert compose.post(recipients="fake:bup", q=" ", send="1").status_code == 303


@pytest.mark.feature("M4")
@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        (" Bo Ek, Storgatan 1, 566 30 Habo ", ["Bo Ek, Storgatan 1, 566 30 Habo"]),
        (" bup, soc ", ["bup", "soc"]),
        ("bup; Bo Ek, Storgatan 1, 566 30 Habo", []),
        (" , ", []),
    ],
)
def test_an_address_may_have_commas(compose: ComposePage, typed: str, chosen: list[str]) -> None:
    """A postal address is one recipient; several addresses are told apart if each is known."""
    compose.directory.entries.append(Entry(Address("fake", "Bo Ek, Storgatan 1, 566 30 Habo", "Bo Ek")))
    page = compose.post(q=typed, find="1").text
    assert values(page, "recipients") == [f"fake:{value}" for value in chosen]


@pytest.mark.feature("M4", "SD2")
def test_after_a_failed_check_the_list_follows_what_is_mended(compose: ComposePage) -> None:
    """Whatever button is pressed then, only what is still wrong is told; before it, nothing is."""
    failed = compose.post(subject="", body="", send="1").text
    assert values(failed, "checked") == ["1"]
    assert "3 fält behöver rättas" in failed
    shown = compose.post(subject="", recipients="fake:bup", preview="1", checked="1").text
    assert "Ett fält behöver rättas" in shown
    assert "Skriv ett ämne." in shown
    assert 'id="recipients-error"' not in shown
    mended = compose.post(recipients="fake:bup", preview="1", checked="1").text
    assert "behöver rättas" not in mended
    assert values(mended, "checked") == []
    assert "behöver rättas" not in compose.post(subject="", preview="1").text


@pytest.mark.feature("M18")
def test_a_recipient_whom_the_kind_does_not_reach_is_told_of_and_not_sent_to(post: ComposePage) -> None:
    """Who chooses another kind is told at once whom it does not reach, and nothing goes the other way instead."""
    changed = post.post(kind="post", recipients="fake:bup", find="1")
    assert changed.status_code == 200
    assert "BUP Enköping nås inte med ”Brev”." in changed.text
    answer = post.post(kind="post", recipients="fake:bup", send="1")
    assert answer.status_code == 422
    assert "BUP Enköping nås inte med ”Brev”." in answer.text
    assert post.sent() == []
    assert post.post(kind="fake", recipients="fake:bup", send="1").status_code == 303


@pytest.mark.feature("M18")
@pytest.mark.parametrize(("to", "recipients"), [("post:Storgatan 1", ["post:Storgatan 1"]), ("post:", [])])
def test_a_link_to_write_chooses_the_kind_that_goes_there(post: ComposePage, to: str, recipients: list[str]) -> None:
    """A recipient chosen elsewhere brings its kind of message; a kind alone brings no recipient without a name."""
    page = post.client.get("/compose", params={"to": to}).text
    assert re.search(r'name="kind" value="post"[^>]* checked', page)
    assert values(page, "recipients") == recipients


@pytest.mark.feature("M12", "S6")
def test_what_a_delivery_has_left_behind_waits_for_nobody(compose: ComposePage) -> None:
    """In the timeline only the last row may be marked as waiting."""
    compose.post(recipients="fake:bup", send="1")
    with compose.platform.database.transaction(compose.organisation.id) as connection:
        (delivery,) = connection.exec_driver_sql("SELECT id FROM deliveries").scalars()
        insert = "INSERT INTO delivery_events (organisation_id, delivery_id, at, state) VALUES (%s, %s, now(), %s)"
        connection.exec_driver_sql(insert, (compose.organisation.id, delivery, "SEND_IN_PROGRESS"))
    page = compose.client.get(f"/d/{delivery}").text
    assert re.findall(r'<li class="(\w+)">', page[page.index("Händelser") :]) == ["plain", "wait"]


@pytest.mark.feature("M10", "M11")
def test_that_it_has_been_sent_is_said_only_then(compose: ComposePage) -> None:
    """The page that follows says so; opened anew from the same address, it tells how it went instead."""
    where = compose.post(recipients="fake:bup", send="1").headers["location"]
    assert "Meddelandet är skickat." in compose.client.get(where).text
    with compose.platform.database.transaction(compose.organisation.id) as connection:
        connection.exec_driver_sql("UPDATE messages SET created_at = created_at - interval '31 seconds'")
    assert "Meddelandet är skickat." not in compose.client.get(where).text


@pytest.mark.feature("S11", "M10")
def test_what_did_not_arrive_is_told_of_on_every_page(compose: ComposePage) -> None:
    """The menu leads to it whichever page is open, and the button that shows the menu on a telephone says so."""
    compose.post(recipients="fake:bup", send="1")
    there, words = f'href="/m/{compose.box.id}?folder=trouble"', "Visa brevlådor, något behöver åtgärd"
    page = compose.client.get("/account").text
    assert there not in page
    assert words not in page
    with compose.platform.database.transaction(compose.organisation.id) as connection:
        connection.exec_driver_sql("UPDATE cases SET trouble = true")
    page = compose.client.get("/account").text
    assert there in page
    assert words in page


@pytest.mark.feature("M10", "M12")
def test_many_recipients_are_counted_above_and_listed_below(compose: ComposePage) -> None:
    """Of seven, three stand after "Till"; each of them stands with its state below the text."""
    compose.directory.entries += [Entry(Address("fake", f"skola{n}", f"Skola {n}")) for n in range(7)]
    done = compose.post(recipients=[f"fake:skola{n}" for n in range(7)], send="1")
    page = compose.client.get(done.headers["location"]).text
    assert "Skola 0, Skola 1, Skola 2 och 4 till" in page
    assert page.count('class="recipient"') == 7


@pytest.mark.feature("F1", "M10")
@pytest.mark.parametrize("place", ["sent", "links", "?folder=trouble", "?folder=closed", "?folder=binned"])
def test_every_list_says_whose_it_is(compose: ComposePage, place: str) -> None:
    """On a small screen nothing else says which mailbox it is."""
    page = compose.client.get(f"/m/{compose.other.id}{'' if place.startswith('?') else '/'}{place}").text
    assert "Elevhälsan" in page[page.index('<main id="main"') :]
    assert "Elevhälsan" in page[: page.index("</title>")]


def test_a_page_of_another_session_says_that_it_is_old_and_how_to_keep_what_was_written(compose: ComposePage) -> None:
    """It is no question of rights, and a writer is led back to the text rather than away from it."""
    answer = compose.post(csrf="annan", recipients="fake:bup", send="1")
    assert answer.status_code == 403
    assert "<h1>Sidan är för gammal</h1>" in answer.text
    assert "Gå tillbaka i webbläsaren" in answer.text
    assert "behörighet" not in answer.text
    assert compose.sent() == []


@pytest.mark.feature("O12")
def test_the_event_log_calls_a_way_in_by_its_name(compose: ComposePage) -> None:
    """Who brought a message is `fake` to the program, and what people call it on the page."""
    compose.arrives()
    compose.sign_in(compose.client, compose.organisation.add_user("Ada", Role.ADMIN))
    page = compose.client.get("/events").text
    assert "<span>Låtsas (tillägg)</span>" in page
    assert "<span>fake</span>" not in page


@pytest.mark.feature("K2", "K3", "K4")
def test_a_favourite_is_saved_shown_first_and_taken_away_after_a_question(compose: ComposePage) -> None:
    """Spara mottagare, Sparade mottagare, and Ta bort sparad mottagare with its question."""
    compose.post(q="soc", star="fake:soc")
    page = compose.client.get(f"/compose?mailbox={compose.box.id}").text
    assert "Sparade mottagare" in page
    assert buttons(page, "add")[0] == "fake:soc"
    asked = compose.post(q="soc", ask_unstar="fake:soc").text
    assert buttons(asked, "unstar") == ["fake:soc"]
    assert next(one for one in compose.directory.entries if one.address == SOC).favourite
    compose.post(q="soc", unstar="fake:soc")
    assert not any(one.favourite for one in compose.directory.entries)


def test_sending_asks_the_address_books_once(compose: ComposePage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One press of the button: what was answered for the page goes on to the sending."""
    asked: list[str] = []
    find = Book.find

    def count(book: Book, actor: Actor, transport: str, value: str) -> Entry | None:
        asked.append(value)
        return find(book, actor, transport, value)

    monkeypatch.setattr(Book, "find", count)
    assert compose.post(recipients=["fake:bup", "fake:soc"], send="1").status_code == 303
    assert len(compose.sent()) == 1
    assert asked == ["bup", "soc"]


def test_a_form_with_a_file_that_comes_twice_is_one_message(compose: ComposePage) -> None:
    """The file is the message's by then, and the second press does not say that it is gone."""
    page = compose.post(files={"attachments": ("beslut.pdf", PDF, "application/pdf")}, find="1").text
    fields = {"recipients": "fake:bup", "attachment": values(page, "attachment"), "once": str(uuid4()), "send": "1"}
    first, second = compose.post(**fields), compose.post(**fields)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert len(compose.sent()) == 1


@pytest.mark.feature("ZO9")
def test_what_was_stored_all_the_same_is_found(compose: ComposePage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to the commit was lost, and the page leads to the message as if it had come."""
    send = sending.send

    def send_and_lose(work: Any, *given: Any, **more: Any) -> None:
        send(work, *given, **more)
        work.commit()
        raise Unsure(UNSURE)

    monkeypatch.setattr(sending, "send", send_and_lose)
    answer = compose.post(recipients="fake:bup", once=str(uuid4()), send="1")
    assert answer.status_code == 303
    assert len(compose.sent()) == 1


@pytest.mark.feature("ZO9")
def test_what_nobody_can_look_for_stays_unsure(compose: ComposePage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database does not answer to the next question either; that it is unsure is what the person must know."""

    def refuse(sentence: Unavailable) -> Any:
        def send(*_: object, **__: object) -> None:
            raise sentence

        return send

    monkeypatch.setattr(sending, "send", refuse(Unsure(UNSURE)))
    monkeypatch.setattr(case_view, "sent_message", refuse(Unavailable(DOWN)))
    answer = compose.post(recipients="fake:bup", once=str(uuid4()), send="1")
    assert answer.status_code == 503
    assert UNSURE in answer.text


def test_nobody_waits_twice_for_a_lock(compose: ComposePage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was stored, so nothing is looked for, which would wait for the same lock; the form keeps what it has."""

    def refuse(*_: object, **__: object) -> None:
        raise Unavailable(DOWN)

    monkeypatch.setattr(sending, "send", refuse)
    monkeypatch.setattr(case_view, "sent_message", pytest.fail)
    answer = compose.post(recipients="fake:bup", subject="Kallelse", once=str(uuid4()), send="1")
    assert answer.status_code == 503
    assert "Kallelse" in answer.text


@pytest.mark.parametrize("undo_seconds", [0, 10])
def test_sending_takes_three_transactions(
    compose: ComposePage, transactions: list[list[bytes]], undo_seconds: int
) -> None:
    """Beside the session's: the mailboxes to write from, the checks, and the message together with its draft."""
    compose.platform.settings = replace(compose.platform.settings, undo_seconds=undo_seconds)
    fields = {"recipients": "fake:bup", "draft": str(uuid4())}
    assert "Utkast sparat" in compose.post("/drafts", **fields).text
    transactions.clear()
    where = compose.post(**fields, once=str(uuid4()), send="1").headers["location"]
    assert len(transactions) == 1 + 3
    assert len(compose.sent()) == 1
    assert "Begäran" not in compose.client.get("/drafts").text
    undone = compose.post("/undo", message=where.partition("sent=")[2])
    assert undone.headers.get("location", "").endswith(f"draft={fields['draft']}") is bool(undo_seconds)
