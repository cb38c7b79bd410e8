"""Two organisations of one installation: Anna and the registrars of Björkvik, Eva of Sjövik."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle import Address, FunctionMailbox, Host, Message, Platform, UserActor
from budkavle.accounts import add_members, create_mailbox, create_organisation, create_user
from budkavle.accounts.mailboxes import personal_id
from budkavle.cases import CaseFilter, list_cases
from budkavle.model.loa import Loa
from budkavle.model.people import User
from budkavle.testing import deliver_due, in_work, system_actor


@dataclass
class Neighbours:
    """The installation, its people, and the registrars' mailbox."""

    platform: Platform
    people: dict[str, User] = field(default_factory=dict)
    mailboxes: dict[str, FunctionMailbox] = field(default_factory=dict)

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("local")
        return host

    def furnish(self) -> "Neighbours":
        for organisation_name, name in (("Björkvik", "Anna Ek"), ("Sjövik", "Eva Holm")):
            organisation = create_organisation(self.platform, system_actor(), organisation_name)
            admin, first = system_actor(organisation.id), name.split()[0].lower()
            email = f"{first}@{organisation.slug}.se"
            self.people[first] = in_work(self.platform, admin, create_user, email=email, name=name)
            mailbox = in_work(self.platform, admin, create_mailbox, f"Registrator {organisation_name}")
            in_work(self.platform, admin, add_members, mailbox.id, [self.people[first].id])
            self.mailboxes[organisation_name] = mailbox
        return self

    def actor(self, name: str) -> UserActor:
        user = self.people[name]
        return UserActor(user.organisation_id, user.id, user.name, user.role, Loa.TWO, method="password")

    def own(self, name: str) -> UUID:
        return personal_id(self.people[name].id)

    def address(self, name: str) -> Address:
        """The address of somebody's own mailbox."""
        user = self.people[name]
        return Address("local", str(self.own(name)), user.name, "", str(user.organisation_id))

    def inbox(self, name: str) -> list[Any]:
        """The cases of somebody's own mailbox."""
        return list(in_work(self.platform, self.actor(name), list_cases, self.own(name), CaseFilter()).items)

    def deliveries(self, message: Message) -> list[Any]:
        query = text("SELECT * FROM deliveries WHERE message_id = :id ORDER BY created_at, id")
        with self.platform.database.transaction(message.organisation_id) as connection:
            return list(connection.execute(query, {"id": message.id}))

    def message_ids(self, name: str) -> list[UUID]:
        """The messages that have come to somebody's own mailbox."""
        query = text("SELECT id FROM messages WHERE mailbox_id = :id AND direction = 'in'")
        with self.platform.database.transaction(self.people[name].organisation_id) as connection:
            return list(connection.execute(query, {"id": self.own(name)}).scalars())

    def make_due(self, message: Message) -> None:
        """Let the next try be now."""
        with self.platform.database.transaction(message.organisation_id) as connection:
            connection.execute(text("UPDATE deliveries SET due_at = now() WHERE message_id = :id"), {"id": message.id})

    def deliver(self) -> None:
        deliver_due(self.platform)


@pytest.fixture
def build_neighbours(budkavle_open: Callable[..., Platform]) -> Callable[..., Neighbours]:
    """Build them with these settings."""
    return lambda **settings: Neighbours(budkavle_open(**settings)).furnish()


@pytest.fixture
def neighbours(build_neighbours: Callable[..., Neighbours]) -> Neighbours:
    """With the settings that nobody has written."""
    return build_neighbours()
