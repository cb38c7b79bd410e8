"""What an organisation has chosen: when its faxes may go, and what its covers say of sensitive content."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from budkavle import Actor, Host, Invalid, record
from budkavle.accounts import require_admin
from budkavle_fax.documents.cover import NOTE
from budkavle_fax.tables import organisations

ZONE: Final = ZoneInfo("Europe/Stockholm")
LONGEST_NOTE: Final = 300
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Rules:
    """The organisation's choice.

    Attributes:
        from_hour: The first hour in which faxes may go, 0 to 23, Swedish time.
        to_hour: The hour at which they may no longer, 1 to 24.
        weekdays: Whether they wait over Saturdays and Sundays.
        note: What covers say of sensitive content; empty for nothing.
    """

    from_hour: int = 0
    to_hour: int = 24
    weekdays: bool = False
    note: str = NOTE

    def wait(self, now: datetime) -> timedelta:
        """Return how long a fax waits until it may go; nothing where it may go now."""
        local = now.astimezone(ZONE)
        opens = local
        if local.hour >= self.to_hour or self._closed(local):
            opens = self._at(local + timedelta(days=1))
        elif local.hour < self.from_hour:
            opens = self._at(local)
        while self._closed(opens):
            opens = self._at(opens + timedelta(days=1))
        return opens.astimezone(now.tzinfo) - now

    def _closed(self, local: datetime) -> bool:
        return self.weekdays and local.weekday() >= SATURDAY

    def _at(self, local: datetime) -> datetime:
        return datetime.combine(local.date(), time(self.from_hour), ZONE)


def rules(host: Host, organisation_id: UUID) -> Rules:
    """Return an organisation's choice, or what holds until it has chosen."""
    query = select(organisations).where(organisations.c.organisation_id == organisation_id)
    with host.transaction(organisation_id) as connection:
        row = connection.execute(query).one_or_none()
    return Rules(row.from_hour, row.to_hour, row.weekdays, row.note) if row else Rules()


def change(host: Host, actor: Actor, typed: Rules) -> None:
    """Keep an administrator's choice.

    Raises:
        Invalid: With a sentence at the field.
    """
    require_admin(actor)
    faults = {}
    if not 0 <= typed.from_hour < typed.to_hour <= 24:
        faults["to_hour"] = "Välj en sluttid som är senare än starttiden."
    if len(typed.note) > LONGEST_NOTE:
        faults["note"] = f"Texten är för lång. Korta den till högst {LONGEST_NOTE} tecken."
    if faults:
        raise Invalid("Inställningarna kunde inte sparas.", fields=faults)
    row = {name: getattr(typed, name) for name in typed.__slots__}
    with host.work(actor) as work:
        write = insert(organisations).values(organisation_id=actor.organisation_id, **row)
        with host.tables(work) as connection:
            connection.execute(write.on_conflict_do_update(index_elements=["organisation_id"], set_=row))
        record(work, "fax.rules-changed", actor.organisation_id)
