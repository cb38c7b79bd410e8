"""The event log's sentences about uploads and downloads."""

EVENT_WORDS = {
    "files.guest-added": "En gäst lade till eller ersatte en fil",
    "files.zip-downloaded": "{user} hämtade {count} filer som ZIP",
}
