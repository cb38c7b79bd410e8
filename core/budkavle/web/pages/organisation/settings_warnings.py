"""Settings that destroy messages: what a change does is said first, and done when it is confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from budkavle.accounts.message_settings import MailboxMessageSettings, MessageSettings
from budkavle.accounts.stored_settings import SectionValues, read_settings, require_changer
from budkavle.cases import retention
from budkavle.model.settings_sections import fields_of
from budkavle.model.times import day_in_words
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.forms import Form
from budkavle.web.views.delivery_status import N_

CONFIRMED = "confirmed"
"""The button that says yes to what a change destroys: its value is the number of days that was shown."""
AGAIN = N_("Visa vem du är igen, innan du ändrar när meddelanden förstörs.")
WARNING = N_(
    "Det som kom eller skickades före {day} försvinner nästa natt. Antal meddelanden: {number}. "
    "De går aldrig att läsa igen."
)
_SECTIONS: frozenset[type[Any]] = frozenset({MessageSettings, MailboxMessageSettings})


@dataclass(frozen=True, slots=True)
class Lowered:
    """A lower number of days, and what it destroys next night."""

    days: int
    effect: retention.Disappearing


def find_lowered(
    work: Work, values: SectionValues[Any], changes: Mapping[str, object] | None, mailbox_id: UUID | None
) -> Lowered | None:
    """Return what a change of settings destroys; None where it brings no lower number of days.

    Args:
        work: The unit of work; its actor wants to make the change.
        values: The section, and the values that hold.
        changes: As `write_settings` takes them.
        mailbox_id: The mailbox; None for the organisation.
    """
    if values.section.type not in _SECTIONS or retention.FIELD in values.section.fixed:
        return None
    require_changer(work, values.section, mailbox_id)
    days = values.section.usual.retention_days if changes is None else changes.get(retention.FIELD)
    (field,) = [field for field in fields_of(values.section.type) if field.name == retention.FIELD]
    if not isinstance(days, int) or field.fault(days):
        return None
    before = values.value.retention_days
    if mailbox_id is not None:
        of_organisation = read_settings(work, MessageSettings).retention_days
        before, days = before or of_organisation, days or of_organisation
    if not days or 0 < before <= days:
        return None
    return Lowered(days, retention.disappearing(work, days, mailbox_id))


def needs_yes(visitor: Visitor, lowered: Lowered, form: Form) -> bool:
    """Tell whether a change is to be confirmed first: it destroys something, and nobody has said yes to that.

    Raises:
        StepUp: The visitor has not shown who they are for a while.
    """
    require_fresh(visitor, AGAIN)
    return bool(lowered.effect.messages) and form.get(CONFIRMED) != str(lowered.days)


def warning(visitor: Visitor, lowered: object, *, usual: bool) -> dict[str, Any]:
    """Return what fragments/settings_form.html says of a change that is to be confirmed."""
    if not isinstance(lowered, Lowered):
        return {"warned": ""}
    day = day_in_words(lowered.effect.before, visitor.language)
    sentence = visitor.say(WARNING, day=day, number=lowered.effect.messages)
    return {"warned": sentence, "confirmed_name": CONFIRMED, "days": lowered.days, "usual": usual}


def what_holds(visitor: Visitor, values: SectionValues[Any], mailbox_id: UUID | None) -> str:
    """Say after how many days messages disappear now; nothing of sections that do not decide it."""
    if values.section.type not in _SECTIONS:
        return ""
    with visitor.work() as work:
        of_organisation = read_settings(work, MessageSettings).retention_days
        now = retention.present(work)
    days = of_organisation if mailbox_id is None else values.value.retention_days or of_organisation
    if not days:
        return visitor.say("Nu gäller: meddelanden försvinner inte av sig själva.")
    day = day_in_words(retention.first_kept(now, days) + timedelta(days=1), visitor.language)
    return visitor.say(
        "Nu gäller {days} dagar. Nästa natt försvinner det som kom eller skickades före {day}.", days=days, day=day
    )
