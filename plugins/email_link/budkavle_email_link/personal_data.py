"""The personal data that email_link processes: its rows of the register of processing."""

from budkavle import Host, Sentence
from budkavle.organisation import People, PersonalData
from budkavle_email_link.link_settings import LinkRules


def personal_data(host: Host) -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="links",
            title="Länkar till säkra meddelanden",
            purpose="Låta den som inte har konto läsa ett säkert meddelande.",
            people=(People.CORRESPONDENTS,),
            data="Mottagarens e-postadress, när länken skickades, öppnades och påmindes om.",
            kept=Sentence("{days} dagar efter att länken har slutat gälla.", days=host.settings.keep_days),
            recipients=(
                "E-postservern som för e-posten vidare, och mottagarens e-postleverantör. E-posten har "
                "ingen text ur meddelandet."
            ),
            kept_by=((LinkRules, "link_days"),),
        ),
        PersonalData(
            name="mail",
            title="Aviseringar med e-post",
            purpose="Berätta att något har hänt, och att ett e-postmeddelande inte kom fram.",
            people=(People.USERS, People.CORRESPONDENTS),
            data="E-postadress, och om aviseringen kom fram.",
            kept="30 dagar.",
            recipients="E-postservern som för e-posten vidare, och mottagarens e-postleverantör.",
        ),
    ]
