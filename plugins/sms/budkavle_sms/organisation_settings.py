"""An organisation's settings: its sender, whether it sends notices by SMS, and their texts."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from budkavle import Actor, Host, Invalid, Sentence, record
from budkavle.accounts import find_organisation, require_admin
from budkavle_sms.messages import senders
from budkavle_sms.messages.segments import segments
from budkavle_sms.tables import organisations
from budkavle_sms.texts import NOTICES, PLACE, notice

MOST_PARTS = 3
"""SMS that one notice may become."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What an organisation has chosen; empty texts mean the standard ones."""

    sender: str
    notices: bool = False
    text_sv: str = ""
    text_en: str = ""

    def text(self, language: str) -> str:
        """Return the template of the notice in a language."""
        written = self.text_en if language == "en" else self.text_sv
        return written or NOTICES["en" if language == "en" else "sv"]


def own_words(host: Host, organisation_id: UUID) -> OwnWords:
    """Return what an organisation has chosen, or what holds where it has chosen nothing."""
    with host.transaction(organisation_id) as connection:
        query = select(organisations).where(organisations.c.organisation_id == organisation_id)
        row = connection.execute(query).one_or_none()
    if row is None:
        return OwnWords(host.settings.sender)
    return OwnWords(row.sender or host.settings.sender, row.notices, row.text_sv, row.text_en)


def change(host: Host, actor: Actor, typed: OwnWords) -> OwnWords:
    """Change an organisation's words.

    Raises:
        Forbidden: The actor does not administer the organisation.
        Invalid: With a sentence at each field: `sender`, `text_sv`, `text_en`.
    """
    require_admin(actor)
    faults = _faults(host, actor, typed)
    if faults:
        raise Invalid("Inställningarna kunde inte sparas.", fields=faults)
    stored = replace(typed, sender=senders.sender(typed.sender)) if typed.sender else typed
    row = {"sender": stored.sender, "notices": stored.notices, "text_sv": stored.text_sv, "text_en": stored.text_en}
    with host.work(actor) as work:
        write = insert(organisations).values(organisation_id=actor.organisation_id, **row)
        with host.tables(work) as connection:
            connection.execute(write.on_conflict_do_update(index_elements=["organisation_id"], set_=row))
        record(work, "sms.settings-changed", actor.organisation_id, notices=stored.notices)
    return own_words(host, actor.organisation_id)


def _faults(host: Host, actor: Actor, typed: OwnWords) -> dict[str, str]:
    faults: dict[str, str] = {}
    if typed.sender:
        try:
            senders.sender(typed.sender)
        except Invalid as error:
            faults["sender"] = str(error)
    with host.work(actor) as work:
        name = find_organisation(work).name
    for field, template in (("text_sv", typed.text_sv), ("text_en", typed.text_en)):
        if fault := text_fault(template, name):
            faults[field] = fault
    return faults


def text_fault(template: str, organisation: str) -> str:
    """Say what is wrong with a template of the notice; empty where nothing is."""
    if not template:
        return ""
    if "{" in template.replace(PLACE, "") or "}" in template.replace(PLACE, ""):
        return "Texten får bara ha platsen {organisation} inom klammerparenteser."
    if "://" in template or "www." in template.lower():
        return "Texten får inte ha länkar: den som vänjer sig vid länkar i SMS klickar också på falska."
    parts = len(segments(notice(template, organisation)).parts)
    if parts > MOST_PARTS:
        return Sentence(
            "Texten blir {parts} SMS. Korta den till högst {most_parts}.", parts=parts, most_parts=MOST_PARTS
        )
    return ""
