"""The personal data that disclosure handles: its rows for the register of processing."""

from budkavle.organisation import Ground, People, PersonalData
from budkavle_disclosure.access import N_
from budkavle_disclosure.settings import DisclosureSettings


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="lists",
            title=N_("Postlistor"),
            purpose=N_("Lämna ut listor över meddelanden, med det hemliga maskerat."),
            people=(People.CORRESPONDENTS, People.MENTIONED),
            data=N_(
                "Vilka meddelanden som står i listan, vad som maskeras och varför. Innehållet sparas inte en gång till."
            ),
            kept=N_("Tills listan tas bort."),
            recipients=N_("Den som begär handlingarna."),
            special=True,
        ),
        PersonalData(
            name="requests",
            title=N_("Registerutdrag"),
            purpose=N_("Ge den som begär det en kopia av sina uppgifter."),
            people=(People.CORRESPONDENTS, People.MENTIONED),
            data=N_(
                "Namn, nummer och adresser som personen uppger, vad som hör till personen, och paketet med kopian."
            ),
            kept=N_("Paketet så länge som är inställt, personens uppgifter tills begäran har varit avslutad så länge."),
            ground=Ground.LEGAL_OBLIGATION,
            recipients=N_("Personen själv."),
            special=True,
            kept_by=((DisclosureSettings, "keep_days"),),
        ),
    ]
