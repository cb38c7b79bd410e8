"""What a plugin says of the personal data that it handles: its lines of the organisation's register of processing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from budkavle.model.settings_sections import N_

SECURITY = N_("Krypterat i databasen. Bara den som har behörighet kommer åt uppgifterna, och åtkomst loggas.")
"""How most data is protected: by what the core does for everything."""


class People(StrEnum):
    """Whose data it is."""

    USERS = N_("Användare i organisationen")
    CORRESPONDENTS = N_("Avsändare och mottagare")
    MENTIONED = N_("Personer som meddelanden handlar om")
    CONTACTS = N_("Kontaktpersoner i andra organisationer")
    SIGNERS = N_("Personer som legitimerar sig")


class Ground(StrEnum):
    """The legal ground that is suggested, by GDPR article 6; the organisation decides."""

    PUBLIC_TASK = N_("Uppgift av allmänt intresse eller myndighetsutövning (artikel 6.1 e)")
    LEGAL_OBLIGATION = N_("Rättslig förpliktelse (artikel 6.1 c)")
    CONTRACT = N_("Avtal (artikel 6.1 b)")
    CONSENT = N_("Samtycke (artikel 6.1 a)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """One processing of personal data: a row of the register that GDPR article 30 asks for.

    All texts are Swedish sentences, which are translation keys. Say what is true of your plugin alone: what the core
    stores of messages, users and events stands in the core's own rows.

    Attributes:
        name: Its word in addresses and in the database, unique in the plugin; it stays.
        title: What people call it.
        purpose: Why the data is handled.
        people: Whose data it is.
        data: What data it is, in words.
        kept: How long it is kept, or what decides that.
        ground: The legal ground that you suggest.
        recipients: Who gets the data, outside of the organisation; empty where nobody does.
        third_countries: Which data leaves the EU and EEA, where to, and by what safeguard; empty where none does.
        security: How it is protected.
        special: Whether it may be data of GDPR article 9 or 10, such as health.
        kept_by: Settings of the organisation that decide how long it is kept, as type and field; the register shows
            the value that holds.

    Example:
        PersonalData(
            name="flights",
            title="Flygningar",
            purpose="Veta vilken duva som bar ett brev.",
            people=(People.CORRESPONDENTS,),
            data="Mottagarens adress och tiden för flygningen.",
            kept="Så länge som meddelandet.",
        )
    """

    name: str
    title: str
    purpose: str
    people: Sequence[People]
    data: str
    kept: str
    ground: Ground = Ground.PUBLIC_TASK
    recipients: str = ""
    third_countries: str = ""
    security: str = SECURITY
    special: bool = False
    kept_by: Sequence[tuple[type[Struct], str]] = ()
