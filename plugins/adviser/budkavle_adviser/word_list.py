"""Each organisation's own word list, which begins as the standard one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Column, MetaData, Table, Text, Uuid, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Actor, Host, Invalid, Sentence, record
from budkavle.accounts import require_admin
from budkavle_adviser import detection
from budkavle_adviser.standard_word_list import STANDARD

LONGEST = 1_000
_table = Table(
    "adviser_words",
    MetaData(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("words", ARRAY(Text), nullable=False),
)


def of_organisation(host: Host, organisation_id: UUID) -> Sequence[str]:
    """Return the organisation's own list, or the standard one where it has changed nothing."""
    query = select(_table.c.words).where(_table.c.organisation_id == organisation_id)
    with host.transaction(organisation_id) as connection:
        entries: list[str] | None = connection.execute(query).scalar_one_or_none()
    return STANDARD if entries is None else entries


def keep(host: Host, actor: Actor, lines: Sequence[str]) -> list[str]:
    """Store the organisation's list; an empty one finds no words at all.

    Raises:
        Forbidden: The actor does not administer the organisation.
        Invalid: An entry is no word, or there are too many.
    """
    require_admin(actor)
    entries = detection.tidy(lines)
    wrong = ", ".join(list(detection.wrong_entries(entries))[:5])
    if wrong:
        sentence = Sentence(
            "Skriv ett ord på varje rad, minst tre tecken och gärna med * sist. Det här går inte: {wrong}.", wrong=wrong
        )
        raise Invalid("Ordlistan kunde inte sparas.", fields={"words": sentence})
    if len(entries) > LONGEST:
        raise Invalid(
            "Ordlistan kunde inte sparas.",
            fields={"words": Sentence("Listan får ha högst {longest} ord.", longest=LONGEST)},
        )
    write = upsert(_table).values(organisation_id=actor.organisation_id, words=entries)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            connection.execute(write.on_conflict_do_update(index_elements=["organisation_id"], set_={"words": entries}))
        record(work, "adviser.words-changed", actor.organisation_id, words=len(entries))
    return entries


def forget(host: Host, actor: Actor) -> None:
    """Go back to the standard list.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(actor)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            connection.execute(delete(_table).where(_table.c.organisation_id == actor.organisation_id))
        record(work, "adviser.words-changed", actor.organisation_id, words=len(STANDARD))
