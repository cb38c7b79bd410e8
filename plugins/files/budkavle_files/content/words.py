"""What the bytes say of themselves in the event log."""

EVENT_WORDS = {
    "files.zip-downloaded": "{user} hämtade {count} filer som ZIP",
}
