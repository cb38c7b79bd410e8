"""The personal data that templates handle, for the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the row."""
    return [
        PersonalData(
            name="templates",
            title="Mallar för meddelanden",
            purpose="Låta den som skriver börja med en färdig text.",
            people=(People.USERS,),
            data="Mallens namn, ämne och text, och vem som ändrade den och när.",
            kept=(
                "Tills någon tar bort mallen. En brevlådas mallar förstörs med brevlådan, och en persons egna inom ett "
                "dygn efter att kontot har stängts."
            ),
        )
    ]
