"""The kind of document of a case: chosen by a user, set by a rule, or the mailbox's own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Host, Invalid, Work, record
from budkavle.accounts import require_manager
from budkavle.cases import note_in_case
from budkavle.operations import Destroyed
from budkavle_records.frame import N_
from budkavle_records.schedule.due import SAID
from budkavle_records.schedule.kinds import Kind, find_kind, kinds_by_id
from budkavle_records.schedule.tables import case_kinds, mailbox_kinds

_ZONE: Final = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class CaseKind:
    """The kind of a case, and how it was given.

    Attributes:
        kind: The kind in the version that applies now; None if it has no kind, or the version does not have it.
        is_gone: Whether it has a kind that is not in the version.
        how: `hand`, `rule` or `mailbox`; empty if it has no kind.
        set_by: The one who set it.
        said_day: The day that the time counts from, as stated by a user.
    """

    kind: Kind | None = None
    is_gone: bool = False
    how: str = ""
    set_by: str = ""
    set_at: datetime | None = None
    said_day: date | None = None


NOTHING = CaseKind()


def case_kinds_of(
    host: Host, work: Work, mailbox_by_case: Mapping[UUID, UUID], kinds: Mapping[UUID, Kind] | None = None
) -> dict[UUID, CaseKind]:
    """Return the kind of each of the given cases.

    Args:
        host: The plugin's host.
        work: The unit of work.
        mailbox_by_case: The cases, with the mailbox of each.
        kinds: The kinds of the version; read from the database if left out.
    """
    all_kinds = kinds_by_id(host, work) if kinds is None else kinds
    this_organisation = case_kinds.c.organisation_id == work.organisation_id
    of_mailbox = mailbox_kinds.c.organisation_id == work.organisation_id
    with host.tables(work) as connection:
        chosen = {
            row.case_id: row
            for row in connection.execute(
                select(case_kinds).where(this_organisation, case_kinds.c.case_id.in_(mailbox_by_case))
            )
        }
        mailboxes = set(mailbox_by_case.values())
        query = select(mailbox_kinds).where(of_mailbox, mailbox_kinds.c.mailbox_id.in_(mailboxes))
        default = {row.mailbox_id: row for row in connection.execute(query)}
    kinds_of_cases = {}
    for case_id, mailbox_id in mailbox_by_case.items():
        row = chosen.get(case_id)
        said = _said_day(host, work, case_id, row)
        how = "" if row is None or row.kind_id is None else "rule" if row.rule_id else "hand"
        if not how:
            row, how = default.get(mailbox_id), "mailbox"
        kinds_of_cases[case_id] = _case_kind(row, how, all_kinds, said)
    return kinds_of_cases


def _case_kind(row: Any, how: str, kinds: Mapping[UUID, Kind], said: date | None) -> CaseKind:
    if row is None:
        return CaseKind(said_day=said)
    kind = kinds.get(row.kind_id)
    return CaseKind(kind, kind is None, how, row.set_by, row.set_at, said)


def set_case_kind(host: Host, work: Work, case_id: UUID, kind_id: UUID | None, said: str = "") -> None:
    """Set the kind of a case as chosen by a user; the case's log says who did it and when.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is a member of the case's mailbox, or an administrator of the organisation.
        case_id: The case.
        kind_id: The kind; None means that the mailbox's kind applies.
        said: The day that the time counts from, as `2026-03-01`, for a kind whose day a user has to state.

    Raises:
        NotFound: There is no such case for the actor, or no such kind.
        Invalid: The day is not a date, or is in the future.
    """
    kind = find_kind(host, work, kind_id) if kind_id else None
    day = _typed_day(said) if kind is not None and kind.counts_from in SAID else None
    label = kind.label if kind else "–"
    note_in_case(work, case_id, "records.kind-set" if kind else "records.kind-removed", label=label)
    _store(host, work, case_id, kind_id, None, day)


def set_kind_by_rule(host: Host, work: Work, case_id: UUID, kind: Kind, rule_id: UUID) -> None:
    """Set the kind of a case as decided by a rule."""
    note_in_case(work, case_id, "records.kind-set-by-rule", label=kind.label)
    _store(host, work, case_id, kind.id, rule_id, None)


def cases_with_kind(host: Host, work: Work, case_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the given cases that a user or a rule has given a kind."""
    where = (case_kinds.c.organisation_id == work.organisation_id, case_kinds.c.case_id.in_(case_ids))
    with host.tables(work) as connection:
        return set(connection.execute(select(case_kinds.c.case_id).where(*where)).scalars())


def mailbox_kind(host: Host, work: Work, mailbox_id: UUID) -> UUID | None:
    """Return the ID of the kind that applies to a mailbox's cases unless another one is set."""
    where = (mailbox_kinds.c.organisation_id == work.organisation_id, mailbox_kinds.c.mailbox_id == mailbox_id)
    with host.tables(work) as connection:
        return connection.execute(select(mailbox_kinds.c.kind_id).where(*where)).scalar_one_or_none()


def set_mailbox_kind(host: Host, work: Work, mailbox_id: UUID, kind_id: UUID | None) -> None:
    """Set the kind that applies to a mailbox's cases unless another one is set.

    Raises:
        NotFound: There is no such mailbox for the actor, or no such kind.
        Forbidden: The actor is not an administrator of the mailbox or the organisation.
    """
    require_manager(work, mailbox_id)
    kind = find_kind(host, work, kind_id) if kind_id else None
    key = {"organisation_id": work.organisation_id, "mailbox_id": mailbox_id}
    where = (mailbox_kinds.c.organisation_id == work.organisation_id, mailbox_kinds.c.mailbox_id == mailbox_id)
    values = {"kind_id": kind_id, "set_at": datetime.now(UTC), "set_by": work.actor.name}
    with host.tables(work) as connection:
        if kind is None:
            connection.execute(delete(mailbox_kinds).where(*where))
        else:
            insert = upsert(mailbox_kinds).values(**key, **values)
            connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=values))
    record(work, "records.mailbox-kind-set", mailbox_id, mailbox=str(mailbox_id), label=kind.label if kind else "–")


def clean_up(host: Host, destroyed: Destroyed) -> None:
    """Delete the kinds of destroyed cases."""
    with host.transaction(destroyed.organisation_id) as connection:
        mine = case_kinds.c.organisation_id == destroyed.organisation_id
        connection.execute(delete(case_kinds).where(mine, case_kinds.c.case_id.in_(destroyed.case_ids)))


def _store(host: Host, work: Work, case_id: UUID, kind_id: UUID | None, rule_id: UUID | None, day: date | None) -> None:
    key = {"organisation_id": work.organisation_id, "case_id": case_id}
    sealed = None
    if day is not None:  # a day of birth is personal data, so it is encrypted
        sealed = host.vault.seal_small(work.organisation_id, _label(case_id), day.isoformat().encode(), work.connection)
    values = {
        "kind_id": kind_id,
        "rule_id": rule_id,
        "moment": sealed,
        "set_at": datetime.now(UTC),
        "set_by": work.actor.name,
    }
    with host.tables(work) as connection:
        insert = upsert(case_kinds).values(**key, **values)
        connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=values))


def _said_day(host: Host, work: Work, case_id: UUID, row: Any) -> date | None:
    if row is None or row.moment is None:
        return None
    plain = host.vault.open_small(work.organisation_id, _label(case_id), row.moment, work.connection)
    return date.fromisoformat(plain.decode())


def _label(case_id: UUID) -> str:
    return f"records.moment:{case_id}"


def _typed_day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid("Dagen är fel.", fields={"said": N_("Skriv dagen som 2026-03-01.")}) from error
    if day > datetime.now(_ZONE).date() or day.year < 1800:
        raise Invalid("Dagen är fel.", fields={"said": N_("Dagen ska ha varit, och inte ligga för långt tillbaka.")})
    return day
