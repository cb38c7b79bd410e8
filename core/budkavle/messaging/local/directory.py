"""The address book that is built in: colleagues, their function mailboxes, and everybody with an account here.

A person is looked for by e-mail address: who has an account gets the message in their own inbox, everybody else by a
transport that reaches people without one (features M8, M9). An account of another organisation is found by its whole
address only, so that nobody can leaf through other organisations' people.
"""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.mailboxes import personal_id
from budkavle.accounts.users import EMAIL, account, accounts, search_users
from budkavle.messaging.local.copies import LOCAL
from budkavle.messaging.local.transport import FAMILY, Place, address_of, addresses_of
from budkavle.model.identifiers import as_uuid
from budkavle.model.messages import Address
from budkavle.model.people import Actor, User
from budkavle.plugins.protocols import Entry
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import mailboxes, organisations

COLLEAGUES, ACCOUNTS, MAILBOXES = "Kolleger", "Har konto här", "Funktionsbrevlådor"


class PeopleDirectory:
    """A `Directory` of the installation's own people and mailboxes.

    Args:
        platform: Returns the installation, when it is needed.
    """

    name = "people"
    label = "Personer"

    def __init__(self, platform: Callable[[], Platform]) -> None:
        self._platform = platform

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Sequence[Entry]:
        """Return colleagues and function mailboxes that have the words, and the account of a whole e-mail address."""
        if not words.strip():
            return []
        platform = self._platform()
        here = self._organisation(actor.organisation_id)
        with platform.work(actor) as work:
            found = [_person(one, here, COLLEAGUES) for one in search_users(work, words, limit=limit)]
        stranger = account(platform, words.strip()) if EMAIL.fullmatch(words.strip()) else None
        if stranger and stranger.organisation_id != actor.organisation_id:
            found.append(_person(stranger, self._organisation(stranger.organisation_id), ACCOUNTS))
        return [*found, *self._mailboxes(actor, mailbox_id, words, limit)][:limit]

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        """Return whose account an e-mail address is, or which of the organisation's own mailboxes an address is."""
        return self.find_many(actor, None, [Address(transport, value)])[0]

    def find_many(self, actor: Actor, mailbox_id: UUID | None, wanted: Sequence[Address]) -> list[Entry | None]:  # noqa: ARG002 - the promise has it
        """Return the same for many, with one question about all e-mail addresses."""
        emails = [one.value.strip() for one in wanted if one.transport == FAMILY]
        whose = accounts(self._platform(), emails) if emails else {}
        places = [_place(actor, one, whose) for one in wanted]
        known = addresses_of(self._platform(), places)
        return [Entry(known[place], source=self.label) if place in known else None for place in places]

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:  # noqa: ARG002 - the promise has them
        """Know nothing: what comes from inside says itself where it goes."""
        return None

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        """Return what a mailbox is called as a sender of secure messages."""
        known = self._platform().plugins.transports.get(transport)
        if known is None or known.capabilities.family != FAMILY:
            return None
        own = address_of(self._platform(), actor.organisation_id, str(mailbox_id))
        return own and Address(transport, own.value, own.name, own.organisation, own.organisation_value)

    def _mailboxes(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> list[Entry]:
        query = select(mailboxes.c.id, mailboxes.c.name, mailboxes.c.description).where(
            mailboxes.c.organisation_id == actor.organisation_id,
            mailboxes.c.kind == "function",
            mailboxes.c.deleted_at.is_(None),
            mailboxes.c.id != mailbox_id if mailbox_id else mailboxes.c.id.is_not(None),
        )
        for word in words.split():
            query = query.where(mailboxes.c.name.icontains(word, autoescape=True))
        with self._platform().database.transaction(actor.organisation_id) as connection:
            rows = connection.execute(query.order_by(mailboxes.c.name).limit(limit)).all()
        here = self._organisation(actor.organisation_id)
        return [Entry(Address(LOCAL, str(row.id), row.name, here), row.description, source=MAILBOXES) for row in rows]

    def _organisation(self, organisation_id: UUID) -> str:
        query = select(organisations.c.name).where(organisations.c.id == organisation_id)
        with self._platform().database.transaction(None) as connection:
            name: str = connection.execute(query).scalar_one()
        return name


def _place(actor: Actor, one: Address, whose: Mapping[str, tuple[UUID, UUID]]) -> Place:
    if one.transport == LOCAL:
        return actor.organisation_id, as_uuid(one.value)
    found = whose.get(one.value.strip()) if one.transport == FAMILY else None
    return (found[0], personal_id(found[1])) if found else (None, None)


def _person(user: User, organisation: str, source: str) -> Entry:
    return Entry(Address(FAMILY, user.email, user.name, organisation), source=source)
