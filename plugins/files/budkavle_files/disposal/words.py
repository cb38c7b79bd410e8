"""The event log's sentences about retention."""

EVENT_WORDS = {
    "files.retention-changed": "{user} ändrade när filerna i en katalog försvinner",
    "files.disposed": "Något i Filer gallrades efter {days} dagar",
}
