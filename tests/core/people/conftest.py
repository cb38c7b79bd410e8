"""Two organisations with people and mailboxes, and messages that come and go by a fake transport."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from budkavle.accounts import mailboxes, organisations, users
from budkavle.cases import inbox
from budkavle.messaging import sending
from budkavle.model.mailboxes import Case, FunctionMailbox
from budkavle.model.messages import Address, Draft, Incoming, Message
from budkavle.model.people import Actor, Organisation, Role, User, UserActor
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import accept, in_work
from budkavle.testing.actors import system_actor

SYSTEM = system_actor()


def acting(user: User) -> Actor:
    return UserActor(user.organisation_id, user.id, user.name, user.role, language=user.language)


@dataclass
class World:
    """Socialnämnden of Habo, its people, and one of another organisation.

    Ada and Bo are members, Cleo administers the mailbox, Root the organisation, Dag belongs to nothing; Eve is of
    Mullsjö.
    """

    platform: Platform
    organisation: Organisation
    box: FunctionMailbox
    other_box: FunctionMailbox
    ada: Actor
    bo: Actor
    cleo: Actor
    root: Actor
    dag: Actor
    eve: Actor
    password: str = "en lång mening om vintern"

    def arrive(self, subject: str = "Begäran om handling", **changes: Any) -> UUID:
        """Let a message come to the organisation's default mailbox; returns its case's id."""
        given: dict[str, Any] = {
            "organisation_id": self.organisation.id,
            "transport": "fake",
            "remote_id": str(uuid4()),
            "sender": Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län"),
            "recipient": Address("fake", "habo", "Socialnämnden", "Habo kommun"),
            "subject": subject,
            "body": "Hej! Vi behöver handlingen.",
            "received_at": datetime.now(UTC),
        }
        accepted = accept(self.platform, Incoming(**(given | changes)))
        assert accepted.message_id is not None
        with self.platform.database.transaction(self.organisation.id) as connection:
            query = select(tables.messages.c.case_id).where(tables.messages.c.id == accepted.message_id)
            case_id: UUID = connection.execute(query).scalar_one()
        return case_id

    def send(self, actor: Actor, subject: str = "Svar", reply_to: UUID | None = None) -> Message:
        """Send a message from the mailbox."""
        to = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")
        return in_work(
            self.platform, actor, sending.send, self.box.id, Draft((to,), subject, "Se svaret.", reply_to=reply_to)
        )

    def cases(self, actor: Actor, **wanted: Any) -> list[Case]:
        """The first page of the mailbox's inbox."""
        return list(in_work(self.platform, actor, inbox.inbox, self.box.id, inbox.CaseFilter(**wanted)).items)

    def audit(self, kind: str) -> list[str]:
        """The entries of this kind in the event log."""
        with self.platform.database.transaction(self.organisation.id) as connection:
            query = select(tables.audit_log.c.entry).where(tables.audit_log.c.kind == kind)
            return list(connection.execute(query.order_by(tables.audit_log.c.number)).scalars())

    def until_waiting(self, number: int) -> None:
        """Return when so many wait for a lock in the database."""
        ends = monotonic() + 20
        with self.platform.database.connect() as connection:
            while connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").rowcount < number:
                assert monotonic() < ends

    def events(self, case_id: UUID) -> list[str]:
        """The kinds of the case's log, in order."""
        with self.platform.database.transaction(self.organisation.id) as connection:
            table = tables.case_events
            query = select(table.c.kind).where(table.c.case_id == case_id).order_by(table.c.id)
            return list(connection.execute(query).scalars())


@pytest.fixture
def world(platform: Platform) -> World:
    return make_world(platform)


@pytest.fixture
def make(platform: Platform) -> Callable[[], World]:
    """Make more worlds in the same installation."""
    return lambda: make_world(platform)


def make_world(platform: Platform) -> World:
    mark = uuid4().hex[:8]
    habo = organisations.create_organisation(platform, SYSTEM, f"Habo {mark}")
    mullsjo = organisations.create_organisation(platform, SYSTEM, f"Mullsjö {mark}")
    system, other = system_actor(habo.id), system_actor(mullsjo.id)

    def person(within: Actor, name: str, role: Role = Role.USER) -> Actor:
        email = f"{name.split(maxsplit=1)[0].lower()}@{mark}.example"
        return acting(in_work(platform, within, users.create_user, email=email, name=name, role=role))

    box = in_work(platform, system, mailboxes.create_mailbox, "Socialnämnden")
    made = World(
        platform=platform,
        organisation=habo,
        box=box,
        other_box=in_work(platform, system, mailboxes.create_mailbox, "Byggnadsnämnden"),
        ada=person(system, "Ada Ahl"),
        bo=person(system, "Bo Ek"),
        cleo=person(system, "Cleo Dahl"),
        root=person(system, "Root Adm", Role.ADMIN),
        dag=person(system, "Dag Ny"),
        eve=person(other, "Eve Far", Role.ADMIN),
    )
    in_work(platform, other, mailboxes.create_mailbox, "Socialnämnden")
    members = [actor.user_id for actor in (made.ada, made.bo) if actor.user_id]
    in_work(platform, system, mailboxes.add_members, box.id, members)
    assert made.cleo.user_id
    in_work(platform, system, mailboxes.add_members, box.id, [made.cleo.user_id], administrator=True)
    return made
