"""An installation with the link plugin and a mail server of its own, and an organisation that sends."""

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle import Actor, Address, Draft, Host, Loa, MailboxKind, Message, Platform, Role, UserActor, call
from budkavle.accounts import create_organisation, create_user
from budkavle.cases import mailbox_counts
from budkavle.messaging import send
from budkavle.model.people import User
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due
from budkavle.web.app import create_app
from budkavle_email_link.mail.sender import Post


def _load(name: str) -> ModuleType:
    """Load a helper that lies beside the tests (their folders are no packages)."""
    known = f"email_link_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


peer = _load("peer")
MARIA = "maria@exempel.example"


@dataclass
class House:
    """An installation in which Anna of Håbo kommun writes to people."""

    platform: Platform
    host: Host
    anna: Actor
    user: User
    mailbox_id: UUID

    @property
    def organisation_id(self) -> UUID:
        return self.anna.organisation_id

    def write(self, *to: str, subject: str = "Kallelse", body: str = "Hej Maria!", **more: Any) -> Message:
        """Send a message to people without account, and let the worker carry it once."""
        recipients = tuple(Address("link", one) for one in to or (MARIA,))
        draft = Draft(recipients, subject, body, **{"loa": Loa.ONE, **more})
        message = in_work(self.platform, self.anna, send, self.mailbox_id, draft)
        deliver_due(self.platform)
        return message

    def rows(self, query: str, **facts: Any) -> list[Any]:
        """Look into the database, as the organisation."""
        with self.platform.database.transaction(self.organisation_id) as connection:
            found = connection.execute(text(query), facts)
            return list(found) if found.returns_rows else []

    def delivery(self, message: Message, nth: int = 0) -> Any:
        """One delivery of a message, as it stands."""
        query = "SELECT * FROM deliveries WHERE message_id = :id ORDER BY created_at, id"
        return self.rows(query, id=message.id)[nth]

    def timeline(self, message: Message) -> list[str]:
        """What has happened to a message's deliveries, in order."""
        query = (
            "SELECT e.state FROM delivery_events e JOIN deliveries d ON d.id = e.delivery_id"
            " WHERE d.message_id = :id ORDER BY e.id"
        )
        return [row.state for row in self.rows(query, id=message.id)]


@pytest.fixture
def open_house(budkavle_open: Callable[..., Platform]) -> Iterator[Callable[..., House]]:
    """Build an installation with these settings of the plugin; its connections are closed in the end."""
    opened: list[Post] = []

    def build(
        base_url: str = "https://meddelande.habo.example", enabled: tuple[str, ...] = (), **settings: Any
    ) -> House:
        values = {"sender": "no-reply@habo.example", "tls": "none", "timeout_seconds": 2, **settings}
        platform = budkavle_open(enabled=("email_link", *enabled), base_url=base_url, plugins={"email_link": values})
        system = system_actor(name="Provaren")
        organisation = create_organisation(platform, system, "Håbo kommun")
        system = system_actor(organisation.id, "Provaren")
        user = in_work(
            platform,
            system,
            create_user,
            email="anna@habo.example",
            name="Anna Ek",
            password="tolv tecken minst",
            role=Role.USER,
        )
        anna = UserActor(organisation.id, user.id, user.name, user.role, Loa.THREE)
        (box,) = [one for one in in_work(platform, anna, mailbox_counts) if one.mailbox.kind is MailboxKind.PERSONAL]
        opened.append(platform.plugins.transports["link"]._post)
        return House(platform, platform.plugins.host("email_link"), anna, user, box.mailbox.id)

    yield build
    for post in opened:
        call(post.mailer.close)


@pytest.fixture
def handler() -> Any:
    """The mail server's behaviour."""
    return peer.Handler()


@pytest.fixture
def mail_server(handler: Any) -> Iterator[Any]:
    """A mail server without TLS."""
    with peer.serving(handler) as place:
        yield place


@pytest.fixture
def house(open_house: Callable[..., House], mail_server: Any) -> House:
    """An installation whose mails go to the mail server of the test."""
    return open_house(host=mail_server[0], port=mail_server[1])


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A certificate for 127.0.0.1."""
    return peer.Pair.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def serve(handler: Any, pair: Any) -> Iterator[Callable[..., Any]]:
    """Run the mail server with TLS or sign-in."""
    with ExitStack() as running:
        yield lambda **options: running.enter_context(peer.serving(handler, pair, **options))


class Reader:
    """Somebody's browser before a link; it keeps its cookies and follows where it is sent."""

    def __init__(self, client: TestClient[Any], token: str) -> None:
        self.client = client
        self.token = token
        self.path = f"/l/{token}"

    def get(self, path: str = "", **options: Any) -> Any:
        """Open a page of the link."""
        return self.client.get(self.path + path, headers={"accept": "text/html"}, **options)

    def post(self, path: str, data: Any = None, site: str | None = "same-origin", **options: Any) -> Any:
        """Send a form of the link's pages."""
        headers = {"accept": "text/html", **({"sec-fetch-site": site} if site else {}), **options.pop("headers", {})}
        return self.client.post(self.path + path, data=data or {}, headers=headers, **options)

    def open(self) -> Any:
        """Open a message that asks for the link alone."""
        return self.post("/open")

    def fields(self, page: str) -> dict[str, str]:
        """The hidden fields of a page."""
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def token_of(got: Any) -> str:
    """The token of the link in a mail."""
    found: str = got.body("plain").split("/l/")[1].split()[0]
    return found


@pytest.fixture
def web(house: House) -> Iterator[TestClient[Any]]:
    """The pages of the installation."""
    with TestClient(create_app(house.platform), base_url="https://meddelande.habo.example") as client:
        yield client


@pytest.fixture
def reader(web: TestClient[Any], handler: Any) -> Callable[..., Reader]:
    """Open the browser of somebody who has got a mail, by its number."""
    return lambda nth=-1: Reader(web, token_of(handler.got[nth]))
