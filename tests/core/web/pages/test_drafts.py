"""Drafts while somebody types, and "Ångra" after sending, through the pages and without a browser."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient

from budkavle.cases.inbox import sent as list_sent
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import saved_drafts
from budkavle.model.errors import Unavailable
from budkavle.model.loa import Loa
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due
from budkavle.web.app import create_app


class Writer:
    """Ada, who is signed in, with Bo to write to; the sending of what she writes can be undone."""

    def __init__(self, platform: Platform, client: TestClient[Any]) -> None:
        organisation = SampleOrganisation.create(platform, "Håbo kommun")
        self.platform, self.client = platform, client
        self.ada, self.bo = organisation.add_user("Ada"), organisation.add_user("Bo")
        self.actor, self.box = self.ada.at(Loa.TWO), str(self.ada.personal_id)
        self.sign_in(self.ada)

    def sign_in(self, user: SampleUser) -> None:
        cookie = sessions.start(self.platform, SignedIn(user.user, Loa.TWO, "password", "/"))
        self.csrf = sessions.find(self.platform, cookie).csrf
        self.client.cookies.set("budkavle", cookie)
        self.client.headers.update({"sec-fetch-site": "same-origin", "accept": "text/html"})

    def form(self, **fields: Any) -> dict[str, Any]:
        base = {"mailbox": self.box, "kind": "secure", "subject": "Om mötet", "body": "Vi ses.", "loa": "2"}
        to = {"recipients": [f"secure:{self.bo.email}"], "reply_asked": "1", "reply_allowed": "1"}
        return {"csrf": self.csrf, **base, **to, **fields}

    def post(self, path: str, **fields: Any) -> Any:
        return self.client.post(path, data=fields, follow_redirects=False)

    def page(self, path: str) -> str:
        return self.client.get(path).text

    def sent(self) -> list[Any]:
        return list(in_work(self.platform, self.actor, list_sent, UUID(self.box)).items)


@pytest.fixture
def writer(budkavle_open: Callable[..., Platform]) -> Iterator[Writer]:
    platform = budkavle_open(undo_seconds=10)
    with TestClient(create_app(platform)) as client:
        yield Writer(platform, client)


def value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_what_is_typed_is_kept_and_opened_again(writer: Writer) -> None:
    """The page says when; the draft is listed, and opened with every field as it was."""
    draft = value(writer.page("/compose"), "draft")
    kept = writer.post("/drafts", **writer.form(draft=draft, draft_url=f"/compose?mailbox={writer.box}"))
    assert re.fullmatch(r"Utkast sparat \d\d\.\d\d", kept.text)
    listed = writer.page("/drafts")
    assert "Om mötet" in listed
    assert f"Till Håbo kommun · {writer.bo.name}" in listed, "a name, where the address book has one"
    found = re.search(r'href="(/compose[^"]*draft=[^"]*)"', listed)
    assert found
    opened = writer.page(found[1].replace("&amp;", "&"))
    assert value(opened, "draft") == draft
    assert "Vi ses." in opened
    assert f'value="secure:{writer.bo.email}"' in opened
    after = writer.page(writer.post("/drafts/drop", csrf=writer.csrf, draft=draft).headers["location"])
    assert "Utkastet är borttaget." in after
    assert "Inga utkast" in after


def test_without_javascript_a_button_keeps_it(writer: Writer) -> None:
    """The page comes back with what was typed and the time of the draft."""
    page = writer.post("/compose", **writer.form(draft=str(uuid4()), keep="1")).text
    assert "Utkast sparat" in page
    assert "Vi ses." in page
    (one,) = in_work(writer.platform, writer.actor, saved_drafts.load_all)
    assert one.get("subject") == "Om mötet"


def test_an_empty_page_is_no_draft(writer: Writer) -> None:
    """Opening and leaving the page keeps nothing."""
    assert writer.post("/drafts", csrf=writer.csrf, draft=str(uuid4()), subject=" ", mailbox=writer.box).text == ""
    assert in_work(writer.platform, writer.actor, saved_drafts.load_all) == []


def test_a_draft_of_somebody_else_is_not_found(writer: Writer) -> None:
    """By no page, and neither thrown away."""
    draft = str(uuid4())
    writer.post("/drafts", **writer.form(draft=draft))
    writer.sign_in(writer.bo)
    assert writer.client.get(f"/compose?draft={draft}").status_code == 404
    assert writer.post("/drafts", **writer.form(draft=draft)).status_code == 409
    writer.post("/drafts/drop", csrf=writer.csrf, draft=draft)
    assert [str(one.id) for one in in_work(writer.platform, writer.actor, saved_drafts.load_all)] == [draft]


def test_a_draft_leads_nowhere_else(writer: Writer) -> None:
    """Its address is a page for writing, whatever the form said."""
    for url in ("https://evil.example/", "//evil.example", "/sign-out", "javascript:alert(1)"):
        draft = str(uuid4())
        writer.post("/drafts", **writer.form(draft=draft, draft_url=url))
        assert f'href="/compose?draft={draft}"' in writer.page("/drafts")


def test_sending_is_undone_and_the_draft_is_back(writer: Writer) -> None:
    """The page after sending offers it; then everything stands in the form again, and nothing is sent."""
    draft = str(uuid4())
    done = writer.post("/compose", **writer.form(draft=draft, draft_url="/compose", send="1"))
    assert done.status_code == 303
    after = writer.page(done.headers["location"])
    assert "Meddelandet skickas om några sekunder." in after
    assert 'action="/undo"' in after
    assert in_work(writer.platform, writer.actor, saved_drafts.load_all) == []
    (sent,) = writer.sent()
    undone = writer.post("/undo", csrf=writer.csrf, message=str(sent.message_id))
    assert undone.headers["location"] == f"/compose?draft={draft}"
    assert "Vi ses." in writer.page(undone.headers["location"])
    assert writer.sent() == []
    assert deliver_due(writer.platform) == 0


def test_undoing_too_late_says_so(writer: Writer) -> None:
    """And of nothing at all, too."""
    writer.post("/compose", **writer.form(draft=str(uuid4()), send="1"))
    (sent,) = writer.sent()
    with writer.platform.database.transaction(writer.actor.organisation_id) as connection:
        connection.exec_driver_sql("UPDATE deliveries SET due_at = now()")
    assert deliver_due(writer.platform) == 1
    late = writer.post("/undo", csrf=writer.csrf, message=str(sent.message_id))
    assert late.status_code == 409
    assert "redan börjat skickas" in late.text
    assert writer.post("/undo", csrf=writer.csrf, message="nonsense").status_code == 409


def test_a_draft_that_cannot_be_kept_hinders_no_sending(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is stored by then; a page that said otherwise would have it sent twice."""

    def away(*_: object) -> None:
        raise Unavailable("Databasen svarar inte.")

    monkeypatch.setattr(saved_drafts, "remove", away)
    done = writer.post("/compose", **writer.form(draft=str(uuid4()), send="1"))
    assert done.status_code == 303
    assert len(writer.sent()) == 1
