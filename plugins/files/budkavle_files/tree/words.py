"""The event log's sentences about the tree, and its personal data."""

from budkavle.organisation import People, PersonalData

EVENT_WORDS = {
    "files.catalogue-created": "{user} skapade en katalog",
    "files.file-added": "{user} lade till en fil",
    "files.note-added": "{user} lade till en anteckning",
    "files.version-added": "{user} lade till en ny version",
    "files.version-restored": "{user} återställde en tidigare version",
    "files.renamed": "{user} ändrade ett namn i Filer",
    "files.settings-changed": "{user} ändrade inställningarna för något i Filer",
    "files.moved": "{user} flyttade något i Filer",
    "files.copied": "{user} kopierade något i Filer",
    "files.shared": "{user} delade något i Filer",
    "files.share-changed": "{user} ändrade en delning i Filer",
    "files.share-ended": "En delning i Filer avslutades",
    "files.deleted": "{user} lade något i Filers papperskorg",
    "files.restored": "{user} återställde något från Filers papperskorg",
    "files.destroyed": "Något i Filer förstördes",
    "files.not-readable": "{user} försökte öppna något i Filer utan att få läsa det, och nekades",
    "files.not-there": "{user} frågade efter något i Filer som inte finns här ({asked})",
}


def personal_data() -> list[PersonalData]:
    """Return the rows of the register of processing."""
    return [
        PersonalData(
            name="files",
            title="Filer",
            purpose="Förvara och dela filer och anteckningar som hör till arbetet.",
            people=(People.USERS, People.MENTIONED),
            data=(
                "Namn på kataloger, filer och anteckningar, och deras innehåll, krypterat; vem som har lagt till,"
                " ändrat och tagit bort; med vem något är delat, och tills när."
            ),
            kept=(
                "Tills någon tar bort det och papperskorgens dagar har gått, eller tills det gallras efter de dagar"
                " eller den handlingstyp som organisationen eller en katalog har; delningar tills de slutar."
            ),
        ),
    ]
