"""Which personal data scim handles: its rows of the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="directory",
            title="Användare från organisationens katalog",
            purpose="Skapa, ändra och stänga konton efter organisationens egen katalog.",
            people=(People.USERS,),
            data=(
                "Namn, e-postadress, avdelning och andra uppgifter som katalogen skickar, grupper och deras medlemmar."
            ),
            kept="Så länge som katalogen har kvar användaren.",
        ),
    ]
