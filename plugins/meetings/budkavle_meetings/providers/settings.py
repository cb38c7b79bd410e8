"""An organisation's settings for its room providers."""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Struct

from budkavle import Organisation, Setting
from budkavle_meetings.providers.minter import SHORTEST_SECRET

TOO_SHORT = "Hemligheten är för kort. Den ska ha minst 32 tecken."
NOT_FILLED_IN = "Fyll i fälten och spara först."
NO_ADDRESS = "Adressen ska börja med https:// och ha ett värdnamn."
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_ACCOUNT = re.compile(r"[^\s@/?#]{1,64}@[A-Za-z0-9.-]{1,253}\Z")


class TeamsRooms(Struct, frozen=True):
    """The organisation's application in Microsoft Entra ID, and the account in which meetings are created."""

    on: Annotated[bool, Setting(label="Använd Teams för möten")] = False
    tenant: Annotated[
        str, Setting(label="Katalog-id (tenant)", help="Står på programmets sida i Entra ID.", most=36)
    ] = ""
    client_id: Annotated[
        str, Setting(label="Program-id (klient)", help="Står på programmets sida i Entra ID.", most=36)
    ] = ""
    client_secret: Annotated[
        str, Setting(label="Klienthemlighet", help="Värdet, inte hemlighetens id.", secret=True, most=200)
    ] = ""
    account: Annotated[
        str,
        Setting(
            label="Konto som mötena skapas i",
            help="Kontots adress i Teams. Tomt: mötet skapas hos den som kallar, med samma e-postadress som här.",
            most=254,
        ),
    ] = ""


class JitsiRooms(Struct, frozen=True):
    """The organisation's Jitsi, which admits everyone with a token."""

    on: Annotated[bool, Setting(label="Använd Jitsi för möten")] = False
    url: Annotated[str, Setting(label="Adress", help="Som https://video.kommun.example.", most=500)] = ""
    app_id: Annotated[str, Setting(label="Program-id", help="Det som Jitsi kallar app_id.", most=100)] = ""
    secret: Annotated[
        str, Setting(label="Hemlighet", help="Det som Jitsi kallar app_secret. Minst 32 tecken.", secret=True, most=500)
    ] = ""


class LiveKitRooms(Struct, frozen=True):
    """The organisation's LiveKit, and the page that shows its rooms."""

    on: Annotated[bool, Setting(label="Använd LiveKit för möten")] = False
    url: Annotated[str, Setting(label="Serverns adress", help="Som https://livekit.kommun.example.", most=500)] = ""
    page: Annotated[
        str,
        Setting(
            label="Adress till LiveKit Meet",
            help="Sidan som visar rummet, som https://moten.kommun.example.",
            most=500,
        ),
    ] = ""
    key: Annotated[str, Setting(label="API-nyckel", most=100)] = ""
    secret: Annotated[str, Setting(label="Hemlighet", help="Minst 32 tecken.", secret=True, most=500)] = ""


def check_teams(chosen: TeamsRooms, _: Organisation) -> Mapping[str, str]:
    """Return an error message for each invalid field."""
    faults: dict[str, str] = {}
    for name in ("tenant", "client_id"):
        if (value := getattr(chosen, name)) and not _GUID.match(value):
            faults[name] = "Skriv ett id som 1f0c9f6e-5f0d-4d2e-9a50-0d8c2b1a7e11."
    if chosen.account and not _ACCOUNT.match(chosen.account):
        faults["account"] = "Skriv en e-postadress."
    if chosen.on:
        faults |= _missing(chosen, "tenant", "client_id", "client_secret")
    return faults


def check_jitsi(chosen: JitsiRooms, _: Organisation) -> Mapping[str, str]:
    """Return an error message for each invalid field."""
    faults = _address_faults(chosen, "url") | _secret_fault(chosen.secret)
    return faults | (_missing(chosen, "url", "app_id", "secret") if chosen.on else {})


def check_livekit(chosen: LiveKitRooms, _: Organisation) -> Mapping[str, str]:
    """Return an error message for each invalid field."""
    faults = _address_faults(chosen, "url", "page") | _secret_fault(chosen.secret)
    return faults | (_missing(chosen, "url", "page", "key", "secret") if chosen.on else {})


def _missing(chosen: Struct, *names: str) -> dict[str, str]:
    return {name: "Fyll i fältet." for name in names if not getattr(chosen, name)}


def _secret_fault(secret: str) -> dict[str, str]:
    return {"secret": TOO_SHORT} if secret and len(secret.encode()) < SHORTEST_SECRET else {}


def _address_faults(chosen: Struct, *names: str) -> dict[str, str]:
    return {name: NO_ADDRESS for name in names if (url := getattr(chosen, name)) and not _is_address(url)}


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and bool(parts.hostname)
        and not (parts.username or parts.query or parts.fragment)
        and port != 0
    )
