"""The sentences of the room's script by name, in Swedish; they are translated on use."""

from collections.abc import Callable
from typing import Any


def N_(sentence: str) -> str:  # noqa: N802 - the usual name of what marks a sentence for translation
    """Mark a sentence that is not recognisably Swedish."""
    return sentence


WORDS: dict[str, Any] = {
    "came": N_("{name} kom in."),
    "went": "{name} lämnade mötet.",
    "raised": "{name} räcker upp handen.",
    "knocks": "{name} väntar i lobbyn.",
    "oneWaits": "1 väntar i lobbyn",
    "manyWait": "{number} väntar i lobbyn",
    "leads": "leder mötet",
    "identified": "{method}, tillitsnivå {loa}",
    "sure": "Ta bort {name} ur mötet?",
    "lock": N_("Lås rummet"),
    "unlock": "Lås upp rummet",
    "micOn": "Mikrofon på",
    "micOff": N_("Mikrofon av"),
    "cameraOn": "Kamera på",
    "cameraOff": N_("Kamera av"),
    "screenOn": "Sluta dela skärm",
    "screenOff": N_("Dela skärm"),
    "handOn": N_("Ta ner handen"),
    "handOff": N_("Räck upp handen"),
    "muted": "Den som leder mötet stängde av din mikrofon. Du kan slå på den igen.",
    "picture": "Bild från {name}",
    "shares": "{name} delar sin skärm",
    "connecting": N_("Ansluter"),
    "trying": "Anslutningen bröts, försöker igen",
    "away": N_("Har tappat anslutningen"),
    "lostOne": "Anslutningen till {name} bröts. Den prövas igen.",
    "down": "Anslutningen bröts. Den prövas igen, och du behöver inte göra något.",
    "back": "Anslutningen är tillbaka.",
    "over": {
        "left": ("Du har lämnat mötet", "Kameran och mikrofonen är av."),
        "full": (
            "Rummet är fullt",
            "Sex personer är redan med, och fler ryms inte. Vänta tills någon lämnar och anslut igen.",
        ),
        "locked": ("Rummet är låst", "Den som leder mötet har låst rummet. Hör av dig till den som bjöd in dig."),
        "removed": (
            "Du är inte längre med i mötet",
            "Den som leder mötet har tagit bort dig eller inte släppt in dig.",
        ),
        "ended": ("Mötet är slut", "Rummet har stängt."),
        "elsewhere": (
            "Mötet är öppet i en annan flik",
            "Du är med där. Anslut igen om du vill vara med här i stället.",
        ),
        "stranger": ("Sidan är för gammal", "Gå tillbaka till mötets sida och anslut därifrån."),
    },
    "faults": {
        "audio": {
            "NotAllowedError": "Webbläsaren får inte använda mikrofonen. Tillåt den i adressfältet och slå på den här.",
            "NotFoundError": "Ingen mikrofon hittades. Du hör de andra, men de hör inte dig.",
            "NotReadableError": "Mikrofonen används av ett annat program. Stäng det och slå på mikrofonen här.",
            "other": "Mikrofonen gick inte att starta. Du hör de andra, men de hör inte dig.",
        },
        "video": {
            "NotAllowedError": "Webbläsaren får inte använda kameran. Tillåt den i adressfältet och slå på den här.",
            "NotFoundError": "Ingen kamera hittades. Du ser de andra, men de ser inte dig.",
            "NotReadableError": "Kameran används av ett annat program. Stäng det och slå på kameran här.",
            "other": "Kameran gick inte att starta. Du ser de andra, men de ser inte dig.",
        },
    },
}


def words(say: Callable[[str], str], words_of: Any = WORDS) -> Any:
    """Return the sentences in somebody's language."""
    if isinstance(words_of, str):
        return say(words_of)
    if isinstance(words_of, tuple):
        return [words(say, item) for item in words_of]
    return {name: words(say, item) for name, item in words_of.items()}
