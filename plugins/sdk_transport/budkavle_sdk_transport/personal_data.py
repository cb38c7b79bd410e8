"""Which personal data sdk handles: its rows of the register of processing."""

from budkavle import Host, Sentence
from budkavle.organisation import People, PersonalData


def personal_data(host: Host) -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="transfers",
            title="Meddelanden med SDK",
            purpose="Utväxla meddelanden med andra organisationer i Säker digital kommunikation.",
            people=(People.CORRESPONDENTS, People.MENTIONED),
            data="Meddelandets innehåll, avsändare och mottagare.",
            kept="Så länge som meddelandet.",
            recipients=("Mottagarens organisation, genom dess accesspunkt. Innehållet är krypterat för mottagaren."),
            special=True,
        ),
        PersonalData(
            name="transfer_log",
            title="Transportlogg",
            purpose="Hitta fel i transporten och svara på frågor om enskilda försändelser.",
            people=(People.CORRESPONDENTS,),
            data="Försändelsens nummer, organisationer, funktionsadresser och tider; inget innehåll.",
            kept=Sentence("{months} månader.", months=host.settings.timing.log_months),
        ),
    ]
