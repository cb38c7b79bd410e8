"""Monitoring the address book: saved recipients that disappeared, moved or were renamed, and broken links.

What is wrong is always looked up at once. A job notes when it began and when it ended, so that a change can also be
seen a week later. Only members may see the saved recipients of a mailbox: others get numbers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Actor, ActorScope, Health, Host, record
from budkavle.accounts import all_mailboxes, require_member
from budkavle.storage import QueryFile, Statement
from budkavle_addressbook import links
from budkavle_addressbook.name_search import sort_key
from budkavle_addressbook.national import local_copy
from budkavle_addressbook.national.entries import TRANSPORT
from budkavle_addressbook.tables import changes

KEPT = timedelta(days=365)
"""How long a change is stored after it has ended."""
SENTENCES = {
    "link": "Brevlådans koppling till {before} håller inte längre.",
    "vanished": "{before} finns inte längre i adressboken.",
    "moved": "{before} hör nu till en annan organisation i adressboken: {now}.",
    "renamed": "{before} har bytt namn till {now}.",
}
REMEDIES = {
    "link": "Koppla brevlådan till en annan identifierare, eller lägg upp identifieraren i adressboken igen.",
    "vanished": "Sök upp mottagaren igen, eller ta bort den.",
    "moved": "Skicka inget dit förrän ni vet att det är rätt mottagare. Bekräfta då, eller ta bort den.",
    "renamed": "Se efter att det är rätt mottagare, och bekräfta namnet.",
}


class _Queries(QueryFile):
    list_changed: Statement
    confirm_change: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Change:
    """A saved or linked function that is not as it was.

    Attributes:
        kind: A key of `SENTENCES`.
        before: Its former name.
        now: Its current name.
    """

    mailbox_id: UUID
    identifier: str
    kind: str
    before: str
    now: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """A change with when it was first seen, and when it ended."""

    change: Change
    noted_at: datetime
    ended_at: datetime | None


def current_changes(host: Host, organisation_id: UUID) -> list[Change]:
    """Return what is wrong now in an organisation's mailboxes. Empty while there is no copy to compare with."""
    copy = local_copy.status(host)
    if copy is None or copy.fetched_at is None:
        return []
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        alive = {box.id for box in all_mailboxes(work)}
    with host.transaction(organisation_id) as connection:
        rows = QUERIES.list_changed.all(connection, {"organisation": organisation_id, "transport": TRANSPORT})
    saved = [_saved(row) for row in rows if row.mailbox_id in alive]
    broken = [
        Change(link.mailbox_id, link.identifier, "link", link.identifier)
        for link in links.all_links(host, organisation_id)
        if link.broken
    ]
    return sorted([*broken, *saved], key=lambda change: (list(REMEDIES).index(change.kind), sort_key(change.before)))


def of_mailbox(host: Host, actor: Actor, mailbox_id: UUID) -> list[Change]:
    """Return what is wrong with a mailbox's saved recipients, for its members.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    with host.work(actor) as work:
        require_member(work, mailbox_id)
    return [
        change
        for change in current_changes(host, actor.organisation_id)
        if change.mailbox_id == mailbox_id and change.kind != "link"
    ]


def confirm(host: Host, actor: Actor, mailbox_id: UUID, identifier: str) -> bool:
    """Accept the new name of a saved recipient. False if the address book no longer has it.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    values = {"organisation": actor.organisation_id, "mailbox": mailbox_id, "identifier": identifier}
    with host.work(actor) as work:
        require_member(work, mailbox_id)
        with host.tables(work) as connection:
            done = QUERIES.confirm_change.one_or_none(connection, {**values, "transport": TRANSPORT}) is not None
        if done:
            record(work, "favourite.confirmed", mailbox_id, identifier=identifier)
    return done


def counts(changes_: Sequence[Change]) -> Mapping[UUID, int]:
    """Return the number of saved recipients to review, by mailbox."""
    return Counter(change.mailbox_id for change in changes_ if change.kind != "link")


def note_all(host: Host) -> int:
    """Note for every organisation what has begun and what has ended, as a job."""
    return host.platform.in_each_organisation(partial(note, host))


def note(host: Host, organisation_id: UUID, at: datetime | None = None) -> int:
    """Note for one organisation what has begun and ended since the last time. Return 0: no work remains."""
    copy = local_copy.status(host)
    if copy is None or copy.fetched_at is None:
        return 0  # without a copy everything would seem to have ended
    at, current = at or datetime.now(UTC), current_changes(host, organisation_id)
    with host.transaction(organisation_id) as connection:
        _begin(connection, organisation_id, current, at)
        c = changes.c
        going = {(change.mailbox_id, change.identifier, change.kind) for change in current}
        open_ = select(c.mailbox_id, c.identifier, c.kind).where(
            c.organisation_id == organisation_id, c.ended_at.is_(None)
        )
        for row in connection.execute(open_).all():
            if tuple(row) not in going:
                this = (c.mailbox_id == row.mailbox_id, c.identifier == row.identifier, c.kind == row.kind)
                connection.execute(
                    update(changes).where(c.organisation_id == organisation_id, *this).values(ended_at=at)
                )
        connection.execute(delete(changes).where(c.organisation_id == organisation_id, c.ended_at < at - KEPT))
    return 0


def history(host: Host, organisation_id: UUID, limit: int = 50) -> list[Noted]:
    """Return the noted changes, the latest first."""
    c = changes.c
    query = select(changes).where(c.organisation_id == organisation_id).order_by(c.noted_at.desc()).limit(limit)
    with host.transaction(organisation_id) as connection:
        return [
            Noted(Change(row.mailbox_id, row.identifier, row.kind, row.before, row.now), row.noted_at, row.ended_at)
            for row in connection.execute(query)
        ]


def certificates(host: Host, actor: Actor) -> list[Health]:
    """Return the reports of other plugins on certificates: of the organisation, and for operators also the rest."""
    ids = [None, actor.organisation_id] if actor.may(ActorScope.INSTALLATION) else [actor.organisation_id]
    calls = [host.platform.plugins.call_hook("addressbook_certificates", organisation_id=id_) for id_ in ids]
    answers = [answer for answered in calls for of in answered for answer in of.thing]
    return sorted(answers, key=lambda answer: answer.ok)


def _begin(connection: Connection, organisation_id: UUID, current: Sequence[Change], at: datetime) -> None:
    for change in current:
        key = {"mailbox_id": change.mailbox_id, "identifier": change.identifier, "kind": change.kind}
        details = {"before": change.before, "now": change.now}
        write = upsert(changes).values(organisation_id=organisation_id, noted_at=at, **key, **details)
        # An ended change that appears again starts over. An ongoing one keeps its beginning, but not an older name.
        fresh = changes.c.ended_at.is_not(None) | (changes.c.now != change.now)
        connection.execute(
            write.on_conflict_do_update(
                index_elements=["organisation_id", *key],
                set_={**details, "noted_at": at, "ended_at": None},
                where=fresh,
            )
        )


def _saved(row: Any) -> Change:
    before, now = f"{row.organisation} · {row.name}", f"{row.now_organisation} · {row.now_name}"
    if row.now_name is None:
        return Change(row.mailbox_id, row.identifier, "vanished", before)
    kind = "moved" if row.now_participant != row.participant else "renamed"
    return Change(row.mailbox_id, row.identifier, kind, before, now)
