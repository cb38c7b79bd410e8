"""An organisation's settings for its links: how long they are valid, reminders, and texts of the mails."""

from typing import Annotated

from msgspec import Struct

from budkavle import Setting, SettingsSection
from budkavle_email_link.settings import EmailLinkSettings


class LinkRules(Struct, frozen=True):
    """How long links are valid, and what their mails say, for readers without an account."""

    link_days: Annotated[
        int,
        Setting(
            label="Länken går att öppna i",
            help="Därefter får mottagaren veta att den har gått ut, och avsändaren att ingen öppnade den.",
            unit="dagar",
            least=1,
            most=3650,
        ),
    ] = 30
    remind_days: Annotated[
        int,
        Setting(
            label="Påminn efter",
            help="Så länge efter mejlet går en påminnelse till den som inte har öppnat. 0 skickar ingen.",
            unit="dagar",
            least=0,
            most=365,
        ),
    ] = 7
    reminders: Annotated[
        int,
        Setting(
            label="Högst så många påminnelser",
            help="Fler går inte, även om meddelandet fortfarande är oöppnat.",
            unit="påminnelser",
            least=0,
            most=100,
        ),
    ] = 2
    notice_sv: Annotated[
        str,
        Setting(
            label="Text i notisen på svenska",
            help="Står först i mejlet, före hur meddelandet öppnas. Skriv inga uppgifter om någon.",
            lines=3,
            most=500,
        ),
    ] = ""
    notice_en: Annotated[
        str,
        Setting(
            label="Text i notisen på engelska",
            help="Samma sak för den som får mejlet på engelska.",
            lines=3,
            most=500,
        ),
    ] = ""
    open_text_sv: Annotated[
        str,
        Setting(
            label="Öppet meddelande på svenska, när avsändaren inte skriver något",
            help="Läses okrypterat i mejlet. Tomt visar inget.",
            lines=3,
            most=500,
        ),
    ] = ""
    open_text_en: Annotated[
        str,
        Setting(
            label="Öppet meddelande på engelska, när avsändaren inte skriver något",
            help="Samma sak för den som får mejlet på engelska.",
            lines=3,
            most=500,
        ),
    ] = ""

    def notice(self, language: str) -> str:
        """Return the organisation's text for the notice; empty if it has none."""
        return (self.notice_en if language == "en" else self.notice_sv).strip()

    def open_text(self, language: str) -> str:
        """Return the default open text, used if the sender has written none."""
        return (self.open_text_en if language == "en" else self.open_text_sv).strip()


def link_section(settings: EmailLinkSettings) -> SettingsSection[LinkRules]:
    """Return the section; its defaults come from the installation's settings file."""
    return SettingsSection(
        name="links",
        type=LinkRules,
        title="Länkar till mottagare utan konto",
        help="Hur länge länkar gäller, påminnelser, och vad mejlen säger.",
        defaults=LinkRules(settings.link_days, settings.remind_days, settings.reminders),
        order=16,
    )
