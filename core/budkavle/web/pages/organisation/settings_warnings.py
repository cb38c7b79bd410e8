"""Settings that destroy something: a change is explained first, and done when it is confirmed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from budkavle.accounts.core_settings import AdministrationSettings, SignInSettings
from budkavle.accounts.message_settings import MailboxMessageSettings, MessageSettings
from budkavle.accounts.stored_settings import NOT_SAVED, SectionValues, read_settings, require_changer
from budkavle.cases import retention
from budkavle.model.errors import Invalid
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import SettingsLoss, fields_of
from budkavle.model.times import day_in_words
from budkavle.networks import network_of, opens_from
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.devices import network_address
from budkavle.web.http.forms import Form
from budkavle.web.required_code import signs_in_surely
from budkavle.web.views.delivery_status import N_

CONFIRMED = "confirmed"
"""The button that confirms what a change destroys; its value is the mark of the change that was shown."""
AGAIN = N_("Visa vem du är igen, innan du ändrar när något förstörs.")
TOO_WEAK = N_("Logga in med passkey eller på tillitsnivå 3 innan du slår på det här, så att du inte stänger dig ute.")
WARNING = N_(
    "Det som kom eller skickades före {day} försvinner nästa natt. Antal meddelanden: {number}. "
    "De går aldrig att läsa igen."
)
HINT = N_("Ändra talet och spara, eller bekräfta att meddelandena ska förstöras.")
UNKNOWN_PLACE = (
    "Då stänger du ute dig själv: det går inte att se vilken adress du kommer från. Be er IT-avdelning ange er"
    " proxyserver i trusted_proxies först."
)
LOCKED_OUT = "Då stänger du ute dig själv: din adress är {address}. Lägg till den, eller det nätverk som den hör till."
BUTTON = N_("Spara och förstör meddelandena")
_SECTIONS: frozenset[type[Any]] = frozenset({MessageSettings, MailboxMessageSettings})


def find_loss(
    visitor: Visitor,
    work: Work,
    values: SectionValues[Any],
    changes: Mapping[str, object] | None,
    mailbox_id: UUID | None,
) -> SettingsLoss | None:
    """Return what a change of settings destroys; None if it destroys nothing, now or later.

    Args:
        visitor: The administrator who makes the change.
        work: The visitor's unit of work.
        values: The section and its current values.
        changes: As `write_settings` takes them.
        mailbox_id: The mailbox; None for the organisation.
    """
    if values.section.destroys is not None:
        require_changer(work, values.section, mailbox_id)
        after = _changed(values, changes)
        return values.section.destroys(work, values.value, after) if after is not None else None
    if values.section.type not in _SECTIONS or retention.FIELD in values.section.fixed:
        return None
    require_changer(work, values.section, mailbox_id)
    return _lost_messages(visitor, work, values, changes, mailbox_id)


def refuse_lockout(visitor: Visitor, written: Any) -> None:
    """Stop administrators from locking themselves out: they must be able to undo the change.

    Args:
        visitor: The administrator who makes the change; their unit of work is not committed yet.
        written: The settings of a section after the change.

    Raises:
        Invalid: After the change, administration would be closed to the visitor's address, or need a surer sign-in than
            theirs; `fields` says so.
    """
    address = network_address(visitor.request)
    if isinstance(written, AdministrationSettings) and not opens_from(
        address, visitor.platform.settings.administration_networks, written.networks.split()
    ):
        sentence = Sentence(LOCKED_OUT, address=address) if network_of(address) else UNKNOWN_PLACE
        raise Invalid(NOT_SAVED, fields={"networks": sentence})
    asks = isinstance(written, SignInSettings) and written.sure_administrators
    if asks and not signs_in_surely(visitor.platform, visitor.session):
        raise Invalid(NOT_SAVED, fields={"sure_administrators": TOO_WEAK})


def _changed(values: SectionValues[Any], changes: Mapping[str, object] | None) -> Any:
    """Return the values with the changes; None if one of them is invalid."""
    section = values.section
    if changes is None:
        return section.usual
    usual = {name: getattr(section.usual, name) for name, value in changes.items() if value is None}
    new = {name: value for name, value in {**changes, **usual}.items() if name not in section.fixed}
    if any(field.fault(new[field.name]) for field in fields_of(section.type) if field.name in new):
        return None
    return msgspec.structs.replace(values.value, **new)


def _lost_messages(
    visitor: Visitor,
    work: Work,
    values: SectionValues[Any],
    changes: Mapping[str, object] | None,
    mailbox_id: UUID | None,
) -> SettingsLoss | None:
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
    effect = retention.disappearing(work, days, mailbox_id)
    day = day_in_words(effect.before, visitor.language)
    sentence = visitor.say(WARNING, day=day, number=effect.messages) if effect.messages else ""
    return SettingsLoss(mark=str(days), sentence=sentence, hint=HINT, button=BUTTON)


def needs_yes(visitor: Visitor, loss: SettingsLoss, form: Form) -> bool:
    """Tell whether a change must be confirmed first: it destroys something, and is not confirmed yet.

    Raises:
        StepUp: The visitor has not identified recently.
    """
    require_fresh(visitor, AGAIN)
    return bool(loss.sentence) and form.get(CONFIRMED) != loss.mark


def warning(visitor: Visitor, loss: object, *, usual: bool) -> dict[str, Any]:
    """Return the context for fragments/settings_form.html about a change to confirm."""
    if not isinstance(loss, SettingsLoss):
        return {"warned": ""}
    return {
        "warned": visitor.say(loss.sentence),
        "warned_hint": visitor.say(loss.hint) if loss.hint else "",
        "confirmed_name": CONFIRMED,
        "confirmed_mark": loss.mark,
        "confirm_text": visitor.say(loss.button),
        "usual": usual,
    }


def what_holds(visitor: Visitor, values: SectionValues[Any], mailbox_id: UUID | None) -> str:
    """Say after how many days messages are destroyed now; empty for sections that do not decide this."""
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
