"""What the bytes say of themselves in the event log."""

EVENT_WORDS = {
    "files.guest-added": "En gäst lade till eller ersatte en fil",
    "files.zip-downloaded": "{user} hämtade {count} filer som ZIP",
}
