"""The personal data that proof handles, for the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="proofs",
            title="Leveransbevis",
            purpose="Kunna visa att ett meddelande har skickats och tagits emot.",
            people=(People.CORRESPONDENTS, People.USERS),
            data=(
                "Adresser, tider och rader ur händelseloggen om ett meddelande; inget innehåll. Beviset "
                "sparas inte här, det lämnas till den som hämtar det."
            ),
            kept="Bevisen sparas inte. Att ett bevis har hämtats står i händelseloggen.",
            recipients="Den som hämtar beviset lämnar det vidare själv.",
        ),
    ]
