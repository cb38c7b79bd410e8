"""The texts for BankID's hint and error codes, with what to do; Swedish translation keys.

The codes are those of the RP interface 6.0; other codes have a general text.
"""

from typing import Final

SCAN: Final = "Öppna BankID-appen, tryck på QR-ikonen och skanna koden."
OPEN: Final = "Legitimera dig i BankID på den här enheten."
LEGITIMATE: Final = "Legitimera dig i BankID-appen, med din säkerhetskod eller på det sätt som du brukar."
GO_BACK: Final = "Klart i BankID-appen. Gå tillbaka till webbläsaren där du började."
WAITING: Final = "BankID svarar inte just nu. Vi försöker igen."

PENDING: Final = {
    "outstandingTransaction": SCAN,
    "noClient": SCAN,
    "started": "BankID-appen letar efter ditt BankID. Finns det inget i appen kan du hämta ett hos din bank.",
    "userMrtd": "Läs av ditt pass eller nationella id-kort med BankID-appen.",
    "userCallConfirm": "Svara i BankID-appen på om du talar i telefon med oss.",
    "userSign": LEGITIMATE,
    "processing": "BankID arbetar. Vänta en liten stund.",
}
"""By hint code of a pending order."""
UNKNOWN_PENDING: Final = "Legitimeringen pågår. Fortsätt i BankID-appen."

TOO_LATE: Final = "Du hann inte legitimera dig i tid. Börja om och ha BankID-appen framme."
FAILED: Final = {
    "expiredTransaction": TOO_LATE,
    "startFailed": TOO_LATE,
    "certificateErr": "BankID:t går inte att använda här: det är spärrat, har gått ut, är av fel sort eller tillhör "
    "någon annan än den som ska legitimera sig. Pröva ett annat BankID, eller hämta ett nytt hos din bank.",
    "userCancel": "Du avbröt i BankID-appen. Börja om om du vill legitimera dig.",
    "cancelled": "Legitimeringen avbröts, troligen för att en annan legitimering började samtidigt. Börja om.",
    "userDeclinedCall": "Du svarade i BankID-appen att du inte talar i telefon med oss, och legitimeringen avbröts.",
    "notSupportedByUserApp": "Din BankID-app är för gammal. Uppdatera den och börja om.",
    "transactionRiskBlocked": "BankID stoppade legitimeringen för att något såg osäkert ut. Fick du en länk eller en "
    "kod av någon annan så avbryt kontakten. Annars börja om.",
}
"""By hint code of a failed order."""
UNKNOWN_FAILED: Final = "BankID kunde inte legitimera dig. Börja om, eller välj ett annat sätt."

OURS: Final = (
    "BankID tar inte emot våra frågor just nu. Felet är vårt och inte ditt. Välj ett annat sätt, eller säg till din "
    "administratör."
)
DOWN: Final = "BankID svarar inte just nu. Försök igen om en stund, eller välj ett annat sätt."
STRANGE: Final = (
    "BankID svarade på ett sätt som vi inte kan lita på. Försök igen om en stund, eller välj ett annat sätt."
)
ERRORS: Final = {
    "alreadyinprogress": "En legitimering eller underskrift med ditt BankID pågår redan, och den har nu avbrutits. "
    "Börja om.",
    "requesttimeout": DOWN,
    "internalerror": DOWN,
    "maintenance": DOWN,
    "toomanyrequests": DOWN,
    "invalidparameters": OURS,
    "unauthorized": OURS,
    "notfound": OURS,
    "methodnotallowed": OURS,
    "unsupportedmediatype": OURS,
}
"""By errorCode of a refused call, in lower case, since BankID's own spelling varies."""

RISK: Final = (
    "BankID bedömer att legitimeringen kan vara osäker, och vi släpper därför inte in någon med den. "
    "Fick du en länk eller en kod av någon annan så avbryt kontakten. Annars välj ett annat sätt."
)
OTHER_NETWORK: Final = (
    "BankID-appen och webbläsaren fanns på olika nät, och då går det inte att legitimera sig på samma enhet. "
    "Börja om och skanna QR-koden i stället."
)
OTHER_PERSON: Final = "Personnumret i ditt BankID är inte det som meddelandet är till. Legitimera dig som rätt person."
UNPROVEN: Final = (
    "Underskriften från BankID gick inte att lita på, så ingen har släppts in. Börja om, eller välj ett annat sätt. "
    "Händer det igen, säg till din administratör."
)
REVOKED: Final = "Ditt BankID är spärrat. Hämta ett nytt hos din bank, eller välj ett annat sätt."
WRONG_KIND: Final = "Ditt BankID är av fel sort. Använd Mobilt BankID, eller välj ett annat sätt."
OVER: Final = "Legitimeringen är redan använd eller har gått ut. Börja om."

SAME_DEVICE: Final = "BankID på den här enheten"
OTHER_DEVICE: Final = "BankID på en annan enhet"

VISIBLE: Final = {
    "sv": (
        "Du legitimerar dig på {host}. Avbryt om du inte själv har öppnat den sidan, eller om någon har bett dig att "
        "legitimera dig."
    ),
    "en": (
        "You identify yourself at {host}. Cancel if you have not opened that page yourself, or if somebody has asked "
        "you to identify yourself."
    ),
}
"""The text that the app shows with the purpose, by the person's language."""
PURPOSE: Final = {"sv": "Logga in", "en": "Sign in"}


def pending(hint: str) -> str:
    """Return the text for a pending order."""
    return PENDING.get(hint, UNKNOWN_PENDING)


def failed(hint: str) -> str:
    """Return the text for a failed order."""
    return FAILED.get(hint, UNKNOWN_FAILED)


def refused(code: str) -> str:
    """Return the text for a refused call."""
    return ERRORS.get(code.lower(), STRANGE)


def visible(language: str, purpose: str, host: str) -> str:
    """Return the text that the app shows: the purpose, the host, and when to cancel."""
    language = language if language in VISIBLE else "sv"
    where = VISIBLE[language].format(host=host) if host else ""
    return f"{purpose or PURPOSE[language]}\n\n{where}".strip()
