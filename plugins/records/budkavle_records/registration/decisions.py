"""Decisions about messages: the one that applies now, and every earlier one, which is never deleted."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, insert, select, update

from budkavle import Conflict, Forbidden, Host, Invalid, NotFound, Work
from budkavle.accounts import require_member
from budkavle.cases import note_in_case
from budkavle_records.registration.outcomes import Decision, Outcome
from budkavle_records.registration.tables import IS_OPEN, decisions, located, registrations

UNKNOWN = "Meddelandet finns inte, eller har ingen tid att registreras till."
SETTLED = "Någon har redan beslutat om meddelandet. Öppna ärendet för att se vad, och rätta det där om det är fel."
KINDS: Final = {outcome: f"records.{outcome.value}" for outcome in Outcome}
"""The kinds of the log entries."""
CORRECTED: Final = "records.registration-corrected"
MOST_CASES: Final = 500
"""The most cases found by one number."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A message whose clock has started, and the decision about it.

    Attributes:
        late_from: The time from which it is late unless a decision has been made.
        outcome: None as long as there is no decision.
        gone: Whether the message has been destroyed since.
    """

    message_id: UUID
    mailbox_id: UUID
    case_id: UUID
    arrived_at: datetime
    late_from: datetime
    outcome: Outcome | None = None
    settled_at: datetime | None = None
    settled_by: str = ""
    number: str = ""
    about: str = ""
    hides_sender: bool = False
    hides_about: bool = False
    gone: bool = False

    @property
    def last_at(self) -> datetime:
        """The last time at which it is not late; its date is shown to users."""
        return self.late_from - timedelta(seconds=1)

    def holds(self, decision: Decision) -> bool:
        """Whether this is already the decision; numbers are compared without regard to case."""
        return self.outcome == decision.outcome and self.number.casefold() == decision.number.casefold()

    @property
    def is_late(self) -> bool:
        """Whether the decision came too late, or is still missing and late now."""
        return (self.settled_at or datetime.now(UTC)) >= self.late_from


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision that was made; the latest one applies."""

    at: datetime
    by: str
    outcome: Outcome
    number: str
    about: str
    reason: str


def unsettled(host: Host, work: Work, message_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the messages that are neither registered nor exempted by a decision.

    Args:
        host: The plugin's host.
        work: Work in the organisation of the messages, by any actor.
        message_ids: Any messages; one whose clock never started needs no decision, and is not returned.
    """
    with host.tables(work) as connection:
        existing = (registrations.c.organisation_id == work.organisation_id, registrations.c.gone_at.is_(None))
        query = select(registrations.c.message_id).where(
            *existing, registrations.c.outcome.is_(None), registrations.c.message_id.in_(list(message_ids))
        )
        return set(connection.execute(query).scalars())


def registrations_of(host: Host, work: Work, message_ids: Collection[UUID]) -> dict[UUID, Registration]:
    """Return the registrations of messages, by message; messages without a clock are left out."""
    return _registrations(host, work, message_ids)


def open_registrations(host: Host, work: Work, message_ids: Collection[UUID]) -> dict[UUID, Registration]:
    """Return the same, without those of cases that are restricted to others than the actor."""
    return _registrations(host, work, message_ids, IS_OPEN)


def _registrations(
    host: Host, work: Work, message_ids: Collection[UUID], *conditions: ColumnElement[bool]
) -> dict[UUID, Registration]:
    with host.tables(work) as connection:
        query, _ = located(*_these(work, message_ids), *conditions)
        rows = connection.execute(query).mappings().all()
    return {row["message_id"]: opened(work, row) for row in rows}


def case_registrations(host: Host, work: Work, case_id: UUID) -> list[Registration]:
    """Return the registrations of the messages of a case, the earliest first."""
    with host.tables(work) as connection:
        of_case = (registrations.c.organisation_id == work.organisation_id, registrations.c.case_id == case_id)
        query, _ = located(*of_case)
        query = query.order_by(registrations.c.arrived_at, registrations.c.message_id)
        rows = connection.execute(query).mappings().all()
    return [opened(work, row) for row in rows]


def cases_of_number(host: Host, work: Work, number: str) -> list[UUID]:
    """Return the cases with a message that is registered under a number and still exists, the latest first."""
    where = (registrations.c.organisation_id == work.organisation_id, registrations.c.gone_at.is_(None))
    query = select(registrations.c.case_id).where(*where, registrations.c.number_word == number_word(work, number))
    query = query.group_by(registrations.c.case_id).order_by(func.max(registrations.c.arrived_at).desc())
    with host.tables(work) as connection:
        return list(connection.execute(query.limit(MOST_CASES)).scalars())


def settle(host: Host, work: Work, message_ids: Collection[UUID], decision: Decision) -> None:
    """Store a decision about messages that have none; repeating the same decision has no effect.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor may send from the messages' mailboxes.
        message_ids: The messages.
        decision: The decision, as returned by `outcomes.checked`.

    Raises:
        NotFound: One of them is unknown, has no clock, or is not in any of the actor's mailboxes.
        Forbidden: The actor may only read there.
        Conflict: One of them already has another decision.
    """
    rows = _locked(host, work, message_ids)
    decisions = [opened(work, row) for row in rows]
    if any(each.outcome and not each.holds(decision) for each in decisions):
        raise Conflict(SETTLED)
    _decide(host, work, [each for each in decisions if each.outcome is None], decision)


def correct(host: Host, work: Work, message_id: UUID, decision: Decision) -> None:
    """Replace an earlier decision with another one; the earlier one stays in the history.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor may send from the message's mailbox.
        message_id: A message that has a decision.
        decision: The new decision, with its reason.

    Raises:
        NotFound: The message is unknown, has no decision, or is not in any of the actor's mailboxes.
        Forbidden: The actor may only read there.
        Invalid: The decision has no reason.
    """
    (row,) = _locked(host, work, [message_id])
    if row["outcome"] is None:
        raise NotFound(UNKNOWN)
    if not decision.reason:
        sentence = "Skriv varför det ändras. Det tidigare beslutet står kvar i historiken."
        raise Invalid("Rättelsen kan inte sparas än.", fields={"reason": sentence})
    _decide(host, work, [opened(work, row)], decision)


def history(host: Host, work: Work, message_ids: Collection[UUID]) -> dict[UUID, list[PastDecision]]:
    """Return every decision about messages, by message, the earliest first."""
    with host.tables(work) as connection:
        these = (decisions.c.organisation_id == work.organisation_id, decisions.c.message_id.in_(list(message_ids)))
        rows = connection.execute(select(decisions).where(*these).order_by(decisions.c.id)).mappings().all()
    past: dict[UUID, list[PastDecision]] = {}
    for row in rows:
        text = {name: _open(work, row, name) for name in ("number", "about", "reason")}
        made = PastDecision(row["at"], row["by_name"], Outcome(row["outcome"]), **text)
        past.setdefault(row["message_id"], []).append(made)
    return past


def forget_texts(host: Host, organisation_id: UUID, message_ids: Collection[UUID]) -> None:
    """Delete what destroyed messages were about; their arrival, their number and who decided stay."""
    with host.transaction(organisation_id) as connection:
        for table, values in ((registrations, {"gone_at": datetime.now(UTC)}), (decisions, {"reason": None})):
            of_messages = (table.c.organisation_id == organisation_id, table.c.message_id.in_(list(message_ids)))
            connection.execute(update(table).where(*of_messages).values(about=None, **values))


def opened(work: Work, row: RowMapping) -> Registration:
    """Return a row with its texts decrypted."""
    return Registration(
        message_id=row["message_id"],
        mailbox_id=row["mailbox_id"],
        case_id=row["case_id"],
        arrived_at=row["arrived_at"],
        late_from=row["late_from"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        settled_at=row["settled_at"],
        settled_by=row["settled_by"],
        number=_open(work, row, "number"),
        about=_open(work, row, "about"),
        hides_sender=row["hides_sender"],
        hides_about=row["hides_about"],
        gone=row["gone_at"] is not None,
    )


def number_word(work: Work, number: str) -> int:
    """Return the keyed hash for finding a number without reading it."""
    (word,) = work.vault.word_hashes(
        work.organisation_id, [f"registration {' '.join(number.casefold().split())}"], work.connection
    )
    return word


def _these(work: Work, message_ids: Collection[UUID]) -> tuple[Any, ...]:
    return registrations.c.organisation_id == work.organisation_id, registrations.c.message_id.in_(list(message_ids))


def _locked(host: Host, work: Work, message_ids: Collection[UUID]) -> Sequence[RowMapping]:
    with host.tables(work) as connection:
        these = (*_these(work, message_ids), IS_OPEN, registrations.c.gone_at.is_(None))
        query, _ = located(*these)
        query = query.order_by(registrations.c.message_id).with_for_update(of=registrations)
        rows = connection.execute(query).mappings().all()
    if not message_ids or len(rows) != len(set(message_ids)):
        raise NotFound(UNKNOWN)
    access = {mailbox_id: require_member(work, mailbox_id) for mailbox_id in {row["mailbox_id"] for row in rows}}
    if any((begin := access[row["mailbox_id"]].since) and row["arrived_at"] < begin for row in rows):
        raise NotFound(UNKNOWN)
    if not all(each.may_answer for each in access.values()):
        raise Forbidden("Du läser åt någon annan och får inte besluta om registrering.")
    return rows


def _decide(host: Host, work: Work, chosen: Iterable[Registration], decision: Decision) -> None:
    at, corrected = datetime.now(UTC), dict[UUID, bool]()
    for each in chosen:
        sealed = {name: _seal(work, each.message_id, name, getattr(decision, name)) for name in ("number", "about")}
        shown = {"hides_sender": decision.hides_sender, "hides_about": decision.hides_about}
        now = {"outcome": decision.outcome.value, **sealed, **shown}
        word = number_word(work, decision.number) if decision.number else None
        entry = {
            "organisation_id": work.organisation_id,
            "message_id": each.message_id,
            "at": at,
            "by_id": work.actor.user_id,
            "by_name": work.actor.name,
            "reason": _seal(work, each.message_id, "reason", decision.reason),
        }
        settled = {} if each.outcome else {"settled_at": at}
        with host.tables(work) as connection:
            changed = update(registrations).where(*_these(work, [each.message_id]))
            connection.execute(changed.values(**now, **settled, settled_by=work.actor.name, number_word=word))
            connection.execute(insert(decisions).values(**entry, **now))
        corrected[each.case_id] = corrected.get(each.case_id, False) or each.outcome is not None
    for case_id, was_corrected in corrected.items():
        kind = CORRECTED if was_corrected else KINDS[decision.outcome]
        note_in_case(work, case_id, kind, by=work.actor.name)


def _seal(work: Work, message_id: UUID, name: str, text: str) -> bytes | None:
    label = f"records-{name}:{message_id}"
    return work.vault.seal_small(work.organisation_id, label, text.encode()) if text else None


def _open(work: Work, row: RowMapping, name: str) -> str:
    if row[name] is None:
        return ""
    return work.vault.open_small(work.organisation_id, f"records-{name}:{row['message_id']}", row[name]).decode()
