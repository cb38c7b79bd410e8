"""The sentences about the log of reading."""

from budkavle.organisation import People, PersonalData

EVENT_WORDS = {
    "files.opened": "{user} öppnade något i Filer",
}


def personal_data() -> list[PersonalData]:
    """Return the rows of the register of processing."""
    return [
        PersonalData(
            name="readings",
            title="Vem som har öppnat filer",
            purpose="Kunna se i efterhand vem som har tagit del av en fil eller en anteckning.",
            people=(People.USERS, People.CORRESPONDENTS),
            data="Vem som har öppnat vilken version, och när; vem som skriver i en anteckning just nu.",
            kept="Så länge som filen eller anteckningen finns.",
        ),
    ]
