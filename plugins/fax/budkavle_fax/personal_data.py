"""Which personal data fax handles: its rows of the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="faxes",
            title="Fax",
            purpose="Skicka och ta emot meddelanden som fax.",
            people=(People.CORRESPONDENTS, People.MENTIONED),
            data="Faxnummer, och innehållet medan det skickas.",
            kept=("Faxjobbet så länge som meddelandet. Numren i brevlådans adressbok tills någon tar bort dem."),
            recipients="Faxservern och teleoperatören. Fax är inte krypterat på telenätet.",
            special=True,
            security=("Krypterat i databasen. På telenätet är fax inte krypterat; därför passar det inte för allt."),
        ),
    ]
