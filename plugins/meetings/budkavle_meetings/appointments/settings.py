"""A mailbox's settings for its page "Välj en tid"."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Struct

from budkavle import Organisation, Setting
from budkavle_meetings.appointments.opening_hours import Rhythm, read_hours


def N_(word: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a word that is translated where it is shown."""
    return word


EXCHANGE, CALDAV = "exchange", "caldav"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WRONG_HOURS = "Skriv tiderna som 09:00–12:00, 13:00–16:00, i ordning. Tomt: stängt."
ADDRESS = re.compile(r"[^\s@/?#]{1,64}@[A-Za-z0-9.-]{1,253}\Z")


class AppointmentSettings(Struct, frozen=True):
    """The section Välj en tid of a function mailbox."""

    on: Annotated[
        bool,
        Setting(label="Låt människor boka en tid", help="Sidan har en egen adress, som alla når som har den."),
    ] = False
    text: Annotated[
        str,
        Setting(label="Text på sidan", help="Vad tiderna är till för, och vad man förbereder.", most=1_000, lines=4),
    ] = ""
    monday: Annotated[str, Setting(label="Måndag", help="Som 09:00–12:00, 13:00–16:00.", most=200)] = ""
    tuesday: Annotated[str, Setting(label="Tisdag", most=200)] = ""
    wednesday: Annotated[str, Setting(label="Onsdag", most=200)] = ""
    thursday: Annotated[str, Setting(label="Torsdag", most=200)] = ""
    friday: Annotated[str, Setting(label="Fredag", most=200)] = ""
    saturday: Annotated[str, Setting(label="Lördag", most=200)] = ""
    sunday: Annotated[str, Setting(label="Söndag", most=200)] = ""
    length: Annotated[timedelta, Setting(label="Mötets längd", unit="minuter", least=5, most=480)] = timedelta(
        minutes=30
    )
    pause: Annotated[timedelta, Setting(label="Paus efter varje möte", unit="minuter", least=0, most=120)] = timedelta(
        0
    )
    notice: Annotated[
        timedelta,
        Setting(label="Bokas senast", help="Så lång tid före mötet.", unit="timmar", least=0, most=720),
    ] = timedelta(hours=24)
    furthest: Annotated[
        timedelta, Setting(label="Bokas tidigast", help="Så många dagar före mötet.", unit="dagar", least=1, most=365)
    ] = timedelta(days=30)
    kind: Annotated[
        str,
        Setting(
            label="Typ av möte",
            help="Typen ska vara på i organisationens inställningar.",
            choices={"room": "Eget mötesrum", "teams": N_("Teams"), "jitsi": N_("Jitsi"), "livekit": N_("LiveKit")},
        ),
    ] = "room"
    loa: Annotated[
        int,
        Setting(
            label="Tillitsnivå",
            help="Den som bokar visar vem den är, och visar det igen för att komma in i mötet.",
            choices={1: "Tillitsnivå 1", 2: "Tillitsnivå 2", 3: "Tillitsnivå 3"},
        ),
    ] = 2
    way: Annotated[
        str,
        Setting(
            label="Sätt att legitimera sig",
            help="Bara sätt som organisationen använder och som når tillitsnivån visas.",
            choices={
                "": "Den som bokar väljer",
                "email": "Kod med e-post",
                "sms": "Kod med SMS",
                "bankid": N_("BankID"),
                "freja": N_("Freja"),
            },
        ),
    ] = ""
    reminder: Annotated[
        timedelta,
        Setting(label="Påminn före mötet", help="0: ingen påminnelse.", unit="timmar", least=0, most=168),
    ] = timedelta(hours=24)
    reminder_by_sms: Annotated[
        bool, Setting(label="Påminn även med SMS", help="Till den som har skrivit sitt mobilnummer.")
    ] = True
    calendar: Annotated[
        str,
        Setting(
            label="Kalender",
            help="Tider som är upptagna i kalendern erbjuds inte. Ingenting ur kalendern sparas.",
            choices={"": "Ingen", EXCHANGE: N_("Exchange"), CALDAV: N_("CalDAV")},
        ),
    ] = ""
    calendar_address: Annotated[
        str,
        Setting(
            label="Kalenderns adress",
            help="Exchange: e-postadressen. CalDAV: kalenderns egen adress, som börjar med https://.",
            most=500,
        ),
    ] = ""
    calendar_user: Annotated[str, Setting(label="Användarnamn för CalDAV", most=200)] = ""
    calendar_password: Annotated[str, Setting(label="Lösenord för CalDAV", secret=True, most=500)] = ""

    @property
    def rhythm(self) -> Rhythm:
        """How times follow each other."""
        return Rhythm(self.length, self.pause, self.notice)


def check(chosen: AppointmentSettings, _: Organisation) -> Mapping[str, str]:
    """Return an error message for each invalid field."""
    faults: dict[str, str] = {}
    for day in DAYS:
        try:
            read_hours(getattr(chosen, day))
        except ValueError:
            faults[day] = WRONG_HOURS
    if chosen.on and not any(getattr(chosen, day).strip() for day in DAYS):
        faults[DAYS[0]] = "Skriv tider för minst en dag."
    if chosen.calendar == EXCHANGE and not ADDRESS.match(chosen.calendar_address):
        faults["calendar_address"] = "Skriv en e-postadress."
    if chosen.calendar == CALDAV and not _is_https(chosen.calendar_address):
        faults["calendar_address"] = "Adressen ska börja med https:// och ha ett värdnamn."
    return faults


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not parts.username
