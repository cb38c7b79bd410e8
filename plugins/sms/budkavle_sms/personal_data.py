"""Which personal data sms handles: its rows of the register of processing."""

from budkavle import Host, Sentence
from budkavle.organisation import People, PersonalData


def personal_data(host: Host) -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="messages",
            title="SMS",
            purpose="Avisera om meddelanden och skicka koder.",
            people=(People.USERS, People.CORRESPONDENTS),
            data="Mobilnummer, och om SMS:et kom fram. Texten tas bort när den har skickats.",
            kept=Sentence("{days} dagar.", days=host.settings.keep_days),
            recipients="SMS-leverantören och teleoperatören.",
        ),
    ]
