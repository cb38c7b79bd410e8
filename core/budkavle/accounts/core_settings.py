"""The core's own settings sections."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from msgspec import Struct

from budkavle.accounts.closed_accounts.settings import closed_account_section
from budkavle.accounts.message_settings import message_sections
from budkavle.accounts.profile import profile_sections
from budkavle.model.people import Organisation
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import Setting, SettingsSection
from budkavle.networks import first_that_is_none
from budkavle.settings import Settings


class SignOutSettings(Struct, frozen=True):
    """When people are signed out."""

    session_idle_minutes: Annotated[
        int,
        Setting(
            label="Logga ut den som inte gör något efter",
            help="Den som är på väg att loggas ut får en varning två minuter innan.",
            unit="minuter",
            least=1,
            most=24 * 60,
        ),
    ] = 60
    session_absolute_minutes: Annotated[
        int,
        Setting(
            label="Logga ut alla efter, vad de än gör",
            help="Till exempel 720 för tolv timmar, en lång arbetsdag.",
            unit="minuter",
            least=5,
            most=7 * 24 * 60,
        ),
    ] = 12 * 60


class SignInSettings(Struct, frozen=True):
    """Requirements for signing in."""

    code_beside_password: Annotated[
        bool,
        Setting(
            label="Kräv en kod från en app av den som loggar in med lösenord",
            help="Den som ännu inte har någon kod slår på en efter nästa inloggning, och når inget annat förrän det är "
            "gjort. E-legitimationer och passkeys behöver ingen kod.",
        ),
    ] = False
    sure_administrators: Annotated[
        bool,
        Setting(
            label="Låt bara den administrera som har loggat in med passkey eller på tillitsnivå 3",
            help="En administratör som har loggat in på något annat sätt är en vanlig användare till dess. Det gäller "
            "inte nödkontot, och inte där det inte finns något sådant sätt att logga in.",
        ),
    ] = False
    new_password_by_mail: Annotated[
        bool,
        Setting(
            label="Den som har glömt sitt lösenord får välja ett nytt med en länk i e-post",
            help="Länken gäller i en halvtimme och en gång. En kod från en app krävs ändå av den som har en. Är det "
            "här avstängt ger en administratör ett engångslösenord.",
        ),
    ] = True


NEW_SIGN_IN: Final = {"code_beside_password": True, "sure_administrators": True}
"""The initial settings of a new organisation; existing organisations keep theirs."""


class AdministrationSettings(Struct, frozen=True):
    """The networks from which administration is open."""

    networks: Annotated[
        str,
        Setting(
            label="Nätverk som administrationen öppnas från",
            help="En adress eller ett nätverk på varje rad, till exempel 10.1.0.0/16 eller 2001:db8:1::/48. Är fältet "
            "tomt öppnas den varifrån som helst.",
            lines=4,
        ),
    ] = ""


NETWORKS_HELP = (
    "Utanför nätverken är en administratör en vanlig användare: ärenden går att läsa och besvara, men inget går att "
    "administrera."
)
UNKNOWN_ADDRESSES_HELP = (
    "Obs: alla ser ut att komma från samma adress, eftersom er proxyserver inte är betrodd. Be er IT-avdelning ange "
    "den i trusted_proxies först. Utanför nätverken är en administratör en vanlig användare."
)


class BinSettings(Struct, frozen=True):
    """How long binned cases can be restored."""

    bin_days: Annotated[
        int,
        Setting(
            label="Dagar i papperskorgen",
            help="Därefter gallras ärendet: innehållet förstörs och går inte att få tillbaka.",
            unit="dagar",
            least=0,
            most=3650,
        ),
    ] = 30


class CaseSettings(Struct, frozen=True):
    """How messages find their case."""

    join_by_reference: Annotated[
        bool,
        Setting(
            label="Lägg meddelanden i det ärende som de nämner",
            help="Ett svar i en ny tråd eller på ett annat sätt hamnar i rätt ärende om det nämner ärendets nummer, "
            "till exempel [2026-0012] eller ärende 2026-0012, eller ert eget diarienummer, till exempel dnr KS 2026/7. "
            "Det gäller inom samma funktionsbrevlåda. Den som skriver får inte veta något om ärendet, och ärendets "
            "logg säger hur meddelandet kom dit.",
        ),
    ] = True


def knows_addresses(settings: Settings) -> bool:
    """Tell whether browsers' own addresses are known: https always means that a proxy is in front of us."""
    return bool(settings.trusted_proxies) or not settings.base_url.startswith("https://")


def judge_networks(text: str) -> str:
    """Return an error for the first line that is not a network; empty if all are."""
    line = first_that_is_none(text)
    return Sentence("{line} är varken en adress eller ett nätverk. Skriv som 10.1.0.0/16.", line=line) if line else ""


def _judge_administration(value: AdministrationSettings, _organisation: Organisation) -> Mapping[str, str]:
    fault = judge_networks(value.networks)
    return {"networks": fault} if fault else {}


def core_sections(settings: Settings) -> tuple[SettingsSection[Any], ...]:
    """Return the core's sections; the installation's values are the defaults of its organisations."""
    sessions = settings.sessions
    return (
        SettingsSection(
            name="sign_in",
            type=SignInSettings,
            title="Inloggning",
            help="Vad som krävs av den som loggar in.",
            order=5,
        ),
        SettingsSection(
            name="administration",
            type=AdministrationSettings,
            title="Administrationens nätverk",
            help=NETWORKS_HELP if knows_addresses(settings) else UNKNOWN_ADDRESSES_HELP,
            check=_judge_administration,
            order=7,
        ),
        SettingsSection(
            name="sign_out",
            type=SignOutSettings,
            title="Utloggning",
            help="Hur länge en inloggning gäller.",
            defaults=SignOutSettings(sessions.idle_minutes, sessions.absolute_hours * 60),
            order=10,
        ),
        SettingsSection(
            name="cases", type=CaseSettings, title="Ärenden", help="Hur ett svar hittar till sitt ärende.", order=20
        ),
        SettingsSection(
            name="bin",
            type=BinSettings,
            title="Papperskorg och gallring",
            help="Hur länge det som har tagits bort finns kvar.",
            defaults=BinSettings(settings.bin_days),
            order=30,
        ),
        closed_account_section(),
        *profile_sections(),
        *message_sections(settings),
    )
