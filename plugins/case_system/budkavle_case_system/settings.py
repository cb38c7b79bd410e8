"""The plugin's settings: `[plugins.case_system]` of the installation, and those of organisations and mailboxes."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Struct

from budkavle import Actor, Loa, Organisation, Setting, SettingsSection, SettingsTest

RECEIVED, CLOSED, BOTH = "received", "closed", "both"
XML, JSON = "xml", "json"
NO_SECRET = "Anropen skrivs under, så det behövs en hemlighet. Skapa en på sidan Ärendesystem."  # noqa: S105
NO_FOLDER = "Er IT-avdelning har inte valt var mappar får ligga. Be dem ange folder för tillägget case_system."
_FOLDER = re.compile(r"[a-zåäö0-9][a-zåäö0-9_-]{0,39}")


class CaseSystemSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """The settings of the installation.

    Attributes:
        folder: Where the folders are made, one per organisation. None: folders cannot be used.
        timeout_seconds: How long the receiver of a webhook may take.
        plain_http: Whether webhooks may be sent unencrypted, only for tests.
    """

    folder: Path | None = None
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10.0
    plain_http: bool = False


class DeliverySettings(Struct, frozen=True):
    """What is delivered to the case system, and how.

    Attributes:
        former_secret: While a secret is being replaced: the previous one. Both sign.
        folder_level: The highest level of assurance of messages in the folder.
    """

    webhook: Annotated[
        bool,
        Setting(
            label="Skicka webhookar till ärendesystemet",
            help="Ett anrop säger att något har hänt, med id men utan innehåll. Innehållet hämtas med API:et.",
        ),
    ] = False
    url: Annotated[str, Setting(label="Adress för webhookar", help="Adressen börjar med https://.", most=500)] = ""
    secret: Annotated[
        str,
        Setting(
            label="Hemlighet som anropen skrivs under med",
            help="Den börjar med whsec_. Skapa en på sidan Ärendesystem, eller klistra in ärendesystemets.",
            secret=True,
            most=200,
        ),
    ] = ""
    former_secret: Annotated[
        str,
        Setting(
            label="Tidigare hemlighet",
            help="Under ett byte skrivs anropen under med båda. Ta bort den när ärendesystemet har den nya.",
            secret=True,
            most=200,
        ),
    ] = ""
    tells_opened: Annotated[bool, Setting(label="Webhook när ett ärende skapas")] = True
    tells_received: Annotated[bool, Setting(label="Webhook när ett meddelande kommer")] = True
    tells_sent: Annotated[bool, Setting(label="Webhook när ett meddelande skickas")] = True
    tells_closed: Annotated[bool, Setting(label="Webhook när ett ärende avslutas")] = True
    tells_registration: Annotated[
        bool,
        Setting(label="Webhook när ett diarienummer behövs", help="Kräver att registrering är på."),
    ] = True
    folder: Annotated[
        bool,
        Setting(
            label="Lägg meddelanden i en mapp",
            help="Varje meddelande eller ärende blir en mapp med uppgifter, PDF och bilagor. Innehållet ligger i "
            "klartext i mappen tills ärendesystemet har hämtat det.",
        ),
    ] = False
    folder_name: Annotated[
        str,
        Setting(
            label="Mappens namn", help="Små bokstäver, siffror, - och _. Den ligger i organisationens mapp.", most=40
        ),
    ] = "in"
    folder_when: Annotated[
        str,
        Setting(
            label="Vad som läggs i mappen",
            choices={
                RECEIVED: "Varje meddelande som kommer",
                CLOSED: "Varje ärende som avslutas",
                BOTH: "Båda",
            },
        ),
    ] = RECEIVED
    folder_format: Annotated[
        str,
        Setting(
            label="Uppgifternas format",
            choices={XML: "Filen metadata.xml, som är XML", JSON: "Filen metadata.json, som är JSON"},
        ),
    ] = XML
    folder_level: Annotated[
        int,
        Setting(
            label="Högsta tillitsnivå i mappen",
            help="Meddelanden som kräver mer läggs inte där.",
            choices={
                Loa.NONE.value: "Bara meddelanden utan krav",
                Loa.ONE.value: "Tillitsnivå 1",
                Loa.TWO.value: "Tillitsnivå 2",
                Loa.THREE.value: "Tillitsnivå 3",
            },
        ),
    ] = Loa.NONE.value
    folder_confidential: Annotated[
        bool,
        Setting(label="Lägg också meddelanden med sekretess i mappen", help="Annars läggs de inte där."),
    ] = False


def secrets_of(chosen: DeliverySettings) -> list[str]:
    """Return the secrets that sign: the current one, then the former one while it is being replaced."""
    return [secret for secret in (chosen.secret, chosen.former_secret) if secret]


def is_secret(text: str) -> bool:
    """Tell whether a text is a secret of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith("whsec_") and 24 <= len(key) <= 64


def section(
    settings: CaseSystemSettings, run: Callable[[Actor, DeliverySettings, str], Iterator[str]]
) -> SettingsSection[DeliverySettings]:
    """Return the settings section of an organisation and of a mailbox.

    Args:
        settings: Those of the installation.
        run: The test of the saved settings.
    """

    def check(chosen: DeliverySettings, _: Organisation) -> Mapping[str, str]:
        faults, schemes = {}, ("https://", "http://") if settings.plain_http else ("https://",)
        if chosen.webhook and not chosen.url.startswith(schemes):
            faults["url"] = "Adressen ska börja med https:// och ha ett värdnamn."
        if chosen.webhook and not chosen.secret:
            faults["secret"] = NO_SECRET
        for name in ("secret", "former_secret"):
            if (secret := getattr(chosen, name)) and not is_secret(secret):
                faults[name] = "Hemligheten ska börja med whsec_ och därefter ha 24 till 64 byte i base64."
        if chosen.folder and settings.folder is None:
            faults["folder"] = (
                "Er IT-avdelning har inte valt var mappar får ligga. Be dem ange folder för tillägget case_system."
            )
        if chosen.folder and not _FOLDER.fullmatch(chosen.folder_name):
            faults["folder_name"] = "Namnet får ha små bokstäver, siffror, - och _, och inget annat."
        return faults

    return SettingsSection(
        name="delivery",
        type=DeliverySettings,
        title="Leverans till ärendesystem",
        help="Det som kommer in lämnas över till ert ärendesystem, och ni ser att det kom fram.",
        scope="both",
        changed_by="administrators",
        check=check,
        order=120,
        test=SettingsTest(label="Prova", help="Ett anrop av typen test skickas, och en fil skrivs i mappen.", run=run),
    )


TRIAL: Final = "test"
"""The kind of the webhook that a test of the settings sends."""
