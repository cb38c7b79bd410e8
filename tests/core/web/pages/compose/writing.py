"""The page for writing a message, in an installation of its own, and what is read out of it."""

import re
from html import unescape
from typing import Any
from uuid import UUID

from litestar.testing import TestClient

from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import case_view
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Direction, Draft, Fault, Message
from budkavle.model.people import Actor
from budkavle.plugins.protocols.directory import Entry
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PDF = b"%PDF-1.7\nexempel"
BUP = Address("fake", "bup", "BUP Enköping", "Region Uppsala")
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
