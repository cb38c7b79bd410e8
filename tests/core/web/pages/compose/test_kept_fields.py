"""A sending that is refused: whatever the form held stands in it again, and in the draft that Back leads to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient
from tests.core.messaging.conftest import ways

from budkavle.accounts.mailboxes import set_needs_approval
from budkavle.cases import attachments
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, Fault
from budkavle.model.people import Actor
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import plugin_module
from budkavle.web.app import create_app

PAGES_OWN = frozenset({"csrf", "checked", "caret", "once"})
"""Hidden fields that nobody writes in, and that are new with each page."""
KNOWN = {
    "later": "2099-05-04T09:15",
    "guest.phone": "070 123 45 67",
    "guest.personnummer": "191212121212",
}
"""What is written where not every text will do."""
UNTOUCHED = frozenset(
    {"mailbox", "kind", "recipients", "attachment", "draft", "draft_url", "seen", "once", "q", "guest.value"}
)
EVERYTHING = Capabilities(
    receipts=True,
    confidentiality=True,
    references=True,
    markdown=True,
    family="secure",
    guests=True,
    content_types=("text/plain",),
)
GUEST = "kim.ek@example.org"


class Refusing(FakeTransport):
    """A transport that takes nothing."""

    def check(self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Any) -> list[Fault]:
        return [Fault("subject", "Ämnet är upptaget.")]


@dataclass
class Control:
    """A field of a form: its value, None where a browser sends nothing of it, and what may be chosen in it."""

    name: str
    value: str | None
    choices: list[str]


class Controls(HTMLParser):
    """The fields of the form for writing, as a browser has them, without its buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: list[Control] = []
        self._is_inside, self._text = False, ""
        self.feed(page)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What the browser sends."""
        return [(field.name, field.value) for field in self.fields if field.value is not None]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._is_inside |= "data-compose" in given
        if not self._is_inside:
            return
        if tag == "option":
            self._choose(self.fields[-1], given["value"], chosen="selected" in given or not self.fields[-1].choices)
        elif tag in {"select", "textarea"} and "name" in given:
            self.fields.append(Control(given["name"], "", []))
            self._text = ""
        elif tag == "input" and "name" in given and given.get("type") != "file":
            self._take_input(given)

    def _take_input(self, given: dict[str, str]) -> None:
        name, value = given["name"], given.get("value", "")
        if given.get("type") not in {"checkbox", "radio"}:
            self.fields.append(Control(name, value, []))
            return
        group = next((field for field in self.fields if field.name == name and field.choices), None)
        if group is None:
            self.fields.append(group := Control(name, None, []))
        self._choose(group, value, chosen="checked" in given)

    def _choose(self, field: Control, value: str, *, chosen: bool) -> None:
        field.choices.append(value)
        field.value = value if chosen else field.value

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._is_inside:
            self.fields[-1].value = self._text.removeprefix("\n")
        elif tag == "form":
            self._is_inside = False


def of_writer(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the fields that a person writes in or chooses, in the order of their names."""
    return sorted(pair for pair in pairs if pair[0] not in PAGES_OWN)


def held(page: str) -> list[tuple[str, str]]:
    """Return what the form on a page holds of them."""
    return of_writer(Controls(page).pairs)


@dataclass
class Desk:
    """Anna, who writes from a mailbox."""

    platform: Platform
    client: TestClient[Any]

    def __post_init__(self) -> None:
        self.organisation = SampleOrganisation.create(self.platform, "Exempelstad")
        self.anna = self.organisation.add_user("Anna Ek")
        self.box = self.organisation.add_mailbox("Registrator", self.anna)
        cookie = sessions.start(self.platform, SignedIn(self.anna.user, Loa.THREE, "password", "/"))
        self.csrf = sessions.find(self.platform, cookie).csrf
        self.client.cookies.set("budkavle", cookie)
        self.client.headers.update({"sec-fetch-site": "same-origin", "accept": "text/html"})

    def post(self, path: str, pairs: list[tuple[str, str]]) -> Any:
        data: dict[str, list[str]] = {"csrf": [self.csrf]}
        for name, value in pairs:
            if name != "csrf":
                data.setdefault(name, []).append(value)
        return self.client.post(path, data=data, follow_redirects=False)

    def write(self, **begin: str) -> list[tuple[str, str]]:
        """Return a form with something else in each of its fields than the page began with."""
        file = attachments.store(self.platform, self.anna, "beslut.txt", "text/plain", [b"ett"])
        start = {
            "mailbox": str(self.box.id),
            "kind": "secure",
            "recipients": f"fake:{GUEST}",
            "attachment": str(file.id),
            **begin,
        }
        page = self.post("/compose", [*start.items(), ("more", "references")]).text
        form = Controls(self.post("/compose", [*Controls(page).pairs, ("more", "persons")]).text)
        for field in form.fields:
            if field.name not in UNTOUCHED:
                field.value = self._other(field)
        return form.pairs

    def _other(self, field: Control) -> str | None:
        others = [choice for choice in field.choices if choice != field.value]
        if field.choices:
            return others[-1] if others else None
        return KNOWN.get(field.name) or field.value or f"Skrivet i {field.name}"


@pytest.fixture
def desk(open_with: Callable[..., Platform]) -> Iterator[Desk]:
    transport, letters = Refusing(capabilities=EVERYTHING), Refusing(name="post", label="Brev")
    directory = FakeDirectory()
    modules: dict[str, Any] = {
        "transports": lambda host: [transport, letters],
        "directories": lambda host: [directory],
        "identity_providers": lambda host: ways(),
    }
    platform = open_with(fake=plugin_module("fake", **modules))
    with TestClient(create_app(platform), base_url="http://127.0.0.1:8420") as client:
        yield Desk(platform, client)


def refused_and_reopened(desk: Desk, written: list[tuple[str, str]]) -> tuple[Any, Any]:
    """Send what is refused, let the page keep it as it does then, and go back to it."""
    refused = desk.post("/compose", [*written, ("send", "1")])
    assert refused.status_code == 422
    assert desk.post("/drafts", Controls(refused.text).pairs).text.startswith("Utkast sparat")
    return refused, desk.client.get(f"/compose?draft={dict(written)['draft']}")


@pytest.mark.feature("E12")
def test_every_field_survives_a_refused_sending_and_back(desk: Desk) -> None:
    """Whichever there are: recipient, text, files, rows, level, what a guest must show, and the time to send at."""
    written = desk.write()
    names = {name for name, value in written if value}
    assert names > {"loa", "guest.method", "guest.language", "confidential", "open_text", "later", "reference.party"}
    for page in refused_and_reopened(desk, written):
        assert held(page.text) == of_writer(written)


@pytest.mark.feature("E12")
def test_the_word_to_who_approves_survives_as_well(desk: Desk) -> None:
    """Where a colleague approves first; no time is chosen there."""
    in_work(desk.platform, desk.organisation.system, set_needs_approval, desk.box.id, needed=True)
    written = desk.write()
    assert dict(written)["approval_reason"] == "Skrivet i approval_reason"
    for page in refused_and_reopened(desk, written):
        assert held(page.text) == of_writer(written)


@pytest.mark.feature("E12")
def test_the_reason_for_a_lost_level_survives_as_well(desk: Desk) -> None:
    """Where a message that has a level is passed on by a way that asks its reader for none."""
    original = desk.organisation.incoming(recipient=Address("fake", "box"), loa=Loa.TWO)
    accepted = acting.accept(desk.platform, original)
    written = desk.write(kind="post", recipients="post:Storgatan 1", forwards=str(accepted.message_id))
    assert dict(written)["level_reason"] == "Skrivet i level_reason"
    for page in refused_and_reopened(desk, written):
        assert held(page.text) == of_writer(written)


@pytest.mark.feature("E12", "E13")
def test_a_time_that_has_passed_is_not_proposed_again(desk: Desk) -> None:
    """A draft that is opened after the time it was to be sent at begins without one."""
    written = [(name, "2026-01-01T08:00" if name == "later" else value) for name, value in desk.write()]
    _, reopened = refused_and_reopened(desk, written)
    assert ("later", "") in held(reopened.text)
