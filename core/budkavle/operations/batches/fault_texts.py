"""Texts of the health page for faults that stop a worker."""

from budkavle.storage import corruption

FAULTS = {
    "lane": (
        (
            "{label} har inte svarat sedan {at}, så det som ska skickas dit väntar. "
            "{count} hänger (bakgrundstjänsten {worker})."
        ),
        "Kontrollera tjänsten eller tillägget. Starta om bakgrundstjänsten när det svarar igen.",
    ),
    "destination": (
        "{label}: {destination} går inte att nå sedan {at} (bakgrundstjänsten {worker}). Det som ska dit väntar.",
        "Kontrollera att servern eller mottagarens system svarar. Det som väntar skickas då av sig självt.",
    ),
    "peer": (
        "{label} går inte att nå sedan {at} (bakgrundstjänsten {worker}). Det som ska skickas dit väntar.",
        "Kontrollera tjänsten. Det som väntar skickas av sig självt när den svarar igen.",
    ),
    "reading": ("Bakgrundstjänsten {worker} kan inte läsa det som ska skickas, sedan {at}. Det väntar.", ""),
}
"""Faults that may stop a worker (see `worker_faults`): the sentence, and what to do."""
READING = {
    corruption.KEYS: "Kontrollera att nyckelfilen på den datorn är installationens, och starta om bakgrundstjänsten.",
    corruption.STORE: "Kontrollera att lagringen av filer (storage) är installationens och svarar på den datorn.",
    corruption.DATABASE: (
        "Kontrollera att tabellerna är uppdaterade och att bakgrundstjänsten är av samma version. Starta om den."
    ),
    corruption.PROGRAM: (
        "Kontrollera att bakgrundstjänsten är av samma version som de andra, och starta om den. Se dess logg."
    ),
}
"""What to do if a worker cannot read, by cause."""
