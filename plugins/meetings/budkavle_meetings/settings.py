"""An organisation's settings for meetings."""

from datetime import timedelta
from typing import Annotated

import msgspec

from budkavle import Setting

MEMBERS, ADMINISTRATORS = "members", "administrators"


class MeetingSettings(msgspec.Struct, frozen=True):
    """The section Möten."""

    who_books: Annotated[
        str,
        Setting(
            label="Vilka som bokar möten",
            help="Gäller varje brevlåda. Den som bokar en tid på brevlådans egen sida påverkas inte.",
            choices={MEMBERS: "Alla som är med i brevlådan", ADMINISTRATORS: "Brevlådans administratörer"},
        ),
    ] = MEMBERS
    own_room: Annotated[
        bool,
        Setting(label="Använd det egna mötesrummet", help="Video i webbläsaren, utan någon annans system."),
    ] = True
    usual_kind: Annotated[
        str,
        Setting(
            label="Typ av möte som är vald från början",
            help="Andra typer slås på under Möten i Teams, Möten i Jitsi och Möten i LiveKit.",
            choices={"room": "Eget mötesrum", "teams": "Teams", "jitsi": "Jitsi", "livekit": "LiveKit"},
        ),
    ] = "room"
    least_loa: Annotated[
        int,
        Setting(
            label="Lägsta tillitsnivå",
            help="Bara sätt att legitimera sig som når nivån kan väljas. Sätten väljs under Inloggningsmetoder.",
            choices={1: "Tillitsnivå 1", 2: "Tillitsnivå 2", 3: "Tillitsnivå 3"},
        ),
    ] = 1
    text: Annotated[
        str,
        Setting(
            label="Text i inbjudan",
            help="Står sist i varje inbjudan, som vart man ringer om det inte fungerar. Skriv inga personuppgifter.",
            most=1_000,
            lines=4,
        ),
    ] = ""
    open_after: Annotated[
        timedelta,
        Setting(
            label="Mötet är öppet efter sluttiden",
            help="Så länge kan man vara kvar, och komma tillbaka. Ingen kommer in tidigare än fem minuter före"
            " starten.",
            unit="minuter",
            least=0,
            most=240,
        ),
    ] = timedelta(minutes=30)
