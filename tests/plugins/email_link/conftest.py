"""An installation with the link plugin and its own mail server, and an organisation that sends."""

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle import Address, Draft, Host, Loa, Message, Platform, call
from budkavle.messaging import send
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.working import deliver_due
from budkavle.web.app import create_app
from budkavle_email_link.mail.sender import Post


def _load(name: str) -> ModuleType:
    """Load a helper module beside the tests, whose folders are not packages."""
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
class EmailLink:
    """The plugin in an installation, and a user who writes to people without an account."""

    organisation: SampleOrganisation
    anna: SampleUser

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("email_link")
        return host

    def write(self, *to: str, subject: str = "Kallelse", body: str = "Hej Maria!", **more: Any) -> Message:
        """Send a message to people without an account, and let the worker deliver it once."""
        recipients = tuple(Address("link", one) for one in to or (MARIA,))
        draft = Draft(recipients, subject, body, **{"loa": Loa.ONE, **more})
        message = in_work(self.platform, self.anna, send, self.anna.personal_id, draft)
        deliver_due(self.platform)
        return message

    def delivery(self, message: Message, nth: int = 0) -> Any:
        """One delivery of a message, as stored."""
        return self.organisation.deliveries(message)[nth]


@pytest.fixture
def open_email_link(budkavle_open: Callable[..., Platform]) -> Iterator[Callable[..., EmailLink]]:
    """Open an installation with these settings of the plugin; its connections are closed at the end."""
    opened: list[Post] = []

    def build(
        base_url: str = "https://meddelande.habo.example",
        enabled: tuple[str, ...] = (),
        private: tuple[str, ...] = (),
        **settings: Any,
    ) -> EmailLink:
        values = {"sender": "no-reply@habo.example", "tls": "none", "timeout_seconds": 2, **settings}
        platform = budkavle_open(
            enabled=("email_link", *enabled),
            base_url=base_url,
            plugins={"email_link": values},
            private_addresses=list(private),
        )
        organisation = SampleOrganisation.create(platform, "Håbo kommun", password="tolv tecken minst")
        anna = organisation.add_user("Anna Ek", email="anna@habo.example").at(Loa.THREE)
        opened.append(platform.plugins.transports["link"]._post)
        return EmailLink(organisation, anna)

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
def email_link(open_email_link: Callable[..., EmailLink], mail_server: Any) -> EmailLink:
    """An installation that sends its mails to the test's mail server."""
    return open_email_link(host=mail_server[0], port=mail_server[1])


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
    """The browser of a link's reader; it keeps cookies and follows redirects."""

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
        """Open a message that requires the link only."""
        return self.post("/open")

    def fields(self, page: str) -> dict[str, str]:
        """The hidden fields of a page."""
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def token_of(got: Any) -> str:
    """Return the token of the link in a mail."""
    found: str = got.body("plain").split("/l/")[1].split()[0]
    return found


@pytest.fixture
def web(email_link: EmailLink) -> Iterator[TestClient[Any]]:
    """The pages of the installation."""
    with TestClient(create_app(email_link.platform), base_url="https://meddelande.habo.example") as client:
        yield client


@pytest.fixture
def reader(web: TestClient[Any], handler: Any) -> Callable[..., Reader]:
    """Open the browser of the recipient of a mail, given by its number."""
    return lambda nth=-1: Reader(web, token_of(handler.got[nth]))
