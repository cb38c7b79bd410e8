"""The personal data that siem handles, for the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="stream",
            title="Händelseloggen till ett övervakningssystem",
            purpose="Upptäcka intrång och missbruk.",
            people=(People.USERS,),
            data="Händelseloggens rader: vem som gjorde vad och när.",
            kept=("Sparas inte här utöver händelseloggen. Mottagaren bestämmer hur länge den behåller raderna."),
            recipients="Det övervakningssystem som organisationen eller installationen har angett.",
        ),
    ]
