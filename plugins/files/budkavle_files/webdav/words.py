"""The event log's sentences about WebDAV, and its personal data."""

from budkavle.organisation import People, PersonalData

EVENT_WORDS = {
    "files.password-made": "{user} skapade ett applösenord för Filer på datorn",
    "files.password-ended": "{user} tog bort ett applösenord för Filer på datorn",
    "files.access-ended": "Applösenord ({passwords}) och gästers länkar ({links}) avslutades efter en återställning",
    "files.properties-changed": "{user} ändrade vad datorns program noterar om något i Filer",
}


def personal_data() -> list[PersonalData]:
    """Return the rows of the register of processing."""
    return [
        PersonalData(
            name="webdav",
            title="Filer på datorn",
            purpose="Låta den som vill öppna sina filer från datorns egna program.",
            people=(People.USERS,),
            data=(
                "Applösenord: vad de kallas, ett avtryck av dem, tillitsnivå, slut och när de senast användes; vad"
                " datorns program säger om sig själva när de låser en fil, och vad de noterar om den, krypterat."
            ),
            kept=(
                "Applösenord tills de tas bort, och en månad efter deras slut; lås en timme efter att de förnyades;"
                " det som program noterar lika länge som filen."
            ),
        ),
    ]
