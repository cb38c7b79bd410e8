"""The core's own rows of the register of processing; the plugins' rows come from `budkavle_personal_data`."""

from budkavle.accounts.closed_accounts.settings import ClosedAccountSettings
from budkavle.accounts.core_settings import BinSettings, SignOutSettings
from budkavle.accounts.message_settings import MessageSettings
from budkavle.plugins.protocols.personal_data import Ground, People, PersonalData

CORE_ROWS = (
    PersonalData(
        name="messages",
        title="Meddelanden och ärenden",
        purpose="Skicka, ta emot och handlägga meddelanden.",
        people=(People.CORRESPONDENTS, People.MENTIONED),
        data="Meddelandets text och bilagor, adresser, tider, kvittenser och vem som har läst.",
        kept=(
            "Tills de gallras: efter organisationens dagar eller brevlådans egna, eller när ärendet har legat i "
            "papperskorgen."
        ),
        special=True,
        kept_by=((MessageSettings, "retention_days"), (BinSettings, "bin_days")),
    ),
    PersonalData(
        name="accounts",
        title="Konton och behörigheter",
        purpose="Ge rätt person tillgång till rätt brevlådor.",
        people=(People.USERS,),
        data="Namn, e-postadress, roll, behörigheter, signatur, och hur personen loggar in.",
        kept=(
            "Så länge som kontot är öppet, och därefter så många dagar som organisationen har valt. Namnet står kvar, "
            "så att historiken går att läsa."
        ),
        kept_by=((ClosedAccountSettings, "retention_days"),),
    ),
    PersonalData(
        name="saved_searches",
        title="Sparade sökningar",
        purpose="Låta en person söka om utan att skriva orden igen.",
        people=(People.USERS, People.MENTIONED),
        data="Sökningens namn, ord och begränsningar. Bara den som sparade sökningen kan läsa dem.",
        kept="Tills personen tar bort sökningen eller kontot stängs.",
        special=True,
    ),
    PersonalData(
        name="sign_ins",
        title="Inloggning",
        purpose="Skydda konton och meddelanden mot obehöriga.",
        people=(People.USERS, People.SIGNERS),
        data=(
            "Vem som är inloggad, på vilket sätt och sedan när, misslyckade försök, och varifrån någon brukar logga in."
        ),
        kept="Så länge som inloggningen gäller. Försök och platser i högst 90 dagar.",
        kept_by=((SignOutSettings, "session_absolute_minutes"),),
    ),
    PersonalData(
        name="event_log",
        title="Händelselogg",
        purpose="Kunna visa vem som har läst, skickat, ändrat och gallrat.",
        people=(People.USERS,),
        data="Vem som gjorde vad, när, och med vilket ärende. Inget innehåll ur meddelanden.",
        kept="Så länge som organisationen finns här. En rad går inte att ändra eller ta bort.",
        ground=Ground.LEGAL_OBLIGATION,
        security="Varje rad är kedjad till den förra och kedjan är undertecknad, så att en ändring märks.",
    ),
    PersonalData(
        name="notices",
        title="Aviseringar",
        purpose="Berätta att något har hänt eller behöver göras.",
        people=(People.USERS, People.CORRESPONDENTS),
        data="E-postadress eller telefonnummer, och vad aviseringen gäller.",
        kept="Texten tills den har skickats. Att den skickades i högst 30 dagar.",
    ),
)
