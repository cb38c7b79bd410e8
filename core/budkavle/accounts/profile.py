"""An organisation's information, statements and licence, as settings sections.

Everybody may read all of it, and guests see most of it.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Struct

from budkavle import colours
from budkavle.model.input_rules.email_addresses import is_email
from budkavle.model.input_rules.swedish_numbers import organisation_number
from budkavle.model.people import Organisation
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import Setting, SettingsSection
from budkavle.model.times import ZONE, read_day

WRONG_EMAIL = "Skriv en e-postadress, till exempel kontakt@kommunen.se."
WRONG_NUMBER = "Skriv ett organisationsnummer med tio siffror, till exempel 212000-0142. Kontrollera siffrorna."
WRONG_COLOUR = "Skriv färgen som # och sex tecken (0–9 och a–f), till exempel #0b5566."
TOO_LIGHT = "Färgen är för ljus: vit text syns inte på den. Närmaste som går är #{colour}."
WRONG_DATE = "Skriv ett datum så här: 2026-11-27."
WRONG_ADDRESS = "Skriv en webbadress som börjar med https://."
UNLIMITED = "0 betyder att inget är avtalat."
STATUSES = {
    "": "Inte bedömd än",
    "full": "Helt förenlig med lagen",
    "partial": "Delvis förenlig med lagen",
    "none": "Inte förenlig med lagen",
}
_METHODS = {
    "own": "Vi har själva granskat tjänsten",
    "own_expert": "En expert hos oss har granskat tjänsten",
    "outside": "En extern granskare har granskat tjänsten",
}


class InformationSettings(Struct, frozen=True):
    """The organisation's details and contact information."""

    number: Annotated[str, Setting(label="Organisationsnummer", help="Tio siffror.", most=20)] = ""
    address: Annotated[str, Setting(label="Postadress", most=300, lines=3)] = ""
    email: Annotated[str, Setting(label="E-post", most=254)] = ""
    phone: Annotated[str, Setting(label="Telefon", most=40)] = ""
    website: Annotated[str, Setting(label="Webbplats", help="Börjar med https://.", most=200)] = ""
    contact: Annotated[
        str,
        Setting(
            label="Så kontrollerar mottagaren att ett meddelande är äkta",
            help="Står på mottagarens sida och i mejl. Till exempel: Är du osäker, ring vår växel på 010-900 10 00.",
            most=300,
        ),
    ] = ""
    colour: Annotated[
        str,
        Setting(
            label="Färg",
            help="Knappar och länkar hos mottagare utan konto, och i mejl. Sex tecken, till exempel #0b5566.",
            most=7,
        ),
    ] = ""
    dpo_name: Annotated[str, Setting(label="Dataskyddsombudets namn", most=200)] = ""
    dpo_email: Annotated[str, Setting(label="Dataskyddsombudets e-post", most=254)] = ""
    dpo_phone: Annotated[str, Setting(label="Dataskyddsombudets telefon", most=40)] = ""
    support: Annotated[
        str,
        Setting(
            label="Support för användare",
            help="Står på sidan Hjälp för dem som är inloggade. Till exempel vart de ringer, och när.",
            most=500,
            lines=3,
        ),
    ] = ""


class AccessibilitySettings(Struct, frozen=True):
    """The parts of the accessibility statement (law 2018:1937 and MDFFS 2019:2) that the organisation chooses.

    Texts in English may be left empty; the English page then shows the Swedish ones, marked as such.
    """

    status: Annotated[
        str,
        Setting(
            label="Hur tillgänglig är tjänsten?",
            help="En person bedömer. En automatisk kontroll kan aldrig ensam visa att allt är förenligt.",
            choices=STATUSES,
        ),
    ] = ""
    shortcomings: Annotated[
        str,
        Setting(
            label="Vad som inte är tillgängligt, och varför",
            help="Alla kända brister. En rad för varje.",
            most=5_000,
            lines=8,
        ),
    ] = ""
    shortcomings_en: Annotated[str, Setting(label="Vad som inte är tillgängligt, på engelska", most=5_000, lines=8)] = (
        ""
    )
    burden: Annotated[
        str,
        Setting(
            label="Undantag som oskäligt betungande (12 §), med skäl",
            help="Lämna tomt om ni inte åberopar något.",
            most=3_000,
            lines=5,
        ),
    ] = ""
    burden_en: Annotated[str, Setting(label="Undantag enligt 12 §, på engelska", most=3_000, lines=5)] = ""
    outside: Annotated[str, Setting(label="Innehåll som inte omfattas av lagen (9 §)", most=3_000, lines=5)] = ""
    outside_en: Annotated[str, Setting(label="Innehåll enligt 9 §, på engelska", most=3_000, lines=5)] = ""
    method: Annotated[str, Setting(label="Så har tjänsten granskats", choices=_METHODS)] = "own"
    assessed_on: Annotated[str, Setting(label="Senaste bedömning", help="Datum, till exempel 2026-11-27.", most=10)] = (
        ""
    )
    email: Annotated[
        str,
        Setting(
            label="E-post för den som stöter på brister",
            help="Lämna tomt för organisationens vanliga e-post.",
            most=254,
        ),
    ] = ""


class LicenceSettings(Struct, frozen=True):
    """An organisation's agreement with the operator of the installation; 0 and empty mean that nothing is agreed."""

    users: Annotated[int, Setting(label="Användare", help=UNLIMITED, unit="konton", least=0, most=10_000_000)] = 0
    mailboxes: Annotated[
        int, Setting(label="Funktionsbrevlådor", help=UNLIMITED, unit="brevlådor", least=0, most=1_000_000)
    ] = 0
    storage: Annotated[int, Setting(label="Lagring", help=UNLIMITED, unit="GB", least=0, most=10_000_000)] = 0
    channels: Annotated[
        str,
        Setting(label="Kanaler", help="De kanaler som ingår, med kommatecken mellan. Tomt betyder alla.", most=500),
    ] = ""
    until: Annotated[
        str,
        Setting(label="Gäller till och med", help="Datum, till exempel 2027-12-31. Tomt: tills vidare.", most=10),
    ] = ""
    note: Annotated[str, Setting(label="Anteckning", help="Till exempel avtalets nummer.", most=300)] = ""


class ProcessingSettings(Struct, frozen=True):
    """The organisation's own texts in its register of processing, in addition to the rows."""

    joint: Annotated[
        str,
        Setting(
            label="Gemensamt personuppgiftsansvariga",
            help="Står överst i registret över behandlingar. Lämna tomt om ni är ensamma ansvariga.",
            most=1_000,
            lines=3,
        ),
    ] = ""
    processor: Annotated[
        str,
        Setting(
            label="Personuppgiftsbiträde",
            help="Den som driver Budkavle åt er, och avtalets nummer. Står överst i registret över behandlingar.",
            most=1_000,
            lines=3,
        ),
    ] = ""
    security: Annotated[
        str,
        Setting(
            label="Tekniska och organisatoriska säkerhetsåtgärder",
            help="Det som gäller alla behandlingar. Står överst i registret över behandlingar.",
            lines=5,
        ),
    ] = (
        "Innehållet är krypterat med en egen nyckel för varje meddelande. Åtkomst ges efter behörighet och loggas. "
        "Den som läser känsliga uppgifter legitimerar sig på den tillitsnivå som avsändaren har valt."
    )
    additions: Annotated[
        str,
        Setting(
            label="Andra behandlingar och tillägg",
            help="Det som inget tillägg säger, till exempel utskrifter. Står sist i registret över behandlingar.",
            lines=5,
        ),
    ] = ""


def information_faults(value: InformationSettings, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001
    """Return the errors in the information, by field."""
    faults = {name: WRONG_EMAIL for name in ("email", "dpo_email") if not _is_email(getattr(value, name))}
    if value.number and not organisation_number(value.number):
        faults["number"] = WRONG_NUMBER
    if value.website and not re.fullmatch(r"https://[^\s/]+\.[^\s]+", value.website):
        faults["website"] = WRONG_ADDRESS
    if value.colour and (fault := _colour_fault(value.colour)):
        faults["colour"] = fault
    return faults


def accessibility_faults(value: AccessibilitySettings, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001
    """Return the errors in the statement, by field."""
    faults = {} if _is_email(value.email) else {"email": WRONG_EMAIL}
    assessed_on = read_day(value.assessed_on)
    if assessed_on is None and (value.assessed_on or value.status):
        faults["assessed_on"] = WRONG_DATE if value.assessed_on else "Skriv när tjänsten bedömdes."
    if assessed_on and assessed_on > datetime.now(ZONE).date():
        faults["assessed_on"] = "Dagen då tjänsten bedömdes ska ha varit."
    if value.status in {"partial", "none"} and not value.shortcomings.strip():
        faults["shortcomings"] = "Skriv vad som inte är tillgängligt, och varför."
    return faults


def licence_faults(value: LicenceSettings, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001
    """Return the errors in the licence, by field."""
    return {"until": WRONG_DATE} if value.until and read_day(value.until) is None else {}


def profile_sections() -> tuple[SettingsSection[Any], ...]:
    """Return the sections, for `core_sections`."""
    return (
        SettingsSection(
            name="information",
            type=InformationSettings,
            title="Organisationens uppgifter",
            help="Adress, kontakt, dataskyddsombud och support.",
            changed_by="administrators",
            check=information_faults,
            order=5,
        ),
        SettingsSection(
            name=ACCESSIBILITY,
            type=AccessibilitySettings,
            title="Tillgänglighetsredogörelse",
            help="Hur tillgänglig tjänsten är, enligt lagen om tillgänglighet till digital offentlig service.",
            changed_by="administrators",
            check=accessibility_faults,
            order=6,
        ),
        SettingsSection(
            name=PROCESSING,
            type=ProcessingSettings,
            title="Behandling av personuppgifter",
            help="Det som organisationen själv säger i registret över behandlingar.",
            changed_by="administrators",
            order=8,
        ),
        SettingsSection(
            name="licence",
            type=LicenceSettings,
            title="Licens",
            help="Vad organisationen har avtalat. Installationens administratörer ändrar det.",
            changed_by="installation",
            check=licence_faults,
            order=7,
        ),
    )


ACCESSIBILITY, PROCESSING = "accessibility", "processing"
ON_THEIR_OWN_PAGES = (ACCESSIBILITY, PROCESSING)
"""The sections with long texts: only the requests for their own pages read them."""


def _colour_fault(text: str) -> str:
    colour = colours.read_colour(text)
    if not colour:
        return WRONG_COLOUR
    nearest = colours.for_light(colour)
    return Sentence(TOO_LIGHT, colour=nearest) if nearest != colour else ""


def _is_email(text: str) -> bool:
    return not text or is_email(text)
