"""Creates and ends legal holds, and tells which cases they hold.

A hold is for single cases, or for everything that matches a selection, including later cases. While it is in force,
nothing can destroy what it holds: not emptying the bin, not the retention days, not the schedule.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import and_, delete, func, insert, or_, select, update

from budkavle import ActorScope, Conflict, Host, Invalid, NotFound, Work, record
from budkavle.accounts import find_mailbox, require_admin
from budkavle.cases import CaseTimes, find_case_times, note_in_case, search_everything
from budkavle.operations import Destroyed
from budkavle_records.frame import N_
from budkavle_records.holds.tables import held_cases, holds
from budkavle_records.schedule.assignment import case_kinds_of
from budkavle_records.schedule.due import ZONE, today

LONGEST_NAME, LONGEST_REASON = 200, 2000
MOST_CASES = 1000
"""The most cases that one hold can list one by one; a selection has no limit."""
HELD = N_("Ärendet omfattas av ett gallringsstopp.")
NO_HOLD = N_("Gallringsstoppet finns inte.")
CASES, SELECTION = "cases", "selection"


class Words(msgspec.Struct, frozen=True, omit_defaults=True):
    """The encrypted texts of a hold."""

    name: str
    reason: str
    end_reason: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The conditions of a hold that does not list cases; a condition that is None matches everything.

    Attributes:
        mailbox_id: The mailbox of the case.
        kind_id: The kind of document of the case.
        since: A message was received or sent in it on this day or later.
        until: It was opened on this day or earlier.
    """

    mailbox_id: UUID | None = None
    kind_id: UUID | None = None
    since: date | None = None
    until: date | None = None

    def fits(self, times: CaseTimes, kind_id: UUID | None) -> bool:
        """Tell whether a case matches the conditions."""
        return (
            self.mailbox_id in {None, times.mailbox_id}
            and self.kind_id in {None, kind_id}
            and (self.since is None or times.last_at.astimezone(ZONE).date() >= self.since)
            and (self.until is None or times.opened_at.astimezone(ZONE).date() <= self.until)
        )


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A hold.

    Attributes:
        name: The name of the hold.
        reason: The reason for the hold.
        selection: The conditions of the hold; None if it lists its cases.
        cases: How many cases it lists.
        ends_on: The last day that it is in force; None means until somebody ends it.
        end_reason: The reason given when it was ended.
    """

    id: UUID
    name: str
    reason: str
    selection: Selection | None
    cases: int
    made_at: datetime
    made_by: str
    ends_on: date | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    end_reason: str = ""

    @property
    def is_in_force(self) -> bool:
        """Whether it is in force today."""
        return self.ended_at is None and (self.ends_on is None or today() <= self.ends_on)


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold as entered in the form: for cases, or for a selection."""

    name: str
    reason: str
    case_ids: Sequence[UUID] = ()
    selection: Selection | None = None
    ends_on: date | None = None


def add_hold(host: Host, work: Work, new: NewHold) -> UUID:
    """Create a hold; it is recorded in the log of each case that it lists.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        new: The hold.

    Raises:
        Forbidden: The actor is not an administrator.
        Invalid: It has no name or reason, holds nothing, or has already ended.
        NotFound: It refers to a case or a mailbox that does not exist.
    """
    require_admin(work.actor)
    _check(work, new)
    hold_id, organisation_id = uuid4(), work.organisation_id
    selection = new.selection or Selection()
    row = {
        "organisation_id": organisation_id,
        "id": hold_id,
        "sealed": _seal(host, work, hold_id, Words(new.name.strip(), new.reason.strip())),
        "scope": SELECTION if new.selection else CASES,
        "mailbox_id": selection.mailbox_id,
        "kind_id": selection.kind_id,
        "since": selection.since,
        "until": selection.until,
        "ends_on": new.ends_on,
        "cases": len(set(new.case_ids)),
        "made_at": datetime.now(UTC),
        "made_by": work.actor.name,
        "ended_by": "",
    }
    key = {"organisation_id": organisation_id, "hold_id": hold_id}
    with host.tables(work) as connection:
        connection.execute(insert(holds).values(row))
        if new.case_ids:
            connection.execute(insert(held_cases), [{**key, "case_id": case_id} for case_id in set(new.case_ids)])
    for case_id in sorted(set(new.case_ids)):
        note_in_case(work, case_id, "records.case-held")
    record(work, "records.hold-made", hold_id, scope=str(row["scope"]), cases=str(row["cases"]))
    return hold_id


def find_matching_cases(host: Host, work: Work, words: str, selection: Selection) -> list[CaseTimes]:
    """Return the cases that contain search words and match a selection, the latest first, without their content.

    The bin is searched too. The event log says that somebody searched, but not for what.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        words: Whole words, a number or a name.
        selection: Further conditions for the cases; may be empty.

    Raises:
        Forbidden: The actor is not an administrator.
        Invalid: There is no word, or more cases contain the words than a hold can list.
    """
    require_admin(work.actor)
    with host.work(host.system(work.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as reading:
        ids = [case.id for case in search_everything(reading, words, limit=MOST_CASES + 1)]
    if len(ids) > MOST_CASES:
        raise Invalid("Gallringsstoppet kunde inte sparas.", fields={"words": N_("Fler än 1 000 ärenden har orden.")})
    times = find_case_times(work, ids)
    held_since = [times[case_id] for case_id in ids if case_id in times]
    kinds = case_kinds_of(host, work, {each.id: each.mailbox_id for each in held_since})
    record(work, "records.holds-searched", cases=str(len(held_since)))
    return [each for each in held_since if selection.fits(each, kind.id if (kind := kinds[each.id].kind) else None)]


def end_hold(host: Host, work: Work, hold_id: UUID, reason: str) -> None:
    """End a hold, with a reason; what it held is checked again the next time that something is to be destroyed.

    Raises:
        NotFound: There is no such hold.
        Invalid: There is no reason.
        Conflict: It has already ended.
    """
    require_admin(work.actor)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("Gallringsstoppet kan inte avslutas.", fields={"reason": N_("Skriv varför det avslutas.")})
    hold = find_hold(host, work, hold_id)
    words = _seal(host, work, hold_id, Words(hold.name, hold.reason, reason.strip()))
    where = (holds.c.organisation_id == work.organisation_id, holds.c.id == hold_id, holds.c.ended_at.is_(None))
    values = {"ended_at": datetime.now(UTC), "ended_by": work.actor.name, "sealed": words}
    with host.tables(work) as connection:
        if not connection.execute(update(holds).where(*where).values(values)).rowcount:
            raise Conflict("Gallringsstoppet är redan avslutat.")
        ids = connection.execute(select(held_cases.c.case_id).where(*_of_hold(work, hold_id))).scalars().all()
    for case_id in sorted(find_case_times(work, ids)):  # a case that has been destroyed has no log
        note_in_case(work, case_id, "records.case-released")
    record(work, "records.hold-ended", hold_id)


def find_hold(host: Host, work: Work, hold_id: UUID) -> LegalHold:
    """Return a hold.

    Raises:
        NotFound: There is no such hold.
    """
    with host.tables(work) as connection:
        row = connection.execute(select(holds).where(*_here(work), holds.c.id == hold_id)).one_or_none()
    if row is None:
        raise NotFound(NO_HOLD)
    return _hold(host, work, row)


def list_holds(host: Host, work: Work, *, ended: bool = False, limit: int = 50, offset: int = 0) -> list[LegalHold]:
    """Return the holds in force, or those that have ended; the latest first."""
    query = select(holds).where(*_here(work), ~_lasts() if ended else _lasts())
    query = query.order_by(holds.c.made_at.desc(), holds.c.id).limit(limit).offset(offset)
    with host.tables(work) as connection:
        rows = connection.execute(query).all()
    return [_hold(host, work, row) for row in rows]


def count_holds(host: Host, work: Work, *, ended: bool = False) -> int:
    """Return how many holds are in force, or have ended."""
    query = select(func.count()).select_from(holds).where(*_here(work), ~_lasts() if ended else _lasts())
    with host.tables(work) as connection:
        return connection.execute(query).scalar_one()


def held_case_ids(host: Host, work: Work, hold_id: UUID, limit: int = 50) -> list[UUID]:
    """Return some of the cases that a hold lists."""
    with host.tables(work) as connection:
        query = select(held_cases.c.case_id).where(*_of_hold(work, hold_id)).order_by(held_cases.c.case_id)
        return list(connection.execute(query.limit(limit)).scalars())


def holds_of_cases(
    host: Host, work: Work, cases: Collection[CaseTimes], kinds: Mapping[UUID, UUID | None]
) -> dict[UUID, list[UUID]]:
    """Return the holds in force for each of the given cases; cases without a hold are left out.

    Args:
        host: The plugin's host.
        work: The unit of work.
        cases: The cases.
        kinds: The kind of each case.
    """
    ids = [times.id for times in cases]
    listed = select(held_cases.c.case_id, held_cases.c.hold_id).join(
        holds, and_(holds.c.organisation_id == held_cases.c.organisation_id, holds.c.id == held_cases.c.hold_id)
    )
    selections = select(holds).where(*_here(work), _lasts(), holds.c.scope == SELECTION)
    with host.tables(work) as connection:
        one_by_one = connection.execute(listed.where(*_here(work), _lasts(), held_cases.c.case_id.in_(ids))).all()
        by_selection = connection.execute(selections).all()
    hold_ids: dict[UUID, list[UUID]] = {}
    for row in one_by_one:
        hold_ids.setdefault(row.case_id, []).append(row.hold_id)
    for row in by_selection:
        for times in cases:
            if _selection(row).fits(times, kinds.get(times.id)):
                hold_ids.setdefault(times.id, []).append(row.id)
    return hold_ids


def clean_up(host: Host, destroyed: Destroyed) -> None:
    """Delete destroyed cases from the lists of holds."""
    with host.transaction(destroyed.organisation_id) as connection:
        mine = held_cases.c.organisation_id == destroyed.organisation_id
        connection.execute(delete(held_cases).where(mine, held_cases.c.case_id.in_(destroyed.case_ids)))


def word_faults(name: str, reason: str, ends_on: date | None) -> dict[str, str]:
    """Return what is wrong with a hold's name, reason and last day, by field."""
    faults = {}
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        faults["name"] = N_("Skriv vad gallringsstoppet ska heta, med högst 200 tecken.")
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        faults["reason"] = N_("Skriv varför ärendena inte får gallras, med högst 2 000 tecken.")
    if ends_on is not None and ends_on < today():
        faults["ends_on"] = N_("Dagen har redan varit.")
    return faults


def _check(work: Work, new: NewHold) -> None:
    faults = word_faults(new.name, new.reason, new.ends_on)
    if new.selection == Selection() or (new.selection is None and not new.case_ids):
        faults["mailbox"] = N_("Välj minst en sak som ärendena har gemensamt.")
    if len(set(new.case_ids)) > MOST_CASES:
        faults["mailbox"] = N_("Urvalet har för många ärenden. Välj brevlåda eller tid i stället.")
    if faults:
        raise Invalid("Gallringsstoppet kunde inte sparas.", fields=faults)
    if new.selection is not None and new.selection.mailbox_id is not None:
        find_mailbox(work, new.selection.mailbox_id)
    if len(find_case_times(work, new.case_ids)) != len(set(new.case_ids)):
        raise NotFound("Ärendet finns inte.")


def _lasts() -> Any:
    return and_(holds.c.ended_at.is_(None), or_(holds.c.ends_on.is_(None), holds.c.ends_on >= today()))


def _here(work: Work) -> tuple[Any, ...]:
    return (holds.c.organisation_id == work.organisation_id,)


def _of_hold(work: Work, hold_id: UUID) -> tuple[Any, ...]:
    return (held_cases.c.organisation_id == work.organisation_id, held_cases.c.hold_id == hold_id)


def _seal(host: Host, work: Work, hold_id: UUID, words: Words) -> bytes:
    content = msgspec.json.encode(words)
    return host.vault.seal_small(work.organisation_id, f"records.hold:{hold_id}", content, work.connection)


def _selection(row: Any) -> Selection:
    return Selection(row.mailbox_id, row.kind_id, row.since, row.until)


def _hold(host: Host, work: Work, row: Any) -> LegalHold:
    plain = host.vault.open_small(work.organisation_id, f"records.hold:{row.id}", row.sealed, work.connection)
    words = msgspec.json.decode(plain, type=Words)
    return LegalHold(
        id=row.id,
        name=words.name,
        reason=words.reason,
        selection=_selection(row) if row.scope == SELECTION else None,
        cases=row.cases,
        made_at=row.made_at,
        made_by=row.made_by,
        ends_on=row.ends_on,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        end_reason=words.end_reason,
    )
