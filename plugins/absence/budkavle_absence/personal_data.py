"""The personal data that absence handles, for the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="absence",
            title="Frånvaro och automatiska svar",
            purpose="Berätta för den som skriver att mottagaren är borta.",
            people=(People.USERS, People.CORRESPONDENTS),
            data=("Tider för frånvaro, texten i det automatiska svaret, och vilka som redan har fått svaret."),
            kept=(
                "Svaren på en frånvaro tills frånvaron är slut; tiderna tills användaren ändrar dem eller "
                "kontot tas bort."
            ),
        ),
    ]
