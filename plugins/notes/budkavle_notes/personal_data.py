"""The personal data that notes handle, for the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the row."""
    return [
        PersonalData(
            name="notes",
            title="Anteckningar i ärenden",
            purpose="Låta kollegor skriva till varandra om ett ärende.",
            people=(People.USERS, People.CORRESPONDENTS, People.MENTIONED),
            data="Texten, vem som skrev den och när, och om den har ändrats eller tagits bort.",
            kept="Så länge som ärendet. Texten i en borttagen anteckning förstörs genast.",
            special=True,
        )
    ]
