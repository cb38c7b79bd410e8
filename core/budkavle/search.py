"""Searching without reading: keyed hashes of words find cases whose texts stay sealed.

The index holds subjects, names of senders and recipients, references and persons, whole words only; the texts of
messages are not in it, and the pages say so with `SCOPE`.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, or_, select

from budkavle.errors import Invalid
from budkavle.inbox import as_cases, rows_of_cases
from budkavle.mailboxes import Case
from budkavle.people import Actor
from budkavle.platform import Platform
from budkavle.rights import my_mailboxes, require_member
from budkavle.states import CaseState
from budkavle.tables import cases, mailboxes
from budkavle.words import words as split

SCOPE = (
    "Sökningen går i ämnen, namn, referenser och ärendenummer, med hela ord. "
    "Meddelandenas text och bilagor är krypterade och genomsöks inte."
)
"""What a page of results says about itself."""


def search(
    platform: Platform, actor: Actor, words: str, *, mailbox_id: UUID | None = None, limit: int = 50
) -> list[Case]:
    """Return the cases that have all the words, the latest first; never those in the bin.

    One whose subject this reader sees masked is found by its number and by whom it is with, and by nothing else.

    Args:
        platform: What everything stands on.
        actor: Who searches; only mailboxes that the actor is a member of are searched.
        words: Whole words in any order, or a case number.
        mailbox_id: Only in this mailbox.
        limit: At most so many.

    Raises:
        Invalid: There is no word to search for.
        NotFound: The actor is no member of the mailbox.
    """
    wanted = split(words)
    if not wanted:
        raise Invalid("Skriv minst ett ord att söka efter.", fields={"words": "Ett ord har minst två tecken."})
    hashes = platform.vault.word_hashes(actor.organisation_id, sorted(wanted))
    query = rows_of_cases(actor).where(
        cases.c.mailbox_id.in_(select(mailboxes.c.id).where(my_mailboxes(actor))),
        or_(cases.c.words.contains(hashes), cases.c.number == words.strip()),
        and_(cases.c.messages > 0, cases.c.state != CaseState.BINNED.value),
    )
    if mailbox_id is not None:
        query = query.where(cases.c.mailbox_id == mailbox_id)
    with platform.database.transaction(actor.organisation_id) as connection:
        if mailbox_id is not None:
            require_member(connection, actor, mailbox_id)
        rows = connection.execute(query.limit(limit)).all()
        found = as_cases(platform, connection, actor, rows)
    return [case for case in found if not _masked(actor, case) or case.number == words.strip() or _shows(case, wanted)]


def _masked(actor: Actor, case: Case) -> bool:
    return case.recalled or (actor.user_id is not None and actor.loa < case.loa)


def _shows(case: Case, wanted: Collection[str]) -> bool:
    """Tell whether the words stand in what the reader sees of a masked case: with whom it is."""
    return split(case.counterpart).issuperset(wanted)
