"""Guests reach a part of a tree by a link, once they have shown who they are."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import update
from tests.plugins.files.conftest import Files

from budkavle import Host, Loa, Platform, ProviderTraits
from budkavle.accounts import write_settings
from budkavle.identification import Limit
from budkavle.notices import Notice, NoticeKind
from budkavle.testing import Browser, SampleOrganisation, SampleUser, do_job, offer, plugin_module
from budkavle.testing.fakes import FakeIdentityProvider, FakeNotifier
from budkavle.web.app import create_app
from budkavle_files.guests import guest_pages
from budkavle_files.guests.guest_shares import find_guest_share
from budkavle_files.notes.content import create_note, read_note, require_note
from budkavle_files.tables import entries, shares
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.sharing import list_access
from budkavle_files.tree.things import AccessRole, Entry

SHARE = "/plugin/files/guests"
IN_A_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


@dataclass
class Mail(FakeNotifier):
    """Mail that is kept in memory."""

    kind: NoticeKind = NoticeKind.MAIL

    def check(self, notice: Notice) -> None:
        """Take any address."""


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], mail: Mail) -> Platform:
    """With mail, and a way of level 2 for guests by the code 1234."""
    way = FakeIdentityProvider(traits=ProviderTraits(Loa.TWO, audiences=frozenset({"guest"})))
    peer = plugin_module("peer", notifiers=lambda: [mail], identity_providers=lambda: [way])
    return budkavle_open(offers=offer(peer=peer), enabled=("files", "peer"))


@dataclass
class Reader:
    """A guest's browser; it keeps its cookies."""

    client: TestClient[Any]
    path: str

    def get(self, path: str = "", **options: Any) -> Any:
        return self.client.get(self.path + path, headers={"accept": "text/html"}, **options)

    def post(self, path: str, **fields: str) -> Any:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        address = path if path.startswith("/sign-in") else self.path + path
        return self.client.post(address, data=fields, headers=headers)

    def identify(self, code: str = "1234") -> Any:
        """Go through the way of level 2."""
        self.post("/identify/fake")
        return self.post("/sign-in", code=code)


@pytest.fixture
def client(platform: Platform) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(platform), base_url=platform.settings.base_url) as client:
        yield client


@pytest.fixture
def invite(
    platform: Platform, browse: Callable[..., Browser], mail: Mail, client: TestClient[Any], case_worker: SampleUser
) -> Callable[..., Reader]:
    """Share something with a guest through the page, and open the browser that got the mail."""

    def do(entry: Entry, **fields: str) -> Reader:
        typed = {"name": "Karin Svensson", "email": "karin@bup.example", "role": "reader", "until": IN_A_MONTH}
        answer = browse(case_worker).post(f"{SHARE}/{entry.id}", **{**typed, "loa": "2", "method": "fake", **fields})
        assert answer.status_code == 303, re.findall(r"error[^<]*<[^>]*>[^<]*", answer.text)
        do_job(platform, "outbox.notices.mail")
        link = mail.sent[-1].notice.link
        assert link is not None
        return Reader(client, link.url.removeprefix(platform.settings.base_url))

    return do


@pytest.mark.feature("D9", "D10", "D11")
def test_a_guest_shows_who_they_are_and_reads(
    files: Files,
    host: Host,
    invite: Callable[..., Reader],
    mail: Mail,
    case_worker: SampleUser,
    organisation: SampleOrganisation,
    catalogue: Entry,
) -> None:
    """The mail says nothing of what is shared; nothing is seen before the guest has identified; all is noted."""
    files.file(case_worker, catalogue, "Plan.txt", b"Planen")
    inside = files.catalogue(case_worker, "Bilagor", catalogue)
    files.file(case_worker, inside, "Djupt.txt", b"Djupt")
    karin = invite(catalogue)
    assert "Utredning" not in mail.sent[-1].notice.subject + mail.sent[-1].notice.text
    first = karin.get().text
    assert f"{organisation.name} delar något med dig" in first
    assert "Plan.txt" not in first
    assert karin.post("/open").status_code == 403
    shown = karin.identify()
    assert shown.url.path == karin.path
    assert "Plan.txt" in shown.text
    (link,) = re.findall(r'href="([^"]+/file/[^"]+)"', shown.text)
    assert karin.client.get(link).content == b"Planen"
    assert "Djupt.txt" in karin.get(f"/e/{inside.id}").text
    assert organisation.log_kinds().count("files.opened") == 1
    with host.work(case_worker) as work:
        assert [access.kind.value for access in list_access(host, work, catalogue)] == ["person", "guest"]


def test_a_wrong_code_opens_nothing(invite: Callable[..., Reader], catalogue: Entry) -> None:
    """Who cannot show it sees nothing."""
    karin = invite(catalogue)
    karin.identify("4321")
    assert "<h1>Utredning" not in karin.get().text


def test_the_link_alone_is_enough_at_level_one(invite: Callable[..., Reader], catalogue: Entry) -> None:
    """At level 1 a button opens it."""
    karin = invite(catalogue, loa="1", method="")
    assert "<h1>Utredning" in karin.post("/open").text


def test_a_level_that_rises_closes_what_is_open(
    files: Files, host: Host, invite: Callable[..., Reader], case_worker: SampleUser, catalogue: Entry
) -> None:
    """What asks for more than the guest has shown is neither listed nor opened."""
    secret = files.file(case_worker, catalogue, "Hemligt.txt")
    karin = invite(catalogue)
    assert "Hemligt.txt" in karin.identify().text
    with host.work(case_worker) as work, host.tables(work) as connection:
        connection.execute(update(entries).where(entries.c.id == secret.id).values(loa=3))
    assert "Hemligt.txt" not in karin.get().text
    assert karin.get(f"/file/{secret.id}").status_code == 404
    with host.work(case_worker) as work, host.tables(work) as connection:
        connection.execute(update(entries).where(entries.c.id == catalogue.id).values(loa=3))
    assert "<h1>Utredning" not in karin.get().text


@pytest.mark.feature("D11")
def test_without_guests_no_link_opens_anything(
    organisation: SampleOrganisation,
    files: Files,
    invite: Callable[..., Reader],
    case_worker: SampleUser,
    catalogue: Entry,
) -> None:
    """Nor goes on in a page that is open; when the organisation lets guests in again, the same link leads on."""
    file = files.file(case_worker, catalogue, "Plan.txt", b"Planen")
    karin = invite(catalogue)
    assert "Plan.txt" in karin.identify().text
    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"guests": False})
    for path in ("", f"/e/{catalogue.id}", f"/file/{file.id}"):
        assert karin.get(path).status_code == 404
    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"guests": True})
    assert "Plan.txt" in karin.get().text


@pytest.mark.feature("D11")
def test_a_share_that_ends_ends_in_open_pages(
    host: Host, invite: Callable[..., Reader], case_worker: SampleUser, catalogue: Entry
) -> None:
    """The next thing that the guest asks for is not there."""
    karin = invite(catalogue)
    karin.identify()
    with host.work(case_worker) as work, host.tables(work) as connection:
        connection.execute(update(shares).values(until=datetime.now(UTC)))
    assert karin.get().status_code == 404
    assert karin.get(f"/e/{catalogue.id}").status_code == 404


def test_nothing_beside_it_is_reached(
    files: Files,
    invite: Callable[..., Reader],
    case_worker: SampleUser,
    other_administrator: SampleUser,
    catalogue: Entry,
) -> None:
    """Neither what lies above or beside, nor what another organisation has."""
    inside = files.catalogue(case_worker, "Delad", catalogue)
    beside = files.file(case_worker, catalogue, "Bredvid.txt")
    karin = invite(inside)
    karin.identify()
    for entry in (catalogue, beside):
        assert karin.get(f"/e/{entry.id}").status_code == 404
        assert karin.get(f"/file/{entry.id}").status_code == 404
    foreign = files.catalogue(other_administrator, "Annan")
    assert karin.get(f"/e/{foreign.id}").status_code == 404


def test_an_author_writes_in_notes_and_a_reader_does_not(
    host: Host, invite: Callable[..., Reader], case_worker: SampleUser, catalogue: Entry
) -> None:
    """What a guest writes is merged as anybody's; a reader has no form, and may not send one."""
    with host.work(case_worker) as work:
        note = create_note(host, work, catalogue.id, "Samtal", "Ett\n")
    karin = invite(catalogue, role="author")
    karin.identify()
    (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', karin.get(f"/e/{note.id}").text))
    saved = karin.post(f"/e/{note.id}", csrf=token, base="Ett\n", text="Ett\nfrån Karin\n")
    assert "från Karin" in saved.text
    assert karin.post(f"/e/{note.id}", csrf="fel", base="Ett\n", text="x").status_code == 403
    clash = karin.post(f"/e/{note.id}", csrf=token, base="Ett\nfrån Bo\n", text="Ett\nigen\n")
    assert clash.status_code == 409
    with host.work(case_worker) as work:
        assert read_note(host, work, require_note(host, work, note.id)).text == "Ett\nfrån Karin\n"
    reader = invite(note, email="eva@bup.example")
    shown = reader.identify().text
    assert "<textarea" not in shown


def test_the_pages_say_which_guest_it_was(
    files: Files, host: Host, invite: Callable[..., Reader], case_worker: SampleUser, catalogue: Entry, browse: Any
) -> None:
    """Versions, the list and the log of reading name each guest, also after the share; the names lie sealed."""
    with host.work(case_worker) as work:
        note = create_note(host, work, catalogue.id, "Samtal", "Ett\n")
    for name in ("Karin Svensson", "Eva Berg"):
        guest = invite(catalogue, role="author", name=name)
        guest.identify()
        page = guest.get(f"/e/{note.id}").text
        (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', page))
        assert "Gäst " not in page
        assert f"{name} (gäst)" not in page
        with host.work(case_worker) as work:
            base = read_note(host, work, require_note(host, work, note.id)).text
        guest.post(f"/e/{note.id}", csrf=token, base=base, text=f"{base}från {name}\n")
    with host.transaction(files.organisation.id) as connection:
        connection.exec_driver_sql("DELETE FROM files_shares")
    browser = browse(case_worker)
    versions = browser.get(f"/plugin/files/versions/{note.id}").text
    for name in ("Karin Svensson", "Eva Berg"):
        assert f"{name} (gäst)," in versions or f"{name} (gäst)<" in versions
        assert versions.count(f"{name} (gäst)") >= 2
    assert "Eva Berg (gäst)" in browser.get(f"/plugin/files/c/{catalogue.id}").text
    assert "Eva Berg (gäst)" in browser.get(f"/plugin/files/notes/{note.id}").text
    stored = repr([*files.rows("SELECT * FROM files_versions"), *files.rows("SELECT * FROM files_guests")])
    assert "Karin" not in stored
    assert "Eva" not in stored


REFUSED: list[tuple[str, str]] = [
    ("name", ""),
    ("name", "K" * 201),
    ("name", "Karin\u202eak"),
    ("email", "karin"),
    ("email", "@"),
    ("email", "karin@bup.example,bo@bup.example"),
    ("email", "karin@bup.\u200bexample"),
    ("email", f"karin@{'b' * 250}.example"),
    ("until", "2020-01-01"),
    ("until", "snart"),
    ("until", "9999-12-31"),
    ("phone", "12"),
    ("personnummer", "191212121213"),
    ("method", "finns-inte"),
    ("loa", "3"),
    ("loa", "4"),
    ("role", "administrator"),
    ("role", ""),
    ("language", "xx"),
]


def test_what_will_not_do_is_said_at_its_field(
    browse: Callable[..., Browser], case_worker: SampleUser, catalogue: Entry
) -> None:
    """Nothing is shared; the way that cannot reach the level is said at the way."""
    typed = {"name": "Karin", "email": "karin@bup.example", "until": IN_A_MONTH, "loa": "2", "method": "fake"}
    for field_name, value in REFUSED:
        sent = {**typed, "role": "reader", field_name: value}
        answer = browse(case_worker).post(f"{SHARE}/{catalogue.id}", **sent)
        assert answer.status_code == 422, field_name
        assert f'id="{"method" if (field_name, value) == ("loa", "3") else field_name}-error"' in answer.text, (
            field_name
        )


@pytest.mark.feature("D10")
def test_a_form_that_is_sent_twice_makes_one_link(
    browse: Callable[..., Browser], case_worker: SampleUser, catalogue: Entry, mail: Mail, platform: Platform
) -> None:
    """A double press gives the guest one mail; whoever goes back and names one more shares with both."""
    browser = browse(case_worker)
    page = browser.get(f"{SHARE}/{catalogue.id}").text
    once = re.findall(r'name="once" value="([^"]+)"', page)[0]
    typed = {"name": "Karin", "email": "karin@bup.example", "role": "reader", "until": IN_A_MONTH, "loa": "1"}
    for _ in range(2):
        assert browser.post(f"{SHARE}/{catalogue.id}", once=once, **typed).status_code == 303
    do_job(platform, "outbox.notices.mail")
    assert [got.notice.address for got in mail.sent] == ["karin@bup.example"]
    browser.post(f"{SHARE}/{catalogue.id}", once=once, **{**typed, "email": "bo@bup.example"})
    do_job(platform, "outbox.notices.mail")
    assert [got.notice.address for got in mail.sent] == ["karin@bup.example", "bo@bup.example"]
    wrong = browser.post(f"{SHARE}/{catalogue.id}", once=once, **{**typed, "email": ""})
    assert f'name="once" value="{once}"' in wrong.text


def test_only_administrators_share(
    files: Files,
    browse: Callable[..., Browser],
    case_worker: SampleUser,
    colleague: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
    catalogue: Entry,
) -> None:
    """An author may not; for others there is no such catalogue."""
    files.share(case_worker, catalogue, colleague, AccessRole.AUTHOR)
    for user, status in ((colleague, 403), (outsider, 404), (other_administrator, 404)):
        assert browse(user).get(f"{SHARE}/{catalogue.id}").status_code == status
        assert browse(user).post(f"{SHARE}/{catalogue.id}", until=IN_A_MONTH, name="x").status_code == status


def test_a_link_of_nothing(host: Host, client: TestClient[Any], catalogue: Entry) -> None:
    """A link that was never made leads nowhere, whatever it looks like."""
    for token in ("x", "0" * 32 + "abc", f"{catalogue.id.hex}abc"):
        assert find_guest_share(host, token) is None
        assert client.get(f"/plugin/files/g/{token}", headers={"accept": "text/html"}).status_code == 404


@pytest.mark.feature("ZS3")
def test_after_a_restore_no_link_opens_anything(
    platform: Platform, organisation: SampleOrganisation, invite: Callable[..., Reader], catalogue: Entry
) -> None:
    """Whoever shared the files makes a new link; the event log says how many ended."""
    karin = invite(catalogue)
    assert karin.get().status_code == 200
    platform.plugins.call_hook("budkavle_end_access", organisation_id=organisation.id)
    assert karin.get().status_code in {404, 410}
    assert "files.access-ended" in organisation.log_kinds()


@pytest.mark.feature("D9")
def test_who_guesses_links_must_wait_and_a_link_that_is_there_opens(
    client: TestClient[Any], invite: Callable[..., Reader], catalogue: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After so many from one network address, and the page says what to do."""
    monkeypatch.setattr(guest_pages, "UNKNOWN", Limit(2, timedelta(minutes=15)))
    page = {"headers": {"accept": "text/html"}}
    answers = [client.get(f"{guest_pages.PATH}/guess{number}", **page) for number in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert "Vänta en kvart" in answers[-1].text
    assert invite(catalogue).get().status_code == 200
