"""The pages of what waits for a second person, and a message that waits from the button to the answer."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle.accounts import mailboxes, organisations, users, write_settings
from budkavle.accounts.message_settings import MessageSettings
from budkavle.approvals import requests
from budkavle.cases import inbox, store_attachment
from budkavle.model.people import Role, User
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.working import do_job

JOB = "outbox.budkavle.approved.budkavle"
LATER = {"send": "later 2099-01-01T08:00"}
PEOPLE = ("ada", "bo", "cleo", "dag", "root", "eve")


class Office:
    """Socialnämnden, whose messages wait for a colleague: Ada and Bo are members, Dag is not, Eve is of elsewhere."""

    def __init__(self, platform: Platform, browser: Callable[[User | None], Browser]) -> None:
        self.platform, self._browser = platform, browser
        organisation = organisations.create_organisation(platform, system_actor(), "Habo kommun")
        other = organisations.create_organisation(platform, system_actor(), "Mullsjö kommun")
        self.system = system_actor(organisation.id)
        self.users = {name: self._person(name, other.id if name == "eve" else organisation.id) for name in PEOPLE}
        self.box = in_work(platform, self.system, mailboxes.create_mailbox, "Socialnämnden")
        in_work(
            platform, self.system, mailboxes.add_members, self.box.id, [self.users[one].id for one in ("ada", "bo")]
        )
        in_work(platform, self.system, mailboxes.set_needs_approval, self.box.id, needed=True)

    def _person(self, name: str, organisation_id: UUID) -> User:
        values: dict[str, Any] = {"role": Role.ADMIN if name in {"root", "eve"} else Role.USER}
        email = f"{name}@habo.example"
        return in_work(
            self.platform, system_actor(organisation_id), users.create_user, email=email, name=name.title(), **values
        )

    def browser(self, name: str) -> Browser:
        return self._browser(self.users[name])

    def form(self, **fields: Any) -> dict[str, Any]:
        base = {"mailbox": str(self.box.id), "kind": "secure", "subject": "Beslut i ärendet", "body": "Du får bidrag."}
        to = {"recipients": [f"secure:{self.users['dag'].email}"], "reply_asked": "1", "reply_allowed": "1"}
        return {**base, **to, "loa": "2", "send": "1", "approval_reason": "Läs summan en gång till.", **fields}

    def ask(self) -> str:
        """Let Ada send something; return the address of the request."""
        done = self.browser("ada").post("/compose", **self.form())
        assert done.status_code == 303, text_of(done)
        return str(done.headers["location"]).partition("?")[0]

    def sent(self) -> list[str]:
        items = in_work(self.platform, self.system, inbox.sent, self.box.id).items
        return [item.subject for item in items]


def main_of(page: Any) -> str:
    """Return the page without its navigation."""
    return str(page.text).partition("<main")[2]


def text_of_main(page: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main_of(page))))


def text_of(page: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


@pytest.fixture
def office(budkavle_open: Callable[..., Platform]) -> Iterator[Office]:
    platform = budkavle_open()
    with browsing(platform) as browser:
        yield Office(platform, browser)


@pytest.mark.feature("Z8")
def test_a_message_waits_until_a_colleague_has_read_and_approved_it(office: Office) -> None:
    """Without JavaScript, from the button to the sent message; both read what the other wrote."""
    compose = office.browser("ada").get(f"/compose?mailbox={office.box.id}")
    assert "Skicka för godkännande" in text_of(compose)
    assert "Det som skickas härifrån godkänns först av en kollega" in text_of(compose)
    url = office.ask()
    assert office.sent() == []
    own = text_of(office.browser("ada").get(f"{url}?said=asked"))
    assert "Du kan inte själv godkänna" in own
    assert 'value="approve"' not in office.browser("ada").get(url).text
    page = office.browser("bo").get(url)
    for words in ("Ada", "Läs summan en gång till.", "Beslut i ärendet", "Du får bidrag.", "Dag", "Socialnämnden"):
        assert words in text_of(page)
    assert 'value="approve"' in page.text
    rail = office.browser("bo").get("/drafts").text
    assert re.search(r'href="/approvals"[^>]*>.*?Väntar på godkännande</span><span class="n hot">1<', rail, re.DOTALL)
    assert "Skicka meddelande: Beslut i ärendet" in text_of(office.browser("bo").get("/approvals"))
    done = office.browser("bo").post(url, answer="approve", reason="Summan stämmer.")
    assert (done.status_code, done.headers["location"]) == (303, f"{url}?said=approved")
    do_job(office.platform, JOB)
    assert office.sent() == ["Beslut i ärendet"]
    after = text_of(office.browser("ada").get(url))
    assert "Godkänt och gjort" in after
    assert "Summan stämmer." in after
    assert "Du får bidrag." not in after
    assert "/approvals" not in office.browser("bo").get("/drafts").text


@pytest.mark.feature("Z8")
def test_from_a_level_of_assurance_a_colleague_approves(office: Office) -> None:
    """What the organisation has chosen holds in each function mailbox; lower levels and personal inboxes are free."""
    in_work(office.platform, office.system, mailboxes.set_needs_approval, office.box.id, needed=False)
    in_work(office.platform, office.system, write_settings, MessageSettings, {"approval_from_loa": 2})
    compose = text_of(office.browser("ada").get(f"/compose?mailbox={office.box.id}"))
    assert "på tillitsnivå 2 eller högre godkänns först av en kollega" in compose
    free = office.browser("ada").post("/compose", **office.form(loa="1"))
    assert str(free.headers["location"]).startswith("/c/")
    url = office.ask()
    assert url.startswith("/approvals/")
    assert len(office.sent()) == 1
    assert office.browser("bo").post(url, answer="approve").status_code == 303
    do_job(office.platform, JOB)
    assert len(office.sent()) == 2
    personal = mailboxes.personal_id(office.users["ada"].id)
    assert "godkänns först" not in text_of(office.browser("ada").get(f"/compose?mailbox={personal}"))
    alone = office.browser("ada").post("/compose", **office.form(mailbox=str(personal)))
    assert str(alone.headers["location"]).startswith("/c/")


def test_a_double_click_asks_once(office: Office) -> None:
    """Both presses lead to the one request."""
    once = str(uuid4())
    targets = [office.browser("ada").post("/compose", **office.form(once=once)).headers["location"] for _ in range(2)]
    assert {target.partition("?")[0] for target in targets} == {f"/approvals/{once}"}


def test_a_double_click_with_a_file_asks_once(office: Office) -> None:
    """The file is the request's after the first click, and the second one does not say that it is gone."""
    ada = office.users["ada"].acting()
    file = store_attachment(office.platform, ada, "beslut.txt", "text/plain", iter([b"5000 kr"]))
    form = office.form(once=str(uuid4()), attachment=str(file.id))
    for _ in range(2):
        answer = office.browser("ada").post("/compose", **form)
        assert answer.status_code == 303, text_of(answer)
        assert answer.headers["location"].partition("?")[0] == f"/approvals/{form['once']}"
    assert len(in_work(office.platform, office.users["ada"].acting(), requests.list_approvals)) == 1


def test_a_no_says_why_and_keeps_what_was_written(office: Office) -> None:
    """A no without a reason is told at the field; the writer still has the draft."""
    draft = str(uuid4())
    office.browser("ada").post("/drafts", draft=draft, subject="Beslut i ärendet", body="Du får bidrag.")
    done = office.browser("ada").post("/compose", **office.form(draft=draft))
    url = str(done.headers["location"]).partition("?")[0]
    missing = office.browser("bo").post(url, answer="reject", reason=" ")
    assert missing.status_code == 422
    assert "Skriv varför du avslår." in text_of(missing)
    assert "<title>Fel:" in missing.text
    assert office.browser("bo").post(url, answer="reject", reason="Fel summa.").status_code == 303
    do_job(office.platform, JOB)
    assert office.sent() == []
    assert "Fel summa." in text_of(office.browser("ada").get(url))
    assert "Beslut i ärendet" in text_of(office.browser("ada").get("/drafts"))


def test_what_was_never_saved_is_a_draft_when_the_answer_is_no(office: Office) -> None:
    """Whoever wrote it is led there from the request; whoever decides is not."""
    draft = str(uuid4())
    done = office.browser("ada").post("/compose", **office.form(draft=draft))
    url = str(done.headers["location"]).partition("?")[0]
    office.browser("bo").post(url, answer="reject", reason="Fel summa.")
    assert 'href="/drafts"' in main_of(office.browser("ada").get(url))
    assert 'href="/drafts"' not in main_of(office.browser("bo").get(url))
    kept = office.browser("ada").get(f"/compose?mailbox={office.box.id}&draft={draft}")
    assert "Du får bidrag." in text_of(kept)


@pytest.mark.feature("Z8")
def test_a_draft_that_waits_says_so_until_it_has_been_decided(office: Office) -> None:
    """In the list it leads to the request and cannot be removed; once it is withdrawn, it is a draft as before."""
    draft, ada = str(uuid4()), office.browser("ada")
    url = str(ada.post("/compose", **office.form(draft=draft)).headers["location"]).partition("?")[0]
    listed = ada.get("/drafts")
    assert "Väntar på godkännande" in text_of_main(listed)
    assert f'href="{url}"' in main_of(listed)
    assert "/drafts/drop" not in main_of(listed)
    for way in (f"/compose?mailbox={office.box.id}&draft={draft}", f"/compose?draft={draft}"):
        opened = ada.get(way)
        assert (opened.status_code, opened.headers["location"]) == (303, f"{url}?said=waits")
    assert "Dra tillbaka det om du vill ändra något" in text_of(ada.get(f"{url}?said=waits"))
    ada.post(url, answer="withdraw")
    free = ada.get("/drafts")
    assert "Väntar på godkännande" not in text_of_main(free)
    assert "/drafts/drop" in main_of(free)
    assert ada.get(f"/compose?draft={draft}").status_code == 200


@pytest.mark.feature("Z8")
@pytest.mark.parametrize("way", ["again", "unapproved", "later"])
def test_a_draft_that_waits_is_not_sent_by_another_way(office: Office, way: str) -> None:
    """Neither asked for again nor sent, now or later, from an old page; one sentence says what to do."""
    draft, ada = str(uuid4()), office.browser("ada")
    ada.post("/compose", **office.form(draft=draft))
    personal = str(mailboxes.personal_id(office.users["ada"].id))
    more = {"again": {}, "unapproved": {"mailbox": personal}, "later": {"mailbox": personal, **LATER}}[way]
    second = ada.post("/compose", **office.form(**{"draft": draft, "subject": "Ändrat", **more}))
    assert second.status_code == 409
    assert "Det här utkastet väntar redan på godkännande. Dra tillbaka begäran" in text_of(second)
    assert 'value="Ändrat"' in second.text
    assert len(in_work(office.platform, office.users["ada"].acting(), requests.list_approvals)) == 1


def test_a_text_is_shown_as_the_reader_will_see_it(office: Office) -> None:
    """Bold is bold, and a short text is no row among the facts."""
    done = office.browser("ada").post("/compose", **office.form(body="Du får **bidrag**."))
    page = office.browser("bo").get(str(done.headers["location"]).partition("?")[0])
    assert "Du får <strong>bidrag</strong>." in page.text


ANSWERS = ("approve", "reject", "withdraw", "other", "")
EXPECTED = {
    "ada": {"withdraw": 303, "approve": 403, "reject": 403},
    "bo": {"approve": 303, "reject": 303, "withdraw": 404},
    "cleo": {},
    "dag": {},
    "root": {},
    "eve": {},
}
"""The status by person and answer; 404 for those who have nothing to do with it, 422 for what is no answer."""


@pytest.mark.parametrize("name", PEOPLE)
def test_every_route_by_everybody(office: Office, name: str) -> None:
    """To everybody but the writer and the members there is no such page."""
    url, person = office.ask(), office.browser(name)
    known = name in {"ada", "bo"}
    listed = person.get("/approvals")
    assert listed.status_code == 200
    assert (url in listed.text) is known
    assert person.get(url).status_code == (200 if known else 404)
    assert person.post(url, csrf="wrong", answer=ANSWERS[0]).status_code == 403
    for answer in ANSWERS:
        usual = 422 if known and answer in {"other", ""} else 404
        asked = office.ask()
        assert person.post(asked, answer=answer, reason="Så.").status_code == EXPECTED[name].get(answer, usual), answer


def test_nobody_signed_in_gets_to_the_pages(office: Office) -> None:
    """They are led to sign in, and decide nothing."""
    url, nobody = office.ask(), office._browser(None)
    for path in ("/approvals", url):
        assert nobody.get(path).status_code in {302, 303, 401}
    assert nobody.post(url, answer="approve", reason="Så.").status_code in {302, 303, 401, 403}
    assert in_work(office.platform, office.users["ada"].acting(), requests.list_approvals)[0].decider == ""


def test_who_comes_second_reads_what_has_happened(office: Office) -> None:
    """The page shows the request as it is, and keeps what was written."""
    url = office.ask()
    office.browser("ada").post(url, answer="withdraw")
    for answer, reason in (("approve", "Jag hann inte."), ("reject", "")):
        late = office.browser("bo").post(url, answer=answer, reason=reason)
        assert late.status_code == 409
        assert "redan avgjord" in text_of(late)
        assert "Återtaget" in text_of(late)


def test_an_administrator_sets_it_for_a_mailbox(office: Office) -> None:
    """The mailbox's own administrators see it and cannot change it: they write from it."""
    members = (office.box.id, [office.users["cleo"].id])
    in_work(office.platform, office.system, mailboxes.add_members, *members, administrator=True)
    url = f"/mailboxes/{office.box.id}/settings"
    fields = {"name": "Socialnämnden", "language": "sv", "kinds": ["secure"]}
    assert re.search(r'name="needs_approval"[^>]*checked', office.browser("root").get(url).text)
    assert 'name="needs_approval"' not in office.browser("cleo").get(url).text
    assert office.browser("cleo").post(url, **fields).status_code == 303
    assert in_work(office.platform, office.system, mailboxes.mailbox, office.box.id).mailbox.needs_approval
    assert office.browser("root").post(url, **fields).status_code == 303
    assert not in_work(office.platform, office.system, mailboxes.mailbox, office.box.id).mailbox.needs_approval
    assert "Skicka för godkännande" not in office.browser("ada").get(f"/compose?mailbox={office.box.id}").text
    assert office.browser("root").post(url, **fields, needs_approval="1").status_code == 303
    assert in_work(office.platform, office.system, mailboxes.mailbox, office.box.id).mailbox.needs_approval


def test_the_pages_speak_english(office: Office) -> None:
    """All of the core's own words."""
    url = office.ask()
    in_work(office.platform, office.users["bo"].acting(), users.update_user, office.users["bo"].id, language="en")
    office.users["bo"] = in_work(office.platform, office.system, users.user, office.users["bo"].id)
    page = text_of(office.browser("bo").get(url))
    for words in ("Approve", "Reject", "A message is sent to one recipient", "Subject", "Waits for approval"):
        assert words in page
    assert "Godkänn" not in page
    office.browser("bo").post(url, answer="approve")
    assert "Decided by Bo" in text_of(office.browser("bo").get(url))
