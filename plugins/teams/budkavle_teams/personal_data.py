"""Which personal data teams handles: its rows of the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="sign_in",
            title="Inloggning i Microsoft Teams",
            purpose="Låta den som är inloggad i Teams komma in utan att logga in igen.",
            people=(People.USERS,),
            data="Namn, e-postadress och användar-id i organisationens Microsoft-katalog.",
            kept=("Under inloggningen, högst en timme. Kopplingen till kontot så länge som kontot har den."),
            recipients="Microsoft, som redan har uppgifterna. Inget ur meddelanden skickas.",
            third_countries=(
                "Microsoft kan behandla inloggningsuppgifter utanför EU och EES enligt organisationens eget"
                " avtal med Microsoft."
            ),
        ),
    ]
