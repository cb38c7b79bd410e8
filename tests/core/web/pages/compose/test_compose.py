"""Writing a message without a browser: every button of the page, what it refuses, and what it never loses."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from budkavle.accounts import mailboxes
from budkavle.cases import actions, attachments
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import case_view, drafts, sending
from budkavle.model.errors import Unavailable, Unsure
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Direction, Draft, Fault, Message, Person, Reference
from budkavle.model.people import Actor, Role
from budkavle.plugins.protocols.directory import Entry
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.storage.database.silence import DOWN
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import plugin_module
from budkavle.web.app import create_app

PDF = b"%PDF-1.7\nexempel"
BUP = Address("fake", "bup", "BUP Enköping", "Region Uppsala")
UNSURE = "Det är osäkert om det sparades."
SOC = Address("fake", "soc", "Socialtjänsten", "Håbo kommun")
CAN = Capabilities(
    receipts=True,
    confidentiality=True,
    references=True,
    markdown=True,
    max_bytes=1_000_000,
    content_types=("application/pdf", "text/plain"),
)


class Book(FakeDirectory):
    """An address book that keeps favourites, and knows the addresses of our own mailboxes."""

    def set_favourite(self, actor: Actor, mailbox_id: UUID, recipient: Address, kept: bool) -> bool:
        known = [one for one in self.entries if one.address.value == recipient.value]
        for one in known:
            self.entries[self.entries.index(one)] = Entry(one.address, favourite=kept)
        return bool(known)


class Transport(FakeTransport):
    """A transport that has something to say about subjects with "förbjudet" in them."""

    def check(self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Any) -> list[Fault]:
        faults = super().check(actor, mailbox_id, draft, files)
        return [*faults, *([Fault("references", "Referensen är fel.")] if "förbjudet" in draft.subject else [])]


class ComposePage:
    """The page for writing in an installation, with somebody signed in who has two mailboxes."""

    def __init__(self, platform: Platform, directory: Book, transport: Transport) -> None:
        self.platform, self.directory, self.transport = platform, directory, transport
        self.organisation = SampleOrganisation.create(platform, "Exempelstad")
        self.admin = self.organisation.system
        self.anna, self.bo = self.organisation.add_user("Anna Ek"), self.organisation.add_user("Bo Lind")
        self.box = self.organisation.add_mailbox("Registrator", self.anna, self.bo)
        self.other = self.organisation.add_mailbox("Elevhälsan", self.anna, self.bo)
        directory.ours[Address("fake", "registrator", "Registrator", "Exempelstad")] = (
            self.organisation.id,
            self.box.id,
        )
        self.client: TestClient[Any]
        self.csrf = ""

    def sign_in(self, client: TestClient[Any], user: SampleUser) -> None:
        cookie = sessions.start(self.platform, SignedIn(user.user, Loa.TWO, "password", "/"))
        self.client, self.csrf = client, sessions.find(self.platform, cookie).csrf
        client.cookies.set("budkavle", cookie)
        client.headers.update({"sec-fetch-site": "same-origin", "accept": "text/html"})

    def form(self, **fields: Any) -> dict[str, Any]:
        base = {"csrf": self.csrf, "mailbox": str(self.box.id), "kind": "fake", "subject": "Begäran", "body": "Hej!"}
        return {name: value for name, value in (base | fields).items() if value is not None}

    def post(self, path: str = "/compose", *, files: Any = None, **fields: Any) -> Any:
        sent = {key.replace("__", "."): value for key, value in self.form(**fields).items()}
        return self.client.post(path, data=sent, files=files, follow_redirects=False)

    def sent(self) -> list[Message]:
        view = [one for one in self.all_messages() if one.direction is Direction.OUT]
        return sorted(view, key=lambda one: one.created_at)

    def all_messages(self) -> list[Message]:
        with self.platform.database.transaction(self.organisation.id) as connection:
            ids = [row[0] for row in connection.exec_driver_sql("SELECT id FROM cases").all()]
        views = [in_work(self.platform, self.anna, case_view.case, one) for one in ids]
        return [threaded.message for view in views for threaded in view.thread]

    def arrives(self, **more: Any) -> Message:
        recipient = Address("fake", "registrator")
        values = {"sender": BUP, "recipient": recipient, "subject": "Utlåtande", "body": "Se bilagan.", **more}
        incoming = self.organisation.incoming(**{"received_at": self._now(), **values})
        accepted = acting.accept(self.platform, incoming)
        return next(one for one in self.all_messages() if one.id == accepted.message_id)

    def _now(self) -> Any:
        with self.platform.database.transaction(None) as connection:
            return connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()


@pytest.fixture
def compose(open_with: Callable[..., Platform]) -> Iterator[ComposePage]:
    yield from _running(open_with)


@pytest.fixture
def post(open_with: Callable[..., Platform]) -> Iterator[ComposePage]:
    """The same, where a letter may be written as well."""
    letter = FakeTransport()
    letter.name, letter.label = "post", "Brev"
    yield from _running(open_with, letter)


def _running(open_with: Callable[..., Platform], *more: FakeTransport) -> Iterator[ComposePage]:
    directory = Book(entries=[Entry(BUP, "Barn- och ungdomspsykiatri"), Entry(SOC)])
    transport = Transport(capabilities=CAN)
    every = [transport, *more]
    module = plugin_module("fake", transports=lambda host: every, directories=lambda host: [directory])
    platform = open_with(fake=module)
    made = ComposePage(platform, directory, transport)
    with TestClient(create_app(platform), base_url="http://127.0.0.1:8420") as client:
        made.sign_in(client, made.anna)
        yield made


def values(page: str, name: str) -> list[str]:
    """Return the values of the fields of this name."""
    tags = re.findall(rf'<input[^>]*\sname="{re.escape(name)}"[^>]*>', page)
    return [unescape(re.search(r'\svalue="([^"]*)"', tag)[1]) for tag in tags if re.search(r'\svalue="', tag)]  # type: ignore[index]


def buttons(page: str, name: str) -> list[str]:
    """Return the values of the buttons of this name."""
    return [unescape(value) for value in re.findall(rf'<button[^>]*\sname="{name}"[^>]*\svalue="([^"]*)"', page)]


def text_of(page: str) -> str:
    """Return what is in the text area."""
    return unescape(re.search(r'<textarea[^>]*id="body"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)[1])  # type: ignore[index]


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
    assert compose.post(mailbox=str(strange.id), recipients="fake:bup", send="1").status_code == 404
    assert compose.sent() == []


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
    both = compose.post(q="Socialtj", subject="", send="1").text
    assert "”Socialtj” är inte vald som mottagare." in both
    assert "Skriv ett ämne." in both, "all that is wrong is said at once"
    assert compose.post(recipients="fake:bup", q=" ", send="1").status_code == 303


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


@pytest.mark.feature("SD2", "M4")
def test_faults_stand_at_their_fields_and_everything_is_kept(compose: ComposePage) -> None:
    """Without a recipient and a subject nothing is sent; text, references, persons and secrecy are still there."""
    answer = compose.post(
        subject="",
        body="Första raden\n\n  <b>andra</b>",
        confidential="1",
        reference__root="dnr",
        reference__value="2026-1187",
        reference__party="sender",
        reference__label="",
        person__name="Karin",
        person__root="1.2.752.29.6.2.1",
        person__value="SE-1",
        person__party="recipient",
        send="1",
    )
    assert answer.status_code == 422
    page = answer.text
    assert '<a href="#recipients">Välj minst en mottagare.</a>' in page
    assert '<a href="#subject">Skriv ett ämne.</a>' in page
    assert 'id="subject-error"' in page
    assert 'id="recipients-error"' in page
    assert text_of(page) == "Första raden\n\n  <b>andra</b>"
    assert values(page, "reference.value") == ["2026-1187"]
    assert values(page, "person.name") == ["Karin"]
    assert re.search(r'id="confidential"[^>]* checked', page)
    assert compose.sent() == []


@pytest.mark.feature("SD2")
def test_a_transports_fault_stands_at_its_field(compose: ComposePage) -> None:
    """What the transport says about references is shown there, with the part of the page open."""
    answer = compose.post(subject="förbjudet", recipients="fake:bup", send="1")
    assert answer.status_code == 422
    assert '<a href="#references">Referensen är fel.</a>' in answer.text
    assert re.search(r'<details id="extra"[^>]* open', answer.text)


@pytest.mark.feature("SD10")
def test_references_and_persons_come_and_go_row_by_row(compose: ComposePage) -> None:
    """Rows are added and taken away by buttons, and arrive with their code systems and sides."""
    more = compose.post(more="references").text
    assert values(more, "reference.value") == [""]
    two: dict[str, Any] = {
        "reference__root": ["dnr", "1.3.88"],
        "reference__value": ["A 1", "7362220000318"],
        "reference__party": ["sender", "recipient"],
        "reference__label": ["", ""],
    }
    less = compose.post(**two, less="references-0").text
    assert values(less, "reference.value") == ["7362220000318"]
    person: dict[str, Any] = {
        "person__name": "Karin",
        "person__root": "1.2.752.29.6.2.1",
        "person__value": "SE-1",
        "person__party": "recipient",
    }
    assert compose.post(**two, **person, recipients="fake:bup", send="1").status_code == 303
    (message,) = compose.sent()
    assert message.references == (Reference("dnr", "A 1"), Reference("1.3.88", "7362220000318", party="recipient"))
    assert message.persons == (Person("1.2.752.29.6.2.1", "SE-1", "Karin"),)


@pytest.mark.feature("SD12")
def test_the_preview_shows_the_subset_and_no_markup_of_its_own(compose: ComposePage) -> None:
    """Förhandsgranska renders Markdown safely and sends nothing."""
    page = compose.post(body="# Rubrik\n\n**viktigt** <script>alert(1)</script>", preview="1").text
    shown = page[page.index('id="preview-title"') :]
    assert "<h1>Rubrik</h1>" in shown
    assert "<strong>viktigt</strong>" in shown
    assert "<script>alert" not in page
    assert compose.sent() == []


@pytest.mark.feature("M4", "M16")
def test_a_file_comes_with_the_form_survives_errors_and_is_sent(compose: ComposePage) -> None:
    """The form carries files without JavaScript; after a fault the page has their ids; a second try sends them."""
    page = compose.post(files={"attachments": ("beslut.pdf", PDF, "application/pdf")}, send="1").text
    (held,) = values(page, "attachment")
    assert "beslut.pdf" in page
    assert compose.post(recipients="fake:bup", attachment=held, send="1").status_code == 303
    (message,) = compose.sent()
    assert [(one.file_name, one.size) for one in message.attachments] == [("beslut.pdf", len(PDF))]


def test_a_file_is_taken_away_again(compose: ComposePage) -> None:
    """Ta bort takes the file out of the page and out of the store."""
    page = compose.post(files={"attachments": ("beslut.pdf", PDF, "application/pdf")}, find="1").text
    (held,) = values(page, "attachment")
    gone = compose.post(attachment=held, drop=held).text
    assert values(gone, "attachment") == []
    assert in_work(compose.platform, compose.anna, attachments.mine, [UUID(held)]) == []


@pytest.mark.feature("M4")
def test_an_upload_answers_with_its_id_and_can_be_discarded(compose: ComposePage) -> None:
    """The page sends a file at once, gets an id, and may take it away by that id."""
    file = {"attachments": ("beslut.pdf", PDF, "application/pdf")}
    answer = compose.client.post("/attachments?kind=fake", data={"csrf": compose.csrf}, files=file)
    assert answer.status_code == 201
    held = answer.json()["id"]
    assert compose.client.delete(f"/attachments/{held}").status_code == 403
    assert compose.client.delete(f"/attachments/{held}", headers={"x-csrf": compose.csrf}).status_code == 204
    assert compose.client.delete(f"/attachments/{held}", headers={"x-csrf": compose.csrf}).status_code == 404


@pytest.mark.feature("SD13")
@pytest.mark.parametrize(
    ("name", "kind", "content", "says"),
    [
        ("prog.exe", "application/x-msdownload", b"MZ\0\0", "har en filtyp som mottagaren inte kan ta emot"),
        ("bild.gif", "image/gif", b"GIF89a", "har en filtyp som mottagaren inte kan ta emot"),
        ("falsk.pdf", "application/pdf", b"MZ\0\0", "är ett program"),
        ("tom.pdf", "application/pdf", b"", "är tom"),
    ],
)
def test_a_wrong_file_is_refused_at_once_with_a_sentence(
    compose: ComposePage, name: str, kind: str, content: bytes, says: str
) -> None:
    """The server looks again at what the page has looked at: the type by name and by the first bytes."""
    answer = compose.client.post(
        "/attachments?kind=fake",
        data={"csrf": compose.csrf},
        files={"attachments": (name, content, kind)},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 422
    assert says in answer.json()["errors"]["attachments"]


@pytest.mark.feature("SD13")
def test_too_much_is_refused_at_the_field_with_everything_kept(compose: ComposePage) -> None:
    """More bytes than the transport takes stop the sending, with the sentence at the attachments."""
    large = {"attachments": ("stor.pdf", PDF + b"x" * 1_000_001, "application/pdf")}
    answer = compose.post(recipients="fake:bup", files=large, send="1")
    assert answer.status_code == 422
    assert 'id="attachments-error"' in answer.text
    assert text_of(answer.text) == "Hej!"
    assert len(values(answer.text, "attachment")) == 1


def test_somebody_elses_upload_is_no_attachment_here(compose: ComposePage) -> None:
    """An id of a file that a colleague has uploaded is left out, said so, and nothing is sent."""
    theirs = attachments.store(compose.platform, compose.bo, "hemlig.pdf", "application/pdf", [PDF])
    answer = compose.post(recipients="fake:bup", attachment=str(theirs.id), send="1")
    assert answer.status_code == 422
    assert "En bilaga finns inte kvar" in answer.text
    assert "hemlig.pdf" not in answer.text
    assert compose.sent() == []
    dropped = compose.post(attachment=str(theirs.id), drop=str(theirs.id))
    assert dropped.status_code == 422
    assert in_work(compose.platform, compose.bo, attachments.mine, [theirs.id]) == [theirs]


@pytest.mark.parametrize("token", ["", "another"])
def test_without_the_sessions_token_nothing_is_sent_and_no_file_is_kept(compose: ComposePage, token: str) -> None:
    """A form that does not come from this session's page is refused, its files with it."""
    file = {"attachments": ("beslut.pdf", PDF, "application/pdf")}
    assert compose.post(csrf=token, recipients="fake:bup", files=file, send="1").status_code == 403
    assert compose.client.post("/attachments", data={"csrf": token}, files=file).status_code == 403
    assert compose.sent() == []
    with compose.platform.database.transaction(compose.organisation.id) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM attachments").scalar_one() == 0


def test_a_form_from_another_site_is_refused(compose: ComposePage) -> None:
    """The browser says that another site's page sent it."""
    answer = compose.client.post("/compose", data=compose.form(send="1"), headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.feature("M14", "M15", "SD10", "SD11")
def test_an_answer_begins_with_what_is_known(compose: ComposePage) -> None:
    """To the sender, Sv: once, their reference as the recipient's, and secrecy inherited."""
    came = compose.arrives(
        subject="SV: sv: Utlåtande",
        confidential=True,
        references=(Reference("dnr", "RU 7"), Reference("dnr", "VI 1", party="recipient")),
        persons=(Person("1.2.752.29.6.2.1", "SE-1", "Karin", "sender"),),
    )
    page = compose.client.get(f"/c/{came.case_id}/reply?to={came.id}").text
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


def test_an_answer_in_a_case_of_others_is_not_found(compose: ComposePage) -> None:
    """Who is no member of the case's mailbox can neither see nor answer it."""
    came = compose.arrives()
    in_work(compose.platform, compose.admin, mailboxes.remove_members, compose.box.id, [compose.anna.id])
    url = f"/c/{came.case_id}/reply?to={came.id}"
    assert compose.client.get(url).status_code == 404
    assert compose.post(url, recipients="fake:bup", send="1").status_code == 404


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


BUTTONS = ("add", "remove", "star", "unstar", "ask_unstar", "more", "less", "drop", "kind", "seen")
NONSENSE = ("", ":", "x", "persons-99", "references--1", "fake:", "é\x00", str(uuid4()))


@pytest.mark.parametrize("name", BUTTONS)
def test_nonsense_in_a_field_never_breaks_the_page(compose: ComposePage, name: str) -> None:
    """Whatever a button or a hidden field says, the page comes back and nothing is sent."""
    for nonsense in NONSENSE:
        answer = compose.post(**{name: nonsense, "attachment": nonsense})
        assert answer.status_code in {200, 422}, nonsense
        assert text_of(answer.text) == "Hej!"
    assert compose.sent() == []


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
