"""An organisation's settings: its sender, whether it sends notices by SMS, and their text."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from msgspec import Struct

from budkavle import ActorScope, Host, Invalid, Organisation, Sentence, Setting, Work
from budkavle.accounts import find_organisation, read_settings
from budkavle_sms.messages import senders
from budkavle_sms.messages.segments import segments
from budkavle_sms.texts import NOTICES, PLACE, notice

MOST_PARTS = 3
"""Largest number of SMS for one notice."""
MOST_LETTERS = 1_000
"""More than any notice may have, so that the error for a long text is given in SMS."""
ONE_SMS = "Det blir ett SMS; {left} tecken till får plats."
SEVERAL_SMS = "Det blir {parts} SMS; {left} tecken till får plats i det sista."
ODD_SIGN = "Tecknet {sign} gör att bara 70 får plats i varje i stället för 160."
EXAMPLE = "Till exempel {name}."
OFFERED = "Ni kan använda {names}."
NOT_YOURS = "Avsändaren är inte er. Använd {names}, eller be den som sköter Budkavle om en egen."


class NoticeSettings(Struct, frozen=True):
    """An organisation's sender and notices; an empty text means the standard one."""

    sender: Annotated[
        str,
        Setting(
            label="Avsändare",
            help="Det som mottagarens telefon visar. 3 till 11 tecken: bokstäver utan å, ä och ö, och siffror.",
            most=20,
        ),
    ] = "Budkavle"
    notices: Annotated[
        bool,
        Setting(
            label="Skicka SMS vid sidan av e-posten",
            help="När ett säkert meddelande går till någon vars mobilnummer avsändaren har angett. "
            "Innehållet nämns aldrig.",
        ),
    ] = False
    text_sv: Annotated[
        str,
        Setting(
            label="Text på svenska",
            help="{organisation} byts mot organisationens namn.",
            most=MOST_LETTERS,
            lines=3,
        ),
    ] = NOTICES["sv"]
    text_en: Annotated[
        str,
        Setting(
            label="Text på engelska",
            help="{organisation} byts mot organisationens namn.",
            most=MOST_LETTERS,
            lines=3,
        ),
    ] = NOTICES["en"]

    def text(self, language: str) -> str:
        """Return the notice's template in a language, on one line."""
        known = "en" if language == "en" else "sv"
        written = self.text_en if known == "en" else self.text_sv
        return " ".join(written.split()) or NOTICES[known]


def notice_settings(host: Host, organisation_id: UUID) -> NoticeSettings:
    """Return the settings of an organisation."""
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        return read_settings(work, NoticeSettings)


def chosen_sender(host: Host, work: Work) -> str:
    """Return the organisation's chosen sender, whether or not it is assigned to it; otherwise the default."""
    return senders.sender(read_settings(work, NoticeSettings).sender or host.settings.sender)


def sender_of(host: Host, work: Work) -> str:
    """Return the sender that phones show: the organisation's own if assigned to it, otherwise the default."""
    chosen = chosen_sender(host, work)
    assigned = assigned_senders(host, find_organisation(work))
    return chosen if not assigned or chosen in assigned else assigned[0]


def assigned_senders(host: Host, organisation: Organisation) -> Sequence[str]:
    """Return the senders that an organisation may use, the default first.

    Returns:
        Nothing if the installation has assigned no senders: then any may be chosen.
    """
    if not host.settings.senders:
        return []
    own = [sender for sender, slug in host.settings.senders.items() if slug == organisation.slug]
    # A sender that the settings file fixes for everybody is the installation's own choice, too.
    fixed = host.platform.settings.fixed.get("sms", {}).get("notices", {}).get("sender", "")
    return [senders.sender(each) for each in (host.settings.sender, fixed, *own) if each]


def faults(host: Host, value: NoticeSettings, organisation: Organisation) -> Mapping[str, str]:
    """Return an error message for each invalid field."""
    return {
        "sender": _sender_fault(value.sender, assigned_senders(host, organisation)),
        "text_sv": text_fault(value.text("sv"), organisation.name),
        "text_en": text_fault(value.text("en"), organisation.name),
    }


def remarks(host: Host, value: NoticeSettings, organisation: Organisation) -> Mapping[str, str]:
    """Return hints: the organisation's senders, or a name that would fit, and how many SMS each text becomes."""
    name, assigned = senders.proposed(organisation.name), assigned_senders(host, organisation)
    example = Sentence(EXAMPLE, name=name) if name else ""
    return {
        "sender": Sentence(OFFERED, names=", ".join(assigned)) if assigned else example,
        "text_sv": becomes(value.text("sv"), organisation.name),
        "text_en": becomes(value.text("en"), organisation.name),
    }


def text_fault(template: str, organisation: str) -> str:
    """Return what is wrong with a notice's template; empty if nothing is."""
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


def becomes(template: str, organisation: str) -> Sentence:
    """Return how many SMS a text becomes, and which character makes each hold less."""
    whole = segments(notice(template, organisation))
    count = len(whole.parts)
    size = Sentence(ONE_SMS, left=whole.left) if count == 1 else Sentence(SEVERAL_SMS, parts=count, left=whole.left)
    return Sentence.joined([size, Sentence(ODD_SIGN, sign=whole.odd)]) if whole.odd else size


def _sender_fault(typed: str, assigned: Sequence[str]) -> str:
    if not typed:
        return ""
    try:
        sender = senders.sender(typed)
    except Invalid as error:
        return error.sentence
    return Sentence(NOT_YOURS, names=", ".join(assigned)) if assigned and sender not in assigned else ""
