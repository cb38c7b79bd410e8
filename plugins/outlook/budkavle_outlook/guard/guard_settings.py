"""An organisation's settings for the guard."""

from typing import Annotated

from msgspec import Struct

from budkavle import Setting, SettingsSection


class GuardSettings(Struct, frozen=True):
    """Whether the guard checks mails before Outlook sends them, and how strict it is."""

    on: Annotated[
        bool,
        Setting(
            label="Läs vanliga mejl innan de skickas",
            help="Skrivs ett personnummer eller ett ord ur rådgivarens ordlista visas en varning. Det gäller dem som "
            "har tillägget i Outlook. Texten lämnar inte den egna datorn.",
        ),
    ] = True
    recipients: Annotated[
        bool,
        Setting(
            label="Varna också för mottagare som kan få säkra meddelanden",
            help="Det vill säga de som har konto här, eller vars organisation finns i SDK. Annars nämns de bara när "
            "texten har gett en varning. Adresserna skickas till den här tjänsten och sparas inte.",
        ),
    ] = False
    send_anyway: Annotated[
        bool,
        Setting(
            label="Den som skriver får skicka ändå",
            help="Utan det stoppas mejlet tills texten är ändrad. I äldre Outlook stoppas det alltid.",
        ),
    ] = True


SECTION = SettingsSection(
    name="guard",
    type=GuardSettings,
    title="Varning i Outlook",
    help="Tillägget i Outlook varnar när ett vanligt mejl borde skickas säkert, och öppnar rutan där det kan "
    "skickas så.",
)
