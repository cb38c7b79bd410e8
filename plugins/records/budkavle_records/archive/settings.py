"""The archive settings of an organisation and of each mailbox."""

from typing import Annotated

from msgspec import Struct

from budkavle import Setting, SettingsSection

LAW = "Offentlighets- och sekretesslagen (2009:400)"


class ArchiveSettings(Struct, frozen=True):
    """What every package states about the delivery, and how long packages are kept."""

    archive: Annotated[
        str, Setting(label="Arkivets namn", help="Står i varje paket som den som tar emot.", most=200)
    ] = ""
    agreement: Annotated[
        str,
        Setting(
            label="Överenskommelse om leverans",
            help="Numret på er överenskommelse med arkivet, om ni har en.",
            most=200,
        ),
    ] = ""
    reference_code: Annotated[
        str, Setting(label="Referenskod", help="Var i arkivet leveransen hör hemma, om arkivet vill ha det.", most=200)
    ] = ""
    scheme: Annotated[
        str,
        Setting(
            label="Klassificeringsschema",
            help="Namnet på schemat som klasserna i hanteringsplanen kommer från, till exempel KLASSA 2.0.",
            most=200,
        ),
    ] = ""
    keep_days: Annotated[
        int,
        Setting(
            label="Dagar som paket finns kvar efter kvittens",
            help="Sedan tas paketen bort härifrån. Ärendena påverkas inte.",
            unit="dagar",
            least=1,
            most=3650,
        ),
    ] = 30


class SecrecySettings(Struct, frozen=True):
    """The secrecy rule that a package states for confidential content."""

    regulation: Annotated[
        str,
        Setting(
            label="Sekretessbestämmelse",
            help="Anges i paketen för meddelanden som är markerade som känsliga. Till exempel OSL 26 kap. 1 §.",
            most=200,
        ),
    ] = LAW


SECTIONS = (
    SettingsSection(
        name="archive",
        type=ArchiveSettings,
        title="Leverans till arkiv",
        scope="organisation",
        changed_by="administrators",
    ),
    SettingsSection(name="secrecy", type=SecrecySettings, title="Sekretess i arkivpaket", scope="both"),
)
