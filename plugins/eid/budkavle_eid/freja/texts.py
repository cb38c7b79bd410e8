"""What Freja's statuses and error codes mean to the person who waits, and what to do; Swedish sentences as keys."""

from typing import Final

SCAN: Final = "Öppna Freja-appen, välj att skanna och rikta kameran mot QR-koden."
OPEN: Final = "Legitimera dig i Freja på den här enheten."
LEGITIMATE: Final = "Legitimera dig i Freja-appen, med din kod eller på det sätt som du brukar."
WAITING: Final = "Freja svarar inte just nu. Vi försöker igen."
FAILED: Final = {
    "CANCELED": "Legitimeringen avbröts i Freja-appen, eller för att en annan legitimering började. Börja om.",
    "RP_CANCELED": "Legitimeringen avbröts härifrån. Börja om.",
    "EXPIRED": "Du hann inte legitimera dig i tid. Börja om och ha Freja-appen framme.",
    "REJECTED": "Freja släppte inte fram legitimeringen. Öppna Freja-appen, se om den säger varför, och börja om.",
}
"""By final status."""
PENDING: Final = {"STARTED", "DELIVERED_TO_MOBILE", "OPENED"}

OURS: Final = (
    "Freja tar inte emot våra frågor just nu. Felet är vårt och inte ditt. Välj ett annat sätt, eller säg till din "
    "administratör."
)
DOWN: Final = "Freja svarar inte just nu. Försök igen om en stund, eller välj ett annat sätt."
STRANGE: Final = (
    "Freja svarade på ett sätt som vi inte kan lita på. Försök igen om en stund, eller välj ett annat sätt."
)
NO_EMPLOYEE: Final = "Du har ingen Organisations-eID i Freja som gäller här. Be din organisation om en."
ERRORS: Final = {
    1005: "Du har spärrat den här tjänsten i Freja-appen. Häv spärren där och börja om.",
    1012: "Freja känner inte till någon med de uppgifterna. Hämta Freja-appen, eller välj ett annat sätt.",
    2000: "Freja stoppade legitimeringen för att en tidigare nekades. Vänta en stund och börja om.",
    4000: NO_EMPLOYEE,
    4001: NO_EMPLOYEE,
    4002: NO_EMPLOYEE,
    4003: NO_EMPLOYEE,
    4004: NO_EMPLOYEE,
    4005: NO_EMPLOYEE,
    4006: NO_EMPLOYEE,
}
"""By error code; of the others (1001 to 1010, 1100, 2002 ...) the fault is ours."""

OTHER_NETWORK: Final = (
    "Freja-appen och webbläsaren fanns på olika nät, och då går det inte att legitimera sig på samma enhet. "
    "Börja om och skanna QR-koden i stället."
)
OTHER_PERSON: Final = "Personnumret i din Freja är inte det som meddelandet är till. Legitimera dig som rätt person."
NO_NUMBER: Final = "Freja lämnade inget svenskt personnummer, och det behövs här. Välj ett annat sätt."
LEVEL: Final = "Din Freja har inte den tillitsnivå som behövs. Höj den i Freja-appen, eller välj ett annat sätt."
OVER: Final = "Legitimeringen är redan använd eller har gått ut. Börja om."

SAME_DEVICE: Final = "Freja på den här enheten"
OTHER_DEVICE: Final = "Freja på en annan enhet"


def refused(code: int) -> str:
    """Return what to tell when a call was refused."""
    return ERRORS.get(code, OURS)
