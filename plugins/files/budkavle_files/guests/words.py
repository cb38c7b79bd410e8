"""The sentences about shares with guests."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows of the register of processing."""
    return [
        PersonalData(
            name="guests",
            title="Gäster i Filer",
            purpose="Låta en person utan konto nå det som någon delar, och ingen annan.",
            people=(People.CORRESPONDENTS,),
            data=(
                "Gästens namn, e-postadress, mobilnummer och personnummer, krypterat; roll, tillitsnivå och sista dag."
            ),
            kept="Tills delningen slutar.",
        ),
    ]
