"""Which personal data message_api handles: its rows of the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="systems",
            title="System som skickar och hämtar meddelanden",
            purpose=(
                "Låta organisationens egna system skicka och ta emot meddelanden, och skicka genom en annan"
                " meddelandetjänst."
            ),
            people=(People.CORRESPONDENTS, People.MENTIONED),
            data="Meddelandets innehåll, avsändare och mottagare.",
            kept=("Meddelandet så länge som i brevlådan; vad systemet har skickat så länge som meddelandet."),
            recipients=(
                "De system som organisationen har gett en nyckel till, och den meddelandetjänst som den har anslutit."
            ),
            special=True,
        ),
    ]
