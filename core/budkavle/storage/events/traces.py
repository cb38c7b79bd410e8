"""Entries about repeated actions, such as reading and refused sign-ins: at most one a minute for each.

Source: ASVS 5.0, 16.2.1 and 16.3.1 to 16.3.3; the features ZS4.
"""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from budkavle.model.people import INSTALLATION, Actor
from budkavle.storage import audit, locks
from budkavle.storage.audit import Fact
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import traces

WITHIN = timedelta(minutes=1)
"""A repetition of the same action within this time gets no second entry."""
_KEY = ("organisation_id", "kind", "thing", "who")
COUNTED_FOR = timedelta(hours=1)
SINGLE = 10
"""Attempts to open missing things that are logged one by one, for a person within `COUNTED_FOR`; more are counted."""
IN_VAIN = "user.asked-in-vain"
"""The kind of entry with the count, written above this number each time that the count has doubled."""


def record_once(
    work: Work,
    kind: str,
    thing: UUID,
    who: str,
    by: Actor | None = None,
    /,
    *,
    about: UUID | None = None,
    **details: Fact,
) -> None:
    """Append an entry to the event log, unless the same actor did the same within a minute.

    Args:
        work: The unit of work.
        kind: What happened, such as `case.file-opened`.
        thing: The id of what it happened to.
        who: Who did it, as ids or words that identify nobody outside of the installation.
        by: Who did it, if not the work's actor.
        about: What the entry names instead of `thing`.
        details: More facts, in plain words and numbers.
    """
    if _is_first(work, kind, thing, who):
        audit.record(work, kind, about or thing, by, **details)


def record_not_there(work: Work, kind: str, thing: UUID) -> None:
    """Append an entry that the work's actor, a user, asked for something that their organisation does not have.

    Whether another organisation has it cannot be seen here. Somebody who tries many ids leaves `SINGLE` entries within
    an hour, and then one each time that the count has doubled.

    Args:
        work: The unit of work.
        kind: Such as `case.not-there`.
        thing: The id that was asked for.
    """
    user_id = work.actor.user_id
    if user_id is None:
        return
    # Lock before writing a trace: two requests of the same person may ask for the same things in different orders.
    locks.one_at_a_time(work.connection, f"asked in vain {work.organisation_id} {user_id}")
    told = (traces.c.kind == IN_VAIN, traces.c.thing == user_id, traces.c.at > func.now() - COUNTED_FOR)
    times = select(traces.c.times).where(traces.c.organisation_id == work.organisation_id, *told)
    if (work.connection.scalar(times) or 0) < SINGLE and not _is_first(work, kind, thing, str(user_id)):
        return
    count = _count(work, IN_VAIN, user_id)
    if count <= SINGLE:
        audit.record(work, kind, thing, asked=str(thing))
    elif count % SINGLE == 0 and (count // SINGLE).bit_count() == 1:
        audit.record(work, IN_VAIN, user_id, count=count)


def note_refusal(work: Work, of: str, thing: UUID, *, is_there: bool, **details: Any) -> None:
    """Record what the actor, a user, was told does not exist, if the unit of work ends with an error.

    It is the entry `OF.not-readable` by `record_once`, or `OF.not-there` by `record_not_there`.

    Args:
        work: The unit of work; its actor made the attempt.
        of: What was asked for, such as `mailbox`.
        thing: Its id.
        is_there: Whether the organisation has it, so that the actor only may not read it.
        details: More facts about it, in plain words and numbers.
    """
    user_id, platform, actor = work.actor.user_id, work.platform, work.actor
    if user_id is None:
        return

    def record() -> None:
        with platform.work(actor) as own:
            if is_there:
                record_once(own, f"{of}.not-readable", thing, str(user_id), **details)
            else:
                record_not_there(own, f"{of}.not-there", thing)

    work.after_rollback(record)


def _is_first(work: Work, kind: str, thing: UUID, who: str) -> bool:
    """Record an action of an actor; return whether it is the first within `WITHIN`."""
    values = {"organisation_id": work.organisation_id, "kind": kind, "thing": thing, "who": who, "at": func.now()}
    again = insert(traces).values(values)
    again = again.on_conflict_do_update(
        index_elements=_KEY, set_={"at": func.now()}, where=traces.c.at < func.now() - WITHIN
    )
    return work.connection.execute(again.returning(traces.c.at)).first() is not None


def _count(work: Work, kind: str, thing: UUID) -> int:
    """Count one more; return how many there are since the first within `COUNTED_FOR`."""
    values = {"organisation_id": work.organisation_id, "kind": kind, "thing": thing, "who": "", "at": func.now()}
    is_over = traces.c.at < func.now() - COUNTED_FOR
    more = insert(traces).values(values | {"times": 1})
    more = more.on_conflict_do_update(
        index_elements=_KEY,
        set_={
            "times": case((is_over, 1), else_=traces.c.times + 1),
            "at": case((is_over, func.now()), else_=traces.c.at),
        },
    )
    times: int = work.connection.execute(more.returning(traces.c.times)).scalar_one()
    return times


def forget(platform: Platform) -> int:
    """Delete traces that no longer decide anything; returns how many. Run it as a job."""
    of_installation = _forget(platform, INSTALLATION)
    return of_installation + platform.in_each_organisation(partial(_forget, platform))


def _forget(platform: Platform, organisation_id: UUID) -> int:
    with platform.database.transaction(organisation_id) as connection:
        old = or_(and_(traces.c.times == 0, traces.c.at < func.now() - WITHIN), traces.c.at < func.now() - COUNTED_FOR)
        return connection.execute(delete(traces).where(traces.c.organisation_id == organisation_id, old)).rowcount
