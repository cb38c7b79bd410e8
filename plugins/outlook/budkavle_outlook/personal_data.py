"""Which personal data outlook handles: its rows of the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="drafts",
            title="Utkast från Outlook",
            purpose="Skicka det som står i ett utkast i Outlook som ett säkert meddelande.",
            people=(People.USERS,),
            data="Mottagare, ämne, text och bilagor i det utkast som användaren själv skickar.",
            kept="Som alla meddelanden, enligt organisationens gallring. I Outlook tas utkastet bort.",
            recipients="Inga. Sidorna visas i Outlook, men innehållet skickas inte dit.",
        ),
        PersonalData(
            name="guard",
            title="Varning i Outlook",
            purpose="Säga till om ett vanligt mejl vars mottagare kan få ett säkert meddelande i stället.",
            people=(People.USERS, People.CORRESPONDENTS),
            data="Mottagarnas e-postadresser. Mejlets text läses bara på den egna datorn.",
            kept="Sparas inte.",
            recipients="Inga.",
        ),
        PersonalData(
            name="sign_in",
            title="Inloggning i Outlook",
            purpose="Låta den som är inloggad i Outlook komma in utan att logga in igen.",
            people=(People.USERS,),
            data="Namn, e-postadress och användar-id i organisationens Microsoft-katalog.",
            kept="Under inloggningen, högst en timme. Kopplingen till kontot så länge som kontot har den.",
            recipients="Microsoft, som redan har uppgifterna. Inget ur meddelanden skickas.",
            third_countries=(
                "Microsoft kan behandla inloggningsuppgifter utanför EU och EES enligt organisationens eget"
                " avtal med Microsoft."
            ),
        ),
    ]
