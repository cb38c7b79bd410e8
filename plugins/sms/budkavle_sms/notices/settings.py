"""What an organisation decides: its sender, whether it sends notices by SMS, and what they say."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from msgspec import Struct

from budkavle import ActorScope, Host, Invalid, Organisation, Sentence, Setting
from budkavle.accounts import read_settings
from budkavle_sms.messages import senders
from budkavle_sms.messages.segments import segments
from budkavle_sms.texts import NOTICES, PLACE, notice

MOST_PARTS = 3
"""SMS that one notice may become."""
MOST_LETTERS = 1_000
"""More than any notice may have, so that a text that is too long is told of in SMS."""
ONE_SMS = "Det blir ett SMS; {left} tecken till får plats."
SEVERAL_SMS = "Det blir {parts} SMS; {left} tecken till får plats i det sista."
ODD_SIGN = "Tecknet {sign} gör att bara 70 får plats i varje i stället för 160."
EXAMPLE = "Till exempel {name}."


class NoticeSettings(Struct, frozen=True):
    """An organisation's sender and notices; an empty text is the standard one."""

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
        """Return the template of the notice in a language, on one line."""
        known = "en" if language == "en" else "sv"
        written = self.text_en if known == "en" else self.text_sv
        return " ".join(written.split()) or NOTICES[known]


def notice_settings(host: Host, organisation_id: UUID) -> NoticeSettings:
    """Return what holds in an organisation."""
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        return read_settings(work, NoticeSettings)


def sender_of(host: Host, settings: NoticeSettings) -> str:
    """Return the sender that phones show: the organisation's, else the installation's."""
    return senders.sender(settings.sender or host.settings.sender)


def faults(value: NoticeSettings, organisation: Organisation) -> Mapping[str, str]:
    """Say what is wrong with a sender or a text, by field."""
    return {
        "sender": _sender_fault(value.sender),
        "text_sv": text_fault(value.text("sv"), organisation.name),
        "text_en": text_fault(value.text("en"), organisation.name),
    }


def remarks(value: NoticeSettings, organisation: Organisation) -> Mapping[str, str]:
    """Say which sender would fit the organisation, and how many SMS each text becomes."""
    name = senders.proposed(organisation.name)
    return {
        "sender": Sentence(EXAMPLE, name=name) if name else "",
        "text_sv": becomes(value.text("sv"), organisation.name),
        "text_en": becomes(value.text("en"), organisation.name),
    }


def text_fault(template: str, organisation: str) -> str:
    """Say what is wrong with a template of the notice; empty where nothing is."""
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
    """Say how many SMS a text becomes, and which sign makes them shorter."""
    whole = segments(notice(template, organisation))
    count = len(whole.parts)
    size = Sentence(ONE_SMS, left=whole.left) if count == 1 else Sentence(SEVERAL_SMS, parts=count, left=whole.left)
    return Sentence.joined([size, Sentence(ODD_SIGN, sign=whole.odd)]) if whole.odd else size


def _sender_fault(typed: str) -> str:
    if not typed:
        return ""
    try:
        senders.sender(typed)
    except Invalid as error:
        return error.sentence
    return ""
