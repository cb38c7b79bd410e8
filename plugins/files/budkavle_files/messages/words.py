"""The sentences about attaching and saving."""

EVENT_WORDS = {
    "files.attached": "{user} bifogade något ur Filer i ett meddelande",
    "files.saved-from-case": "{user} sparade en bilaga i Filer",
    "files.saved": "{by} sparade bilagor i Filer",
}
