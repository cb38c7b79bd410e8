"""Which personal data teams handles: its rows of the register of processing."""

from budkavle.organisation import People, PersonalData

ABROAD = "Microsoft kan behandla uppgifterna utanför EU och EES enligt organisationens eget avtal med Microsoft."


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
        PersonalData(
            name="notices",
            title="Aviseringar i Microsoft Teams",
            purpose="Visa den som själv har valt det att något har kommit till en brevlåda.",
            people=(People.USERS,),
            data=(
                "Användar-id i organisationens Microsoft-katalog, krypterat, och hur det gick med den senaste"
                " aviseringen."
            ),
            kept="Så länge som personen vill bli aviserad.",
            recipients="Microsoft får brevlådans namn, att något är nytt och ett ärendes id. Inget ur meddelanden.",
            third_countries=ABROAD,
        ),
        PersonalData(
            name="shared_texts",
            title="Texter ur chattar i Microsoft Teams",
            purpose="Lägga texten ur ett meddelande i en chatt i ett utkast, när någon väljer Skicka säkert.",
            people=(People.USERS,),
            data="Texten, krypterad, som bara den kan läsa som valde den.",
            kept="Högst tio minuter. Därefter finns texten bara i utkastet.",
            recipients="Ingen. Microsoft har redan texten i chatten.",
            third_countries=ABROAD,
        ),
    ]
