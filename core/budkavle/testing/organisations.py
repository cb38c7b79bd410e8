"""An organisation for tests: its people and mailboxes, its messages, and what is stored of it."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from budkavle.accounts import mailboxes, organisations, users
from budkavle.cases import inbox
from budkavle.messaging import sending
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import Case, FunctionMailbox
from budkavle.model.messages import Address, Draft, Incoming, Message
from budkavle.model.people import Organisation, Role, SystemActor, User, UserActor
from budkavle.organisation.archive import Archive
from budkavle.storage.database import ALL_CASES
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.platform import Platform, Work
from budkavle.testing.acting import accept, in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.staff import store_mailboxes, store_people

PEER = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")
"""A correspondent outside of the installation, who sends and receives messages."""
PEOPLE = ("Root Adm", "Ada Ahl", "Bo Ek", "Cleo Dahl", "Dag Ny")
OTHER_PEOPLE = ("Eve Far", "Fia Gren", "Gun Holm", "Hans Idh", "Inga Jonsson")
"""The people of another organisation, with different names, so that a search never finds people of both."""


@dataclass(frozen=True, slots=True)
class SampleUser(UserActor):
    """A person of a `SampleOrganisation`: itself an actor, with the account as `user`.

    Attributes:
        email: The address that the person signs in with.
    """

    email: str = ""

    @property
    def id(self) -> UUID:
        """The account's id."""
        return self.user_id

    @property
    def user(self) -> User:
        """The account."""
        return User(self.user_id, self.organisation_id, self.email, self.name, self.language, self.role)

    @property
    def personal_id(self) -> UUID:
        """The id of the person's own inbox."""
        return mailboxes.personal_id(self.user_id)

    def at(self, loa: Loa, method: str = "") -> "SampleUser":
        """Return the same person, identified at a level.

        Args:
            loa: The level of assurance.
            method: The identity provider.
        """
        return replace(self, loa=loa, method=method)


@dataclass(frozen=True)
class _Staff:
    """The people and the mailboxes that every test may ask for."""

    administrator: SampleUser
    case_worker: SampleUser
    colleague: SampleUser
    mailbox_administrator: SampleUser
    outsider: SampleUser
    mailbox: FunctionMailbox
    other_mailbox: FunctionMailbox


@dataclass
class SampleOrganisation:
    """An organisation in an installation under test.

    The five people and the two mailboxes are created together, when a test first uses one of them: the administrator
    of the organisation, two members of the mailbox (`case_worker` and `colleague`), its own administrator, and an
    outsider who is a member of no mailbox. The other mailbox has no members. Create more with `add_user` and
    `add_mailbox`. If no test uses the people, they are never created.

    A plugin's tests extend it by composition: an object of their own takes the organisation, or the installation, and
    adds what the plugin needs.

    Attributes:
        platform: The installation.
        organisation: The organisation itself.
        people: The names of its five people, in the order of the attributes below.
        password: The password of the people; None if they have none.

    Example:
        def test_a_case_is_taken(organisation, case_worker):
            case_id = organisation.arrive()
            assert in_work(organisation.platform, case_worker, take, case_id).holder == case_worker.name
    """

    platform: Platform
    organisation: Organisation
    people: Sequence[str] = PEOPLE
    password: str | None = None

    @classmethod
    def create(cls, platform: Platform, name: str = "Habo", **more: Any) -> "SampleOrganisation":
        """Create an organisation.

        Args:
            platform: The installation.
            name: The organisation's name, unique in the installation.
            **more: `people` and `password`.
        """
        return cls(platform, organisations.create_organisation(platform, system_actor(), name), **more)

    @property
    def id(self) -> UUID:
        """The organisation's id."""
        return self.organisation.id

    @property
    def name(self) -> str:
        """The organisation's name."""
        return self.organisation.name

    @property
    def slug(self) -> str:
        """The organisation's part of addresses."""
        return self.organisation.slug

    @property
    def system(self) -> SystemActor:
        """A system actor with every scope, to set up a test."""
        return system_actor(self.id)

    def add_user(self, name: str, role: Role = Role.USER, **more: Any) -> SampleUser:
        """Create a person's account.

        Args:
            name: The name; its first word is the first part of the e-mail address.
            role: The role.
            **more: Further arguments of `create_user`; and `is_new`, if the tour is to start at the first sign-in.
        """
        return in_work(self.platform, self.system, self._create_user, name, role, **more)

    def add_mailbox(
        self, name: str, *members: UserActor, administrators: Sequence[UserActor] = (), **more: Any
    ) -> FunctionMailbox:
        """Create a function mailbox.

        Args:
            name: The name, unique in the organisation.
            *members: The members.
            administrators: The members who administer it.
            **more: Further arguments of `create_mailbox`.
        """
        return in_work(self.platform, self.system, _create_mailbox, name, members, administrators, more)

    @property
    def administrator(self) -> SampleUser:
        """The administrator of the organisation, a member of no mailbox."""
        return self._staff.administrator

    @property
    def case_worker(self) -> SampleUser:
        """A member of the mailbox."""
        return self._staff.case_worker

    @property
    def colleague(self) -> SampleUser:
        """Another member of the mailbox."""
        return self._staff.colleague

    @property
    def mailbox_administrator(self) -> SampleUser:
        """The administrator of the mailbox, who is also a member."""
        return self._staff.mailbox_administrator

    @property
    def outsider(self) -> SampleUser:
        """A user who is a member of no mailbox."""
        return self._staff.outsider

    @property
    def mailbox(self) -> FunctionMailbox:
        """The organisation's first mailbox, which is the default one."""
        return self._staff.mailbox

    @property
    def other_mailbox(self) -> FunctionMailbox:
        """A mailbox without members."""
        return self._staff.other_mailbox

    def staffed(self) -> "SampleOrganisation":
        """Create the people and the mailboxes now, and return the organisation."""
        self._staff  # noqa: B018 - reading it creates it
        return self

    @cached_property
    def _staff(self) -> _Staff:
        """Create the people and the mailboxes, as `add_user` and `add_mailbox` do one by one."""
        roles = (Role.ADMIN, *[Role.USER] * (len(self.people) - 1))
        accounts = [
            User(uuid4(), self.id, self._address(name), name, role=role)
            for name, role in zip(self.people, roles, strict=True)
        ]
        administrator, case_worker, colleague, mailbox_administrator, outsider = map(_acting, accounts)
        mailbox, other = (FunctionMailbox(uuid4(), self.id, name) for name in ("Socialnämnden", "Byggnadsnämnden"))
        members = {one.id: one is mailbox_administrator for one in (case_worker, colleague, mailbox_administrator)}
        with self.platform.work(self.system) as work:
            store_people(work, accounts, self.password)
            store_mailboxes(work, {mailbox: members, other: {}})
        return _Staff(administrator, case_worker, colleague, mailbox_administrator, outsider, mailbox, other)

    def _address(self, name: str) -> str:
        return f"{organisations.slugged(name.split(maxsplit=1)[0])}@{self.slug}.example"

    def _create_user(
        self, work: Work, /, name: str, role: Role = Role.USER, *, is_new: bool = False, **more: Any
    ) -> SampleUser:
        values = {"email": self._address(name), "password": self.password, **more}
        make = users.create_user if is_new else settled_user
        return _acting(make(work, name=name, role=role, **values))

    def incoming(self, remote_id: str = "", **changes: Any) -> Incoming:
        """Return a message from the peer, for `accept`.

        Args:
            remote_id: The transport's own identifier of it; a new one if empty.
            **changes: Fields of `Incoming` to change.
        """
        values: dict[str, Any] = {
            "organisation_id": self.id,
            "transport": "fake",
            "remote_id": remote_id or str(uuid4()),
            "sender": PEER,
            "recipient": Address("fake", "habo", "Socialnämnden", "Habo kommun"),
            "subject": "Begäran om handling",
            "body": "Hej! Vi behöver handlingen.",
            "received_at": datetime.now(UTC),
        }
        return Incoming(**{**values, **changes})

    def arrive(self, subject: str = "Begäran om handling", **changes: Any) -> UUID:
        """Receive a message, by default in the first mailbox, and return its case's id.

        Args:
            subject: The subject.
            **changes: Fields of `Incoming` to change.
        """
        accepted = accept(self.platform, self.incoming(subject=subject, **changes))
        (row,) = self.rows("SELECT case_id FROM messages WHERE id = :id", id=accepted.message_id)
        case_id: UUID = row.case_id
        return case_id

    def send(self, sender: UserActor, subject: str = "Svar", **changes: Any) -> Message:
        """Send a message from the mailbox to the peer.

        Args:
            sender: The sending user.
            subject: The subject.
            **changes: Fields of `Draft` to change; `mailbox_id` is the mailbox to send from.
        """
        mailbox_id = changes.pop("mailbox_id", None) or self.mailbox.id
        draft = Draft(**{"recipients": (PEER,), "subject": subject, "body": "Se svaret.", **changes})
        return in_work(self.platform, sender, sending.send, mailbox_id, draft)

    def cases(self, reader: UserActor, **filters: Any) -> list[Case]:
        """Return the first page of the mailbox's inbox.

        Args:
            reader: The reading user.
            **filters: Fields of `CaseFilter`.
        """
        return list(in_work(self.platform, reader, inbox.inbox, self.mailbox.id, inbox.CaseFilter(**filters)).items)

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Run SQL in the database as the organisation, to read or to change something.

        Args:
            query: The SQL.
            **values: Its parameters.

        Returns:
            The rows; none if the statement returns none.
        """
        chain_log(self.platform.database, self.id)
        with self.platform.database.transaction(self.id, reader=ALL_CASES) as connection:
            result = connection.execute(text(query), values)
            return list(result) if result.returns_rows else []

    def exported(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table as in an export of the organisation, with encrypted values decrypted.

        Args:
            table: The table, of the core or of a plugin.
        """
        written = io.BytesIO(b"".join(Archive(self.platform, self.id, {}).pieces()))
        with zipfile.ZipFile(written) as archive:
            return [json.loads(line) for line in archive.read(f"tables/{table}.jsonl").splitlines()]

    def log_kinds(self) -> list[str]:
        """Return the kinds of all entries of the event log, in order."""
        return [row.kind for row in self.rows("SELECT kind FROM audit_log ORDER BY number")]

    def log_entries(self, kind: str) -> list[str]:
        """Return the entries of a kind in the event log, as they are stored.

        Args:
            kind: The kind, such as `case.taken`.
        """
        rows = self.rows("SELECT entry FROM audit_log WHERE kind = :kind ORDER BY number", kind=kind)
        return [row.entry for row in rows]

    def last_log_facts(self) -> dict[str, Any]:
        """Return the facts of the newest entry of the event log."""
        (row,) = self.rows("SELECT entry FROM audit_log ORDER BY number DESC LIMIT 1")
        facts: dict[str, Any] = json.loads(row.entry)["facts"]
        return facts

    def case_events(self, case_id: UUID) -> list[str]:
        """Return the kinds of all events of a case, in order.

        Args:
            case_id: The case.
        """
        return [
            row.kind for row in self.rows("SELECT kind FROM case_events WHERE case_id = :id ORDER BY id", id=case_id)
        ]

    def deliveries(self, message: Message) -> list[Any]:
        """Return the deliveries of a message as they are stored.

        Args:
            message: The message.
        """
        query = "SELECT * FROM deliveries WHERE message_id = :id ORDER BY created_at, id"
        return self.rows(query, id=message.id)

    def delivery_states(self) -> list[str]:
        """Return the states of all deliveries of the organisation, the oldest first."""
        return [row.state for row in self.rows("SELECT state FROM deliveries ORDER BY created_at")]

    def timeline(self, of: UUID) -> list[str]:
        """Return the states that deliveries have had, in order.

        Args:
            of: The id of a delivery, or of a message for all of its deliveries.
        """
        query = "SELECT e.state FROM delivery_events e JOIN deliveries d ON d.id = e.delivery_id"
        return [row.state for row in self.rows(f"{query} WHERE :id IN (d.id, d.message_id) ORDER BY e.id", id=of)]

    def make_due(self) -> None:
        """Make all deliveries due that wait for another try."""
        self.rows("UPDATE deliveries SET due_at = now() - interval '1 second'")


def _acting(user: User) -> SampleUser:
    return SampleUser(user.organisation_id, user.id, user.name, user.role, language=user.language, email=user.email)


def settled_user(work: Work, **values: Any) -> User:
    """Make an account as `create_user` does, whose first sign-in leads to the inbox and not to the tour."""
    user = users.create_user(work, **values)
    query = "UPDATE users SET preferences = preferences || '{\"tour\": true}' WHERE organisation_id = :own AND id = :id"
    work.connection.execute(text(query), {"own": work.organisation_id, "id": user.id})
    return user


def _create_mailbox(
    work: Work, name: str, members: Sequence[UserActor], administrators: Sequence[UserActor], more: dict[str, Any]
) -> FunctionMailbox:
    mailbox = mailboxes.create_mailbox(work, name, **more)
    if members:
        mailboxes.add_members(work, mailbox.id, [member.user_id for member in members])
    if administrators:
        ids = [administrator.user_id for administrator in administrators]
        mailboxes.add_members(work, mailbox.id, ids, administrator=True)
    return mailbox
