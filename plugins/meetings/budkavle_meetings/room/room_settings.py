"""An organisation's settings for its own meeting room: the chat and the relay."""

import re
from collections.abc import Mapping
from typing import Annotated

import msgspec

from budkavle import Organisation, Setting, SettingsSection

_ADDRESS = re.compile(r"(stun|stuns|turn|turns):[A-Za-z0-9.\-\[\]:]+(\?transport=(udp|tcp))?")
LEAST_SECRET = 32


class RoomSettings(msgspec.Struct, frozen=True):
    """The section Mötesrummet."""

    keep_chat: Annotated[
        bool,
        Setting(
            label="Spara chatten i ärendet",
            help="Då står den i ärendet så länge som mötet: ett år, eller tills ärendet gallras. Deltagarna får veta "
            "det i förväg. Annars kastas den när mötet är slut.",
        ),
    ] = False
    addresses: Annotated[
        str,
        Setting(
            label="Reläets adresser",
            help="En på varje rad, som turns:relay.exempel.se:443?transport=tcp. Utan relä når deltagare bakom strikta "
            "brandväggar inte varandra.",
            most=2_000,
            lines=4,
        ),
    ] = ""
    secret: Annotated[
        str,
        Setting(
            label="Reläets delade hemlighet",
            help="Samma som static-auth-secret hos coturn. Webbläsarna får den aldrig, bara uppgifter som upphör.",
            secret=True,
            most=200,
        ),
    ] = ""
    only: Annotated[
        bool,
        Setting(
            label="Använd alltid reläet",
            help="Då ser deltagarna inte varandras nätadresser, och all bild och allt ljud går krypterat genom det.",
        ),
    ] = False


def faults_of(value: RoomSettings, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001 - as checks are called
    """Return an error message for each invalid field."""
    faults = {}
    addresses = value.addresses.split()
    relays = [address for address in addresses if address.startswith("turn")]
    if not all(_ADDRESS.fullmatch(address) for address in addresses):
        faults["addresses"] = "Varje adress börjar med stun:, turn: eller turns: och har ett värdnamn."
    if relays and len(value.secret) < LEAST_SECRET:
        faults["secret"] = "Ett relä behöver en delad hemlighet med minst 32 tecken."  # noqa: S105 - a sentence
    if value.only and not relays:
        faults["only"] = "Skriv reläets adress först: utan den når ingen någon."
    return faults


SECTION = SettingsSection(name="room", type=RoomSettings, title="Mötesrummet", check=faults_of)
