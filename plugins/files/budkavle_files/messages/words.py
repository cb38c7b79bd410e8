"""What the ways between files and messages say of themselves."""

EVENT_WORDS = {
    "files.attached": "{user} bifogade något ur Filer i ett meddelande",
    "files.saved-from-case": "{user} sparade en bilaga i Filer",
    "files.saved": "{by} sparade bilagor i Filer",
}
