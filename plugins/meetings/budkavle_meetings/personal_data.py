"""Which personal data meetings handle: their rows of the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="meetings",
            title="Möten",
            purpose="Boka möten, bjuda in deltagare, och släppa in den som har visat vem den är.",
            people=(People.USERS, People.CORRESPONDENTS),
            data=(
                "Deltagarnas namn, e-postadress, mobilnummer och personnummer där de behövs för legitimeringen, mötets"
                " tid och text, och när var och en kom och gick."
            ),
            kept="Ett år efter mötet; det som står i ärendets logg så länge som ärendet.",
        ),
        PersonalData(
            name="appointments",
            title="Bokade tider",
            purpose="Låta människor boka, flytta och avboka ett möte med en funktionsbrevlåda, och påminna dem.",
            people=(People.CORRESPONDENTS,),
            data="Namn, e-postadress, mobilnummer och personnummer där det behövs, tiden, och vad mötet gäller.",
            kept="Ett år efter mötet. En tid som aldrig bekräftades glöms efter ett dygn.",
        ),
        PersonalData(
            name="room",
            title="Mötesrummet",
            purpose="Låta deltagarna se, höra och skriva till varandra.",
            people=(People.USERS, People.CORRESPONDENTS),
            data=(
                "Nätadresser som webbläsarna säger till varandra, vem som är i rummet, och chatten. Bild och ljud går"
                " mellan deltagarna, passerar inte servern och spelas inte in."
            ),
            kept=(
                "Nätadresser två minuter. Chatten tills mötet är slut, eller så länge som mötet står i ärendet om den"
                " sparas där."
            ),
        ),
    ]
