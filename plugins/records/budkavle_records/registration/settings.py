"""The registration settings of an organisation or a mailbox."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

from msgspec import Struct

from budkavle import Organisation, Setting, SettingsSection


class RegistrationSettings(Struct, frozen=True):
    """Whether incoming messages are to be registered, and by when.

    Attributes:
        closed: Days on which the organisation is closed, in ISO 8601 format, one per line.
    """

    on: Annotated[
        bool,
        Setting(
            label="Varje meddelande som kommer in ska registreras",
            help="Meddelanden som kommer från och med nu får en tid som de ska vara registrerade till, eller ha ett "
            "beslut om att inte registreras. De står under Att registrera tills det är gjort.",
        ),
    ] = False
    days: Annotated[
        int,
        Setting(
            label="Registreras senast efter",
            help="Räknas från den dag då meddelandet kom. Med 1 ska det vara gjort innan nästa arbetsdag är slut.",
            unit="arbetsdagar",
            least=1,
            most=30,
        ),
    ] = 1
    closed: Annotated[
        str,
        Setting(
            label="Dagar då ni har stängt",
            help="En dag på varje rad, som 2027-05-07. Helgdagar, midsommarafton, julafton och nyårsafton räknas redan "
            "som lediga.",
            most=2_000,
            lines=4,
        ),
    ] = ""
    personal: Annotated[
        bool,
        Setting(
            label="Också i användarnas egna inkorgar",
            help="Gäller organisationens inställning. Varje användare ser bara sina egna meddelanden.",
        ),
    ] = False
    remind: Annotated[
        bool,
        Setting(
            label="Påminn brevlådans medlemmar på morgonen",
            help="Ett e-postbrev på arbetsdagar, till dem som är med i brevlådan, om det finns något som blir försenat "
            "den dagen.",
        ),
    ] = True
    remind_at: Annotated[
        int, Setting(label="Klockslag för påminnelsen", help="Hel timme.", unit="", least=5, most=12)
    ] = 7


def closed_days(settings: RegistrationSettings) -> frozenset[date]:
    """Return the days on which the organisation is closed."""
    return frozenset(date.fromisoformat(line) for line in settings.closed.split())


def _check(chosen: RegistrationSettings, _: Organisation) -> Mapping[str, str]:
    try:
        closed_days(chosen)
    except ValueError:
        return {"closed": "Skriv en dag på varje rad, med år, månad och dag, som 2027-05-07."}
    return {}


SECTION: Final = SettingsSection(
    name="registration",
    type=RegistrationSettings,
    title="Registrering",
    help="När det som kommer in ska vara registrerat, och vem som påminns.",
    scope="both",
    check=_check,
    order=110,
)
