"""A mailbox's own names of fax numbers, and its latest conversation with each number."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from budkavle import Actor, Host, Invalid, Sentence
from budkavle.accounts import require_member
from budkavle.organisation import has_hidden
from budkavle_fax.numbers.formats import e164
from budkavle_fax.tables import contacts, talks

LONGEST = 120
NO_NAME = "Skriv vad mottagaren heter."
HIDDEN = "Namnet har tecken som inte syns. Skriv det på nytt."
LONG_NAME = Sentence("Namnet är för långt. Korta det till högst {longest} tecken.", longest=LONGEST)


@dataclass(frozen=True, slots=True)
class Contact:
    """The name of a number."""

    number: str
    name: str


def listed(host: Host, organisation_id: UUID, mailbox_id: UUID) -> list[Contact]:
    """Return a mailbox's contacts by name; the caller has already checked access."""
    query = select(contacts).where(contacts.c.organisation_id == organisation_id, contacts.c.mailbox_id == mailbox_id)
    with host.transaction(organisation_id) as connection:
        rows = connection.execute(query).all()
    opened = (host.vault.open_small(organisation_id, _label(mailbox_id), row.sealed) for row in rows)
    listing = [Contact(*msgspec.json.decode(plain, type=tuple[str, str])) for plain in opened]
    return sorted(listing, key=lambda contact: contact.name.casefold())


def name_of(host: Host, organisation_id: UUID, mailbox_id: UUID, number: str) -> str:
    """Return a mailbox's name for a number; empty if it has none."""
    where = (contacts.c.mailbox_id == mailbox_id, contacts.c.number_hash == _hash(host, organisation_id, number))
    query = select(contacts.c.sealed).where(contacts.c.organisation_id == organisation_id, *where)
    with host.transaction(organisation_id) as connection:
        sealed = connection.execute(query).scalar_one_or_none()
    if sealed is None:
        return ""
    opened = host.vault.open_small(organisation_id, _label(mailbox_id), sealed)
    return msgspec.json.decode(opened, type=tuple[str, str])[1]


def keep(host: Host, actor: Actor, mailbox_id: UUID, typed: str, name: str) -> Contact:
    """Name a number, or rename it.

    Raises:
        Invalid: The number or the name is invalid; the field has an error message.
        NotFound: The actor is not a member of the mailbox.
    """
    name, number, faults = " ".join(name.split()), "", {}
    if not name or len(name) > LONGEST:
        faults["name"] = LONG_NAME if name else NO_NAME
    elif has_hidden(name):
        faults["name"] = HIDDEN
    try:
        number = e164(typed)
    except Invalid as error:
        faults["number"] = str(error)
    if faults:
        raise Invalid("Kontakten kunde inte sparas.", fields=faults)
    organisation_id = actor.organisation_id
    with host.work(actor) as work:
        require_member(work, mailbox_id)
        sealed = host.vault.seal_small(organisation_id, _label(mailbox_id), msgspec.json.encode((number, name)))
        row = {"mailbox_id": mailbox_id, "number_hash": _hash(host, organisation_id, number), "sealed": sealed}
        write = insert(contacts).values(organisation_id=organisation_id, **row)
        keys = ["organisation_id", "mailbox_id", "number_hash"]
        with host.tables(work) as connection:
            connection.execute(write.on_conflict_do_update(index_elements=keys, set_={"sealed": sealed}))
    return Contact(number, name)


def forget(host: Host, actor: Actor, mailbox_id: UUID, number: str) -> None:
    """Delete the name of a number."""
    where = (
        contacts.c.organisation_id == actor.organisation_id,
        contacts.c.mailbox_id == mailbox_id,
        contacts.c.number_hash == _hash(host, actor.organisation_id, number),
    )
    with host.work(actor) as work:
        require_member(work, mailbox_id)
        with host.tables(work) as connection:
            connection.execute(delete(contacts).where(*where))


def talked(host: Host, organisation_id: UUID, mailbox_id: UUID, number: str, conversation_id: str) -> None:
    """Record that a mailbox has faxed a number in this conversation."""
    row = {"conversation_id": conversation_id, "at": datetime.now(UTC)}
    key = {"mailbox_id": mailbox_id, "number_hash": _hash(host, organisation_id, number)}
    write = insert(talks).values(organisation_id=organisation_id, **key, **row)
    keys = ["organisation_id", "mailbox_id", "number_hash"]
    with host.transaction(organisation_id) as connection:
        connection.execute(write.on_conflict_do_update(index_elements=keys, set_=row))


def conversation(host: Host, organisation_id: UUID, mailbox_id: UUID, number: str, days: int) -> str:
    """Return the conversation that a fax from this number continues; empty if the mailbox has not faxed it recently."""
    query = select(talks.c.conversation_id).where(
        talks.c.organisation_id == organisation_id,
        talks.c.mailbox_id == mailbox_id,
        talks.c.number_hash == _hash(host, organisation_id, number),
        talks.c.at >= datetime.now(UTC) - timedelta(days=days),
    )
    with host.transaction(organisation_id) as connection:
        return connection.execute(query).scalar_one_or_none() or ""


def _hash(host: Host, organisation_id: UUID, number: str) -> bytes:
    return host.vault.subject_hash("fax", str(organisation_id), number)


def _label(mailbox_id: UUID) -> str:
    return f"fax-contact:{mailbox_id}"
