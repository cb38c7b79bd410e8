"""An installation with the plugin, with identification, secure messages and mail in memory; and people's browsers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from budkavle import (
    Address,
    Capabilities,
    Host,
    Identity,
    Loa,
    Outcome,
    Outgoing,
    Platform,
    ProviderTraits,
    Step,
    Terms,
    Transport,
)
from budkavle.notices import NoticeAttempt, NoticeKind, NoticeState
from budkavle.testing import (
    SampleOrganisation,
    SampleUser,
    deliver_due,
    do_job,
    in_work,
    offer,
    plugin_module,
    system_actor,
)
from budkavle.testing.fakes import FakeIdentityProvider, FakeNotifier, FakeTransport
from budkavle.web.app import create_app
from budkavle_meetings.booking.booking import book
from budkavle_meetings.booking.meetings import Meeting, NewMeeting
from budkavle_meetings.booking.participants import Booking, Invitee, NewParticipant, Participant, list_participants
from budkavle_meetings.booking.times import Schedule

BASE = "https://meddelande.habo.example"
ANNA, BO = "anna.ek@exempel.example", "bo.ask@exempel.example"
NUMBER = "198112189876"
PEOPLE = {"1234": ("Anna Ek", NUMBER), "5678": ("Bo Ask", "196408233234")}


@dataclass
class Link(FakeTransport):
    """Secure messages to people without an account."""

    name: str = "link"
    label: str = "Säkert meddelande"
    icon: str = "link"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(receipts=True, recall=True, family="secure", guests=True)
    )
    terms: dict[str, Terms | None] = field(default_factory=dict)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Record how the reader must identify."""
        self.terms[outgoing.delivery.recipient.value] = outgoing.terms
        return super().send(outgoing)


@dataclass
class Way(FakeIdentityProvider):
    """An identity provider that returns the name and number of the person with a code."""

    def advance(self, state: Any, answers: Any) -> Step:
        step = super().advance(state, answers)
        if not isinstance(step, Identity):
            return step
        name, number = PEOPLE[answers["code"]]
        attributes = {"name": name, "method": self.label}
        if self.traits.asserts_personnummer:
            attributes["personnummer"] = number
        return Identity(step.provider, step.subject, step.loa, attributes)


def way(name: str, label: str, loa: Loa, **traits: Any) -> Way:
    """An identity provider for people without an account."""
    codes = {code: person for code, (person, _) in PEOPLE.items()}
    return Way(codes, name, label, "key", ProviderTraits(loa, audiences=frozenset({"guest"}), **traits))


class Mail(FakeNotifier):
    """A notifier for mail that keeps what it has sent."""

    def __init__(self) -> None:
        super().__init__("mail", NoticeKind.MAIL)

    def check(self, notice: Any) -> None:
        """Accept every address."""

    def send(self, attempt: NoticeAttempt) -> NoticeState:
        self.sent.append(attempt)
        return NoticeState.SENT

    def to(self, address: str) -> list[Any]:
        """The notices to an address, in their order."""
        return [attempt.notice for attempt in self.sent if attempt.notice.address == address]


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def link() -> Link:
    return Link()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], mail: Mail, link: Link) -> Platform:
    def choose(recipient: Address, offers: list[Transport]) -> Transport | None:
        return next((one for one in offers if one.name == "link" and recipient.transport == "secure"), None)

    ways = [
        way("email", "E-post", Loa.ONE),
        way("sms", "SMS", Loa.TWO, asserts_phone=True),
        way("eid", "Svensk e-legitimation", Loa.THREE, asserts_personnummer=True),
        way("siths", "SITHS-kort", Loa.THREE),
        way("freja", "Freja", Loa.THREE, asserts_personnummer=True),
    ]
    outward = plugin_module(
        "outward",
        transports=lambda host: [link],
        choose_transport=choose,
        identity_providers=lambda host: ways,
        notifiers=lambda host: [mail],
    )
    return budkavle_open(enabled=("meetings", "outward"), offers=offer(outward=outward), base_url=BASE)


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("meetings")
    return made


@dataclass
class Meetings:
    """What tests do with meetings without using a page."""

    host: Host
    organisation: SampleOrganisation
    mailbox: Any
    organiser: SampleUser

    def book(self, *people: NewParticipant, starts_in: timedelta = timedelta(minutes=4), **more: Any) -> Meeting:
        """Book a meeting that is open now, unless it starts later."""
        start = datetime.now(UTC) + starts_in
        usual = Schedule(start, start + timedelta(hours=1), more.pop("repeats", ""), more.pop("times", 1))
        schedule = more.pop("schedule", usual)
        values = {"kind": "room", "subject": "Uppföljning", "text": "Ta med planen.", **more}
        new = NewMeeting(self.mailbox.id, schedule=schedule, **values)
        made: Meeting = self.do(book, Booking(new, people or (person(),)), by=self.organiser)
        return made

    def do(self, function: Callable[..., Any], *arguments: Any, by: SampleUser | None = None) -> Any:
        """Call a function of the plugin in a unit of work, by default of the plugin itself."""
        actor = by or system_actor(self.organisation.id)
        return in_work(self.organisation.platform, actor, lambda work: function(self.host, work, *arguments))

    def people(self, meeting: Meeting) -> list[Participant]:
        """The participants, without the hosts."""
        everybody: list[Participant] = self.do(list_participants, meeting.id)
        return [one for one in everybody if not one.is_host]

    def participant(self, meeting: Meeting, email: str = ANNA) -> Participant:
        """Somebody who is invited."""
        return next(one for one in self.people(meeting) if one.invitee.email == email)

    def told(self) -> None:
        """Let the worker send what is queued."""
        deliver_due(self.organisation.platform)
        while do_job(self.organisation.platform, "outbox.notices.mail"):
            pass


def person(email: str = ANNA, method: str = "eid", **more: Any) -> NewParticipant:
    """A person to invite, with Swedish e-identification unless another method is given."""
    loa = {"email": Loa.ONE, "sms": Loa.TWO, "siths": Loa.TWO}.get(method, Loa.THREE)
    number = NUMBER if loa is Loa.THREE else ""
    phone = "+46701234567" if method == "sms" else ""
    return NewParticipant(Invitee(email, "", phone, number), method=method, loa=loa, **more)


@pytest.fixture
def invite() -> Callable[..., NewParticipant]:
    """Return a person to invite."""
    return person


@pytest.fixture
def meetings(host: Host, organisation: SampleOrganisation, mailbox: Any, case_worker: SampleUser) -> Meetings:
    return Meetings(host, organisation, mailbox, case_worker)


class Phone:
    """The browser of an invited person; it keeps cookies and follows redirects."""

    def __init__(self, client: TestClient[Any], token: str) -> None:
        self.client, self.path = client, f"/plugin/meetings/join/{token}"

    def get(self, path: str = "", **options: Any) -> Any:
        return self.client.get(self.path + path, headers={"accept": "text/html"}, **options)

    def post(self, path: str, site: str = "same-origin", **fields: str) -> Any:
        """Send a form of the page, with its token."""
        shown = re.findall(r'name="csrf" value="([^"]*)"', self.get().text)
        data = {"csrf": shown[0] if shown else "", **fields}
        return self.client.post(self.path + path, data=data, headers={"accept": "text/html", "sec-fetch-site": site})

    def identify(self, code: str = "1234") -> Any:
        """Complete the identification."""
        self.client.post(f"{self.path}/identify", headers={"accept": "text/html", "sec-fetch-site": "same-origin"})
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        return self.client.post("/sign-in", data={"code": code}, headers=headers)


@pytest.fixture
def phone(platform: Platform) -> Iterator[Callable[[str], Phone]]:
    """Open a link in a new browser."""
    with TestClient(create_app(platform), base_url=BASE, raise_server_exceptions=False) as client:

        def new(token: str) -> Phone:
            client.cookies.clear()
            return Phone(client, token)

        yield new


def uuid_of(url: str) -> UUID:
    """The id of the meeting in a URL."""
    return UUID(url.partition("?")[0].rsplit("/", 1)[1])
