"""The personal data that a plugin processes: its rows of the organisation's register of processing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from budkavle.model.settings_sections import N_

SECURITY = N_("Krypterat i databasen. Bara den som har behörighet kommer åt uppgifterna, och åtkomst loggas.")
"""The protection that the core gives to all data."""


class People(StrEnum):
    """The categories of data subjects."""

    USERS = N_("Användare i organisationen")
    CORRESPONDENTS = N_("Avsändare och mottagare")
    MENTIONED = N_("Personer som meddelanden handlar om")
    CONTACTS = N_("Kontaktpersoner i andra organisationer")
    SIGNERS = N_("Personer som legitimerar sig")


class Ground(StrEnum):
    """The suggested legal basis, by GDPR article 6; the organisation decides."""

    PUBLIC_TASK = N_("Uppgift av allmänt intresse eller myndighetsutövning (artikel 6.1 e)")
    LEGAL_OBLIGATION = N_("Rättslig förpliktelse (artikel 6.1 c)")
    CONTRACT = N_("Avtal (artikel 6.1 b)")
    CONSENT = N_("Samtycke (artikel 6.1 a)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """One processing of personal data: a row of the register that GDPR article 30 asks for.

    All texts are Swedish sentences, which are translation keys. Describe your plugin only: the core's own rows
    cover what the core stores of messages, users and events.

    Attributes:
        name: Its name in URLs and in the database, unique in the plugin; never change it.
        title: Its display name.
        purpose: Why the data is processed.
        people: The categories of data subjects.
        data: A description of the data.
        kept: How long it is kept, or what decides that.
        ground: The suggested legal basis.
        recipients: The recipients of the data outside of the organisation; empty if there are none.
        third_countries: Which data leaves the EU and EEA, to where, and with which safeguard; empty if none does.
        security: How it is protected.
        special: Whether it may be data of GDPR article 9 or 10, such as health.
        kept_by: Settings of the organisation that decide how long it is kept, as type and field; the register shows
            the current value.

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
