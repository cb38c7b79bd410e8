"""A mailbox with a booking page, and the browser of a person who books."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from budkavle import Address, Capabilities, FunctionMailbox, Host, Identity, Loa, Platform, ProviderTraits, Step
from budkavle.accounts import write_settings
from budkavle.notices import NoticeAttempt, NoticeKind, NoticeState
from budkavle.testing import SampleOrganisation, do_job, in_work, offer, plugin_module
from budkavle.testing.fakes import FakeIdentityProvider, FakeNotifier, FakeTransport
from budkavle.web.app import create_app
from budkavle_meetings.appointments.settings import DAYS, AppointmentSettings
from budkavle_meetings.appointments.store import page_number

BASE = "https://meddelande.habo.example"
HEADERS = {"accept": "text/html", "sec-fetch-site": "same-origin"}
NUMBER = "198112189876"


class Sender(FakeNotifier):
    """Accepts every address, and keeps what it has sent."""

    def check(self, notice: Any) -> None:
        """Accept every address."""

    def send(self, attempt: NoticeAttempt) -> NoticeState:
        self.sent.append(attempt)
        return NoticeState.SENT

    @property
    def notices(self) -> list[Any]:
        return [attempt.notice for attempt in self.sent]


@dataclass
class EmailCode(FakeIdentityProvider):
    """A code by e-mail; it gives no name of the person."""

    def advance(self, state: Any, answers: Any) -> Step:
        step = super().advance(state, answers)
        attributes = {"method": self.label, "personnummer": NUMBER}
        return Identity(step.provider, step.subject, step.loa, attributes) if isinstance(step, Identity) else step


@dataclass
class Outward:
    """What reaches people: notices, and secure messages."""

    mail: Sender = field(default_factory=lambda: Sender("mail", NoticeKind.MAIL))
    sms: Sender = field(default_factory=lambda: Sender("text", NoticeKind.SMS))
    link: FakeTransport = field(
        default_factory=lambda: FakeTransport(
            "link", "Säkert meddelande", "link", Capabilities(receipts=True, family="secure", guests=True)
        )
    )


@pytest.fixture
def outward() -> Outward:
    return Outward()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], outward: Outward) -> Platform:
    def choose(recipient: Address, offers: list[Any]) -> Any:
        return next((each for each in offers if each.name == "link" and recipient.transport == "secure"), None)

    guests: Any = frozenset({"guest"})
    ways = [
        EmailCode({"1234": "maria"}, "email", "Kod med e-post", "letter", ProviderTraits(Loa.ONE, audiences=guests)),
        EmailCode(
            {"1234": "maria"},
            "freja",
            "Freja",
            "key",
            ProviderTraits(Loa.THREE, audiences=guests, asserts_personnummer=True),
        ),
    ]
    module = plugin_module(
        "outward",
        transports=lambda host: [outward.link],
        choose_transport=choose,
        identity_providers=lambda host: ways,
        notifiers=lambda host: [outward.mail, outward.sms],
    )
    return budkavle_open(enabled=("meetings", "outward"), offers=offer(outward=module), base_url=BASE)


@dataclass
class Booking:
    """A mailbox's booking page."""

    host: Host
    organisation: SampleOrganisation
    mailbox: FunctionMailbox
    outward: Outward

    def choose(self, **changes: Any) -> None:
        """Change the mailbox's settings."""
        with self.organisation.platform.work(self.organisation.administrator) as work:
            write_settings(work, AppointmentSettings, changes, mailbox_id=self.mailbox.id)

    @property
    def path(self) -> str:
        number = in_work(
            self.organisation.platform,
            self.organisation.system,
            lambda work: page_number(self.host, work, self.mailbox.id),
        )
        return f"/plugin/meetings/book/{self.organisation.organisation.slug}/{number}"

    def told(self) -> list[Any]:
        """Send what is queued, and return all mails."""
        for kind in ("mail", "sms"):
            while do_job(self.organisation.platform, f"outbox.notices.{kind}"):
                pass
        return self.outward.mail.notices

    def rows(self) -> list[Any]:
        return self.organisation.rows("SELECT * FROM meetings_appointments ORDER BY starts_at")

    def meeting(self) -> Any:
        (row,) = self.organisation.rows("SELECT * FROM meetings_meetings")
        return row


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("meetings")
    return made


@pytest.fixture
def booking(host: Host, organisation: SampleOrganisation, mailbox: FunctionMailbox, outward: Outward) -> Booking:
    made = Booking(host, organisation, mailbox, outward)
    every_day = dict.fromkeys(DAYS, "00:00–23:30")
    made.choose(on=True, loa=1, way="email", notice=timedelta(0), **every_day)
    return made


class Guest:
    """The browser of a person without an account; it keeps cookies and follows redirects."""

    def __init__(self, client: TestClient[Any], path: str) -> None:
        self.client, self.path = client, path

    def get(self, path: str = "") -> Any:
        return self.client.get(path or self.path, headers=HEADERS)

    def times(self, path: str = "") -> list[str]:
        """The times that a page offers."""
        return re.findall(r'name="start" value="([^"]+)"', self.get(path).text)

    def hold(self, start: str, **fields: str) -> Any:
        """Choose a time."""
        data = {"name": "Maria Lind", "email": "maria@exempel.example", "start": start, "way": "email", **fields}
        return self.client.post(self.path, data=data, headers=HEADERS)

    def identify(self, code: str = "1234") -> Any:
        """Complete the identification; return the person's own page."""
        return self.client.post("/sign-in", data={"code": code}, headers=HEADERS)

    def post(self, path: str, **fields: str) -> Any:
        """Send a form of the person's own page, with its token."""
        own = path.rsplit("/", 1)[0]
        shown = re.findall(r'name="csrf" value="([^"]*)"', self.get(own).text)
        return self.client.post(path, data={"csrf": shown[0] if shown else "", **fields}, headers=HEADERS)

    def book(self, start: str = "", **fields: str) -> str:
        """Book a time; return the path of the person's own page."""
        self.hold(start or self.times()[3], **fields)
        own = self.identify().url.path
        self.post(f"{own}/confirm")
        return str(own)


@pytest.fixture
def browsing(platform: Platform) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(platform), base_url=BASE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def guest(browsing: TestClient[Any], booking: Booking) -> Guest:
    return Guest(browsing, booking.path)


@pytest.fixture
def mailbox_id(mailbox: FunctionMailbox) -> UUID:
    return mailbox.id


@pytest.fixture
def at() -> Callable[[str], datetime]:
    """Parse a time."""
    return datetime.fromisoformat
