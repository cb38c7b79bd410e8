"""The people and the mailboxes of a test's organisation, stored in one round trip to the database.

They equal what `create_user`, `create_mailbox` and `add_members` would make one by one, in some thirty statements
more; nearly every test starts with an organisation, and many with two.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from budkavle.accounts import passwords
from budkavle.accounts.mailboxes import personal_id
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import User
from budkavle.storage import audit
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    add_people: Statement
    add_mailboxes: Statement
    add_memberships: Statement


QUERIES = _Queries.load()


def store_people(work: Work, people: Sequence[User], password: str | None = None) -> None:
    """Store accounts that have had the tour, each with its own inbox.

    Args:
        work: The unit of work.
        people: New accounts of its organisation.
        password: The password of all of them; None if they have none.
    """
    ids, inboxes = [person.id for person in people], [personal_id(person.id) for person in people]
    values = {
        "organisation": work.organisation_id,
        "ids": ids,
        "inboxes": inboxes,
        "emails": [person.email for person in people],
        "names": [person.name for person in people],
        "roles": [person.role.value for person in people],
        "password_hashes": [passwords.hashed(password) if password is not None else "" for _ in people],
    }
    QUERIES.add_people.enqueue(work.connection, values)
    _store_memberships(work, [(inbox, own, True) for inbox, own in zip(inboxes, ids, strict=True)])
    for person in people:
        audit.record(work, "user.created", person.id, role=person.role.value)


def store_mailboxes(work: Work, mailboxes: Mapping[FunctionMailbox, Mapping[UUID, bool]]) -> None:
    """Store the first function mailboxes of an organisation; the first of them is the default mailbox.

    Args:
        work: The unit of work.
        mailboxes: Their members by mailbox: the user's id, and whether the user administers the mailbox.
    """
    values = {"ids": [box.id for box in mailboxes], "names": [box.name for box in mailboxes]}
    QUERIES.add_mailboxes.enqueue(work.connection, {"organisation": work.organisation_id, **values})
    _store_memberships(work, [(box.id, *member) for box, members in mailboxes.items() for member in members.items()])
    for box, members in mailboxes.items():
        audit.record(work, "mailbox.created", box.id, name=box.name)
        for user_id in members:
            audit.record(work, "mailbox.member-added", box.id, user=str(user_id))


def _store_memberships(work: Work, rows: Sequence[tuple[UUID, UUID, bool]]) -> None:
    boxes, users, administrators = (list(column) for column in zip(*rows, strict=True))
    values = {"mailboxes": boxes, "users": users, "administrators": administrators}
    QUERIES.add_memberships.enqueue(work.connection, {"organisation": work.organisation_id, **values})
