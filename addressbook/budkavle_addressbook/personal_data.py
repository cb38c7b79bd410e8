"""The personal data that addressbook handles, for the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="contacts",
            title="Kontakter",
            purpose="Hitta mottagare igen.",
            people=(People.CORRESPONDENTS, People.CONTACTS),
            data="Namn, adresser och nummer som användare har sparat.",
            kept="Tills någon tar bort kontakten, eller kontot eller brevlådan den hör till.",
        ),
        PersonalData(
            name="national",
            title="Den nationella adressboken",
            purpose="Hitta andra organisationers funktionsadresser.",
            people=(People.CONTACTS,),
            data="Organisationer och funktioner; en beskrivning kan nämna en kontaktperson.",
            kept="Tills adressboken ändras hos Digg: kopian läses om med några timmars mellanrum.",
        ),
    ]
