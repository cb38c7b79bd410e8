"""The command "Skicka säkert" in a chat: who may call, where the text goes, and that nothing of it stays."""

import html
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from tests.docs.api_fields import check_fields
from tests.plugins.teams.conftest import BASE, Browser, section

from budkavle import Loa, Platform
from budkavle.identification import NewIdentity, link_identity
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job
from budkavle.web.app import create_app
from budkavle.web.views.markdown import markdown
from budkavle_identity_tokens.simulated_entra import Entra
from budkavle_microsoft_apps.plain_text import as_markdown
from budkavle_teams.extension import shared_texts
from budkavle_teams.extension.chat_text import text_of
from budkavle_teams.simulator.bot_service import BotService

BOT = "33333333-2222-4222-8222-222222222222"
MESSAGES = "/plugin/teams/teams/messages"
CHAT = "<p>Hej! Kan du svara på <b>det här</b>?</p><ul><li>Ett</li><li>Två &amp; tre</li></ul>"
TEXT = "Hej! Kan du svara på det här?\n\n- Ett\n\n- Två & tre"


@dataclass
class Chat:
    """An installation with a bot; Anna's account in Teams is linked, Bo's is not."""

    platform: Platform
    organisation: SampleOrganisation
    entra: Entra
    service: BotService
    anna: SampleUser
    bo: SampleUser
    client: TestClient[Any]

    def call(self, call: Any, token: str | None = None) -> Any:
        """Call the bot's address, as the service does."""
        headers = {"authorization": f"Bearer {self.service.token() if token is None else token}"}
        return self.client.post(MESSAGES, json=call, headers=headers)

    def choose(self, name: str = "anna", content: str = CHAT, **lies: Any) -> str:
        """Let somebody choose the command; gives the dialog's path."""
        answer = self.call(self.service.chosen(self.entra.people[name], content, **lies))
        assert answer.status_code == 200, answer.text
        task = answer.json()["task"]
        check_fields("Dialog", answer.json())
        assert task["type"] == "continue"
        assert task["value"]["url"].startswith(f"{BASE}/plugin/teams/teams/share")
        return str(task["value"]["url"].removeprefix(BASE))

    def inside(self, user: SampleUser) -> Browser:
        """Somebody's browser, in the frame."""
        name = user.name.lower()
        browser = Browser(TestClient(app=self.client.app, base_url=BASE))
        browser.enter(self.entra.token(self.entra.people[name]))
        return browser

    def link(self, user: SampleUser) -> None:
        """Link somebody's account in Teams."""
        subject = f"{self.entra.tenant}.{self.entra.people[user.name.lower()]}"
        in_work(self.platform, user.at(Loa.TWO), link_identity, NewIdentity("teams", subject, "Microsoft Teams"))

    def texts(self) -> list[Any]:
        """What lies in the table."""
        return self.organisation.rows("SELECT user_id, sealed FROM teams_shared_texts")


@pytest.fixture
def chat(budkavle_open: Callable[..., Platform], tenant: Entra) -> Iterator[Chat]:
    """The installation."""
    tenant.status, tenant.keys = 200, tenant.keys[:1]
    tenant.people = {"anna": str(uuid4()), "bo": str(uuid4())}
    with BotService(BOT, tenant.tenant).serving() as service:
        plugins = section(tenant, bot_id=BOT)
        plugins["teams"]["bot_keys_url"] = service.keys_url
        platform = budkavle_open(enabled=("teams",), base_url=BASE, plugins=plugins)
        organisation = SampleOrganisation.create(platform, "Habo kommun")
        anna, bo = (organisation.add_user(name, email=f"{name.lower()}@habo.example") for name in ("Anna", "Bo"))
        with TestClient(app=create_app(platform), base_url=BASE) as client:
            made = Chat(platform, organisation, tenant, service, anna, bo, client)
            made.link(anna)
            yield made


@pytest.mark.feature("C1", "M3")
def test_the_text_becomes_a_draft_and_nothing_else_stays(chat: Chat) -> None:
    """Shown to its person, put into a draft, and gone; sealed until then."""
    path = chat.choose()
    (row,) = chat.texts()
    assert row.user_id == chat.anna.id
    assert b"svara" not in bytes(row.sealed)
    browser = chat.inside(chat.anna)
    page = browser.get(path)
    assert "Kan du svara på det här?" in page.text
    fields = {"csrf": browser.field(page, "csrf"), "mailbox": str(chat.anna.personal_id)}
    answer = browser.post(path, fields)
    assert answer.headers["location"].startswith("/compose?draft=")
    draft = browser.get(answer.headers["location"])
    assert "Två &amp; tre" in draft.text
    assert chat.texts() == []
    assert browser.get(path).status_code == 404


@given(st.text(alphabet=st.sampled_from("ab1 .)*_-+#=<>\\\n[]()!`~&|:/"), max_size=14))
@settings(max_examples=500)
def test_a_text_is_drawn_as_it_was_written(text: str) -> None:
    """What looks like Markdown in a chat is none: not a sign of it is lost in the message."""
    drawn = html.unescape(re.sub(r"<[^>]*>", " ", str(markdown(as_markdown(text))).replace("<li>", "- ")))
    assert "".join(drawn.split()) == "".join(text.split())


def test_what_was_a_star_in_the_chat_is_one_in_the_draft(chat: Chat) -> None:
    """The draft has it escaped."""
    browser, path = chat.inside(chat.anna), chat.choose(content="<p>2 * 3 * 4</p><ul><li>Ett</li></ul>")
    fields = {"csrf": browser.field(browser.get(path), "csrf"), "mailbox": str(chat.anna.personal_id)}
    draft = browser.get(browser.post(path, fields).headers["location"])
    assert "2 \\* 3 \\* 4\n\n- Ett" in draft.text


def test_a_text_is_taken_away_on_demand_and_by_itself(chat: Chat) -> None:
    """By the button, by a newer text of the same person, and after ten minutes."""
    browser = chat.inside(chat.anna)
    path = chat.choose()
    page = browser.get(path)
    browser.post(path, {"csrf": browser.field(page, "csrf"), "remove": "1"})
    assert chat.texts() == []
    first, second = chat.choose(content="<p>Ett</p>"), chat.choose(content="<p>Två</p>")
    assert (browser.get(first).status_code, browser.get(second).status_code) == (404, 200)
    chat.organisation.rows("UPDATE teams_shared_texts SET expires_at = now() - interval '1 second'")
    assert browser.get(second).status_code == 404
    do_job(chat.platform, "teams.texts")
    assert chat.texts() == []


def test_its_end_is_by_the_clock_of_the_database(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose clock is ahead neither hides the text nor takes it away."""
    browser, path = chat.inside(chat.anna), chat.choose()
    ahead = type("Ahead", (datetime,), {"now": lambda zone=None: datetime.now(zone) + timedelta(hours=1)})
    monkeypatch.setattr(shared_texts, "datetime", ahead, raising=False)
    assert browser.get(path).status_code == 200
    do_job(chat.platform, "teams.texts")
    assert chat.texts() != []


def test_nobody_else_reads_the_text(chat: Chat) -> None:
    """Not a colleague with the dialog's address, neither to look at nor to use nor to take away."""
    chat.link(chat.bo)
    path = chat.choose()
    browser = chat.inside(chat.bo)
    csrf = browser.field(browser.get("/account"), "csrf")
    assert browser.get(path).status_code == 404
    assert browser.post(path, {"csrf": csrf, "mailbox": str(chat.bo.personal_id)}).status_code == 404
    browser.post(path, {"csrf": csrf, "remove": "1"})
    assert len(chat.texts()) == 1
    stranger = Browser(TestClient(app=chat.client.app, base_url=BASE))
    assert "/tab" in stranger.get(path).headers["location"]


def test_nothing_is_kept_for_somebody_without_an_account_here(chat: Chat) -> None:
    """They are told to link first; the same for another directory's person, and for a message without text."""
    directory = str(uuid4())
    elsewhere = {"channelData": {"tenant": {"id": directory}}}
    foreign = NewIdentity("teams", f"{directory}.{chat.entra.people['anna']}", "Microsoft Teams")
    in_work(chat.platform, chat.anna.at(Loa.TWO), link_identity, foreign)
    assert chat.choose("bo") == "/plugin/teams/teams/share"
    assert chat.choose(**elsewhere) == "/plugin/teams/teams/share"
    assert chat.choose(content="<p> </p>") == "/plugin/teams/teams/share"
    assert chat.texts() == []
    assert "inte kopplat" in chat.inside(chat.anna).get("/plugin/teams/teams/share").text


@pytest.mark.parametrize(
    "lies", [{"aud": str(uuid4())}, {"iss": "https://evil.example"}, {"serviceurl": "https://evil.example/"}]
)
def test_only_the_service_itself_is_believed(
    chat: Chat, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, lies: dict[str, Any]
) -> None:
    """A wrong token, none, and the password kind of authorization: refused, with a word in the log and no content."""
    caplog.set_level(logging.DEBUG)
    call = chat.service.chosen(chat.entra.people["anna"], CHAT)
    assert chat.call(call, chat.service.token(**lies)).status_code == 403
    assert chat.call(call, "").status_code == 403
    assert chat.client.post(MESSAGES, json=call, headers={"authorization": "Basic x"}).status_code == 403
    assert chat.client.post(MESSAGES, json=call).status_code == 403
    assert chat.texts() == []
    told = capsys.readouterr()
    assert "svara" not in told.out + told.err + caplog.text


def test_what_is_no_such_call_is_answered_with_nothing(chat: Chat) -> None:
    """Other commands and other events of the bot's, an unreadable call, and one that is too long."""
    other = chat.service.chosen(chat.entra.people["anna"], CHAT, value={"commandId": "other"})
    assert chat.call(other).json() == {}
    assert chat.call({**other, "type": "installationUpdate", "name": None}).json() == {}
    assert chat.call([1]).status_code == 422
    assert chat.client.post(MESSAGES, content=b"{", headers={"content-type": "application/json"}).status_code == 422
    assert chat.call({"text": "x" * 300_000}).status_code == 413
    assert chat.texts() == []


def test_keys_that_cannot_be_read_are_no_refusal(chat: Chat) -> None:
    """The service may come again."""
    chat.service.keys.clear()
    answer = chat.call(chat.service.chosen(chat.entra.people["anna"], CHAT), "e30.e30.e30")
    assert answer.status_code in {403, 503}
    assert chat.texts() == []


def test_without_a_bot_there_is_no_such_address(budkavle_open: Callable[..., Platform], tenant: Entra) -> None:
    """Neither for the service nor for people."""
    platform = budkavle_open(enabled=("teams",), base_url=BASE, plugins=section(tenant))
    with TestClient(app=create_app(platform), base_url=BASE) as client:
        assert client.post(MESSAGES, json={}).status_code in {404, 405}
        assert client.get(f"/plugin/teams/teams/share/{UUID(int=1)}").status_code == 404


CARD = '<attachment id="x">dold</attachment><p>Se <img alt="[skiss]" src="https://x/"></p>'


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        (CHAT, "html", TEXT),
        ("<p>Ett<br>två</p><script>alert(1)</script>", "html", "Ett\ntvå"),
        ("1 < 2 & 3", "text", "1 < 2 & 3"),
        (CARD, "html", "Se [skiss]"),
        ("<div>" * 3000 + "djupt" + "</div>" * 3000, "html", "djupt"),
        ("<p>a\xa0b</p>\r\n\r\n<p>c</p>", "html", "a b\n\nc"),
    ],
)
def test_the_text_of_a_message(content: str, kind: str, text: str) -> None:
    """Words and lines stay; markup, scripts and cards do not."""
    assert text_of(content, kind) == text
