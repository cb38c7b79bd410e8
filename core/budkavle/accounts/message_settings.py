"""The core's sections about messages: defaults of a new message, how long it can be undone, and its files."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from msgspec import Struct, defstruct

from budkavle.model.people import Organisation
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import Setting, SettingsSection
from budkavle.settings import Settings

MEGABYTE = 1_000_000
MOST_DAYS = 36_500
"""The most days until a message is destroyed: a hundred years."""
MOST_REMINDER_DAYS = 90
CHANNEL_FILES = "channel_files"
"""The section with the file types for each kind of message."""
_EXTENSION = re.compile(r"[a-z0-9]{1,10}", re.ASCII)


class MessageSettings(Struct, frozen=True):
    """Defaults of a new message, and rules for messages."""

    default_loa: Annotated[
        int,
        Setting(
            label="Förvald tillitsnivå",
            help="Den nivå som är vald när någon börjar skriva ett säkert meddelande. Den som skriver kan välja en "
            "annan.",
            choices={0: "Ingen, den som skriver väljer", 1: "Tillitsnivå 1", 2: "Tillitsnivå 2", 3: "Tillitsnivå 3"},
        ),
    ] = 0
    reply_allowed: Annotated[
        bool,
        Setting(
            label="Mottagaren får svara, om inget annat väljs",
            help="Bestämmer om rutan är ikryssad när någon börjar skriva. Den som skriver kan ändra den.",
        ),
    ] = True
    undo_seconds: Annotated[
        int,
        Setting(
            label="Tid att ångra sig",
            help="Så länge väntar ett meddelande efter Skicka och kan stoppas. 0 skickar genast.",
            unit="sekunder",
            least=0,
            most=120,
        ),
    ] = 10
    approval_from_loa: Annotated[
        int,
        Setting(
            label="En kollega godkänner från",
            help="Ett meddelande på den nivån eller högre väntar tills en annan medlem av funktionsbrevlådan har "
            "godkänt det. Det gäller inte det som skickas från en personlig inkorg.",
            choices={
                0: "Ingen, allt skickas på en gång",
                1: "Tillitsnivå 1",
                2: "Tillitsnivå 2",
                3: "Tillitsnivå 3",
            },
        ),
    ] = 0

    retention_days: Annotated[
        int,
        Setting(
            label="Dagar tills ett meddelande försvinner",
            help="Ett meddelande finns kvar så många hela dagar efter den dag då det kom eller skickades. Natten "
            "därefter förstörs det och går aldrig att läsa igen, var det än ligger. 0 betyder att inget försvinner. "
            "En funktionsbrevlåda kan ha ett eget antal dagar.",
            unit="dagar",
            least=0,
            most=MOST_DAYS,
        ),
    ] = 0
    reminder_days: Annotated[
        int,
        Setting(
            label="Påminnelse innan meddelanden försvinner",
            help="Så många dagar i förväg får de som läser brevlådan ett mejl, högst ett i veckan, och ärendet säger "
            "samma sak. Mejlet säger hur många meddelanden det gäller och när, aldrig vad som står i dem. 0 betyder "
            "att ingen påminns. En funktionsbrevlåda kan ha ett eget antal dagar.",
            unit="dagar",
            least=0,
            most=MOST_REMINDER_DAYS,
        ),
    ] = 0


class MailboxMessageSettings(Struct, frozen=True):
    """Rules for the messages of a function mailbox."""

    retention_days: Annotated[
        int,
        Setting(
            label="Dagar tills ett meddelande försvinner",
            help="Ett meddelande finns kvar så många hela dagar efter den dag då det kom eller skickades. Natten "
            "därefter förstörs det och går aldrig att läsa igen. 0 betyder att brevlådan följer organisationen.",
            unit="dagar",
            least=0,
            most=MOST_DAYS,
        ),
    ] = 0
    reminder_days: Annotated[
        int,
        Setting(
            label="Påminnelse innan meddelanden försvinner",
            help="Så många dagar i förväg får brevlådans medlemmar ett mejl, högst ett i veckan, och ärendet säger "
            "samma sak. 0 betyder att brevlådan följer organisationen.",
            unit="dagar",
            least=0,
            most=MOST_REMINDER_DAYS,
        ),
    ] = 0


class FileSettings(Struct, frozen=True):
    """What may be attached, in addition to the limits of each kind of message."""

    largest_mb: Annotated[
        int,
        Setting(
            label="Största filen",
            help="En större fil tas inte emot när någon bifogar den. Installationens egen gräns gäller också.",
            unit="MB",
            least=1,
            most=10_000,
        ),
    ] = 100
    most_files: Annotated[
        int,
        Setting(
            label="Flest filer i ett meddelande",
            help="Fler bilagor än så går inte att skicka i samma meddelande.",
            unit="filer",
            least=1,
            most=1_000,
        ),
    ] = 50
    extensions: Annotated[
        str,
        Setting(
            label="Filtyper som får bifogas",
            help="Filändelser med mellanrum emellan, till exempel pdf docx png. Tomt betyder alla utom program.",
            most=500,
        ),
    ] = ""

    picture_metadata: Annotated[
        bool,
        Setting(
            label="Behåll dolda uppgifter i filer",
            help="Annars tas plats, kamera och namn bort ur de bilder som någon bifogar, och författare, organisation, "
            "mall, tider och egna egenskaper ur PDF-, Word-, Excel-, PowerPoint- och OpenDocument-filer. Det som syns "
            "i filen ändras inte. Signerade och låsta filer, filer vars signatur bifogas i en egen fil, och det som "
            "kommer in från andra, sparas alltid som de är.",
        ),
    ] = False
    """Applies to all kinds of files; stored under the name of the first kind."""

    def allows(self, file_name: str) -> bool:
        """Tell whether a file with this extension may be attached."""
        allowed = extensions_of(self.extensions)
        return not allowed or file_name.rpartition(".")[2].lower() in allowed


def channel_files_section(channels: Mapping[str, str]) -> SettingsSection[Any]:
    """Return the section with a field for each kind of message of the installation.

    Args:
        channels: The label of each kind, by the name of its transport or family.
    """
    return _channel_files(tuple(channels.items()))


@cache
def _channel_files(channels: tuple[tuple[str, str], ...]) -> SettingsSection[Any]:
    fields: list[Any] = [
        (
            _field_of(name),
            Annotated[
                str,
                Setting(label=label, help="Tomt betyder de filtyper som får bifogas i alla meddelanden.", most=500),
            ],
            "",
        )
        for name, label in channels
    ]
    return SettingsSection(
        name=CHANNEL_FILES,
        type=defstruct("ChannelFileSettings", fields, frozen=True, module=__name__),
        title="Filtyper per meddelandesätt",
        help="Vilka filer som får bifogas i ett visst slags meddelande. Skriv filändelser med mellanrum emellan, till "
        "exempel pdf docx. Filerna ska också vara tillåtna under Filer.",
        check=_check_channel_files,
        order=26,
    )


def _field_of(channel: str) -> str:
    return "types_" + re.sub(r"[^a-z0-9]", "_", channel.lower())


def allowed_in_channel(settings: Struct, channel: str, file_name: str) -> bool:
    """Tell whether a file with this extension may be attached to a kind of message.

    Args:
        settings: The values of the section `CHANNEL_FILES`.
        channel: The name of the transport or family.
        file_name: The file's name.
    """
    allowed = extensions_of(getattr(settings, _field_of(channel), ""))
    return not allowed or file_name.rpartition(".")[2].lower() in allowed


def extensions_of(text: str) -> list[str]:
    """Return the typed file extensions, without dots and in lower case."""
    return [word.lower().removeprefix(".") for word in re.split(r"[\s,;]+", text) if word]


def message_sections(settings: Settings) -> tuple[SettingsSection[Any], ...]:
    """Return the sections, for `core_sections`."""
    largest = -(-settings.uploads.max_bytes // MEGABYTE)
    return (
        SettingsSection(
            name="messages",
            type=MessageSettings,
            title="Meddelanden",
            help="Vad ett nytt meddelande börjar med, hur länge det går att ångra, och när meddelanden försvinner.",
            defaults=MessageSettings(undo_seconds=settings.undo_seconds),
            order=15,
        ),
        SettingsSection(
            name="mailbox_messages",
            type=MailboxMessageSettings,
            title="När meddelanden försvinner",
            help="Hur länge brevlådans meddelanden finns kvar.",
            scope="mailbox",
            order=15,
        ),
        SettingsSection(
            name="files",
            type=FileSettings,
            title="Filer",
            help="Hur stora och vilka filer som får bifogas.",
            defaults=FileSettings(largest, settings.uploads.max_files),
            check=_check_files,
            order=25,
        ),
    )


def _check_files(value: FileSettings, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001 - as checks are called
    return {"extensions": _ending_fault(value.extensions)}


def _check_channel_files(value: Struct, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001 - as checks are called
    return {name: _ending_fault(getattr(value, name)) for name in value.__struct_fields__}


def _ending_fault(text: str) -> str:
    wrong = [word for word in extensions_of(text) if not _EXTENSION.fullmatch(word)]
    return Sentence("{word} är ingen filändelse. Skriv till exempel pdf docx png.", word=wrong[0]) if wrong else ""
