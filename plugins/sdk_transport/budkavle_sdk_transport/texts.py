"""What codes and findings mean: for the case worker, at the fields of a form, and for the administrator."""

from collections.abc import Mapping, Sequence
from typing import Final

from budkavle import DeliveryState, Sentence, StateWords
from budkavle_sdk_transport.formats.findings import Detail, Finding
from budkavle_sdk_transport.formats.schema_validation import TEXT_TOO_LONG

REJECTED_BECAUSE: Final[Mapping[str, str]] = {
    Detail.STRUCTURE: "Mottagarens system kunde inte läsa meddelandet. Be er support titta på det.",
    Detail.INVARIANT: "Meddelandet bryter mot en regel i SDK. Be er support titta på det.",
    Detail.FORBIDDEN: "Mottagarens system hittade skadlig kod. Kontrollera bilagorna och skicka om utan dem.",
    Detail.TOO_LONG: "Meddelandet är för stort för mottagaren. Dela upp det i flera meddelanden.",
    Detail.DUPLICATE: "Mottagaren har redan tagit emot ett meddelande med samma nummer. Ring och fråga.",
    Detail.MULTIPLE_MATCHES: "Mottagaren har redan tagit emot ett meddelande med samma nummer. Ring och fråga.",
    Detail.NOT_FOUND: "Funktionsadressen finns inte hos mottagaren. Välj mottagaren på nytt i adressboken.",
    Detail.NOT_SUPPORTED: "Mottagaren tar inte emot den sortens fil eller svar. Skicka bilagorna som PDF.",
    Detail.SECURITY: "Mottagaren kunde inte lita på avsändaren eller underskriften. Be er support titta på det.",
}
"""A rejecting receipt's detaljkod, for the sender of the message; the receiver's own text is shown beside it."""

REFUSED_BECAUSE: Final[Mapping[str, str]] = {
    Detail.STRUCTURE: "det följer inte SDK:s format",
    Detail.INVARIANT: "det bryter mot en regel i SDK",
    Detail.FORBIDDEN: "en bilaga innehåller skadlig kod, vilket är en incident",
    Detail.TOO_LONG: "det är för stort",
    Detail.DUPLICATE: "ett meddelande med samma id har redan tagits emot",
    Detail.NOT_FOUND: "ingen brevlåda här har funktionsadressen. Koppla den till en brevlåda om den är er",
    Detail.NOT_SUPPORTED: "det har en fil av en sort som inte tas emot, eller svarar på ett misslyckat meddelande",
    Detail.SECURITY: "underskriften, krypteringen eller avsändaren går inte att lita på",
}
"""A finding's detaljkod, for the administrator of the one who received the message."""

FIELD_SENTENCES: Final[Mapping[str, str]] = {
    "subject": "Ämnet får ha högst 256 tecken.",
    "attachments": "Bilagorna går inte att skicka med SDK: {text}",
    "persons": "Personuppgiften är inte ifylld som SDK kräver: {text}",
    "references": "Referensen är inte ifylld som SDK kräver: {text}",
    "recipients": "Mottagaren går inte att nå med SDK: {text}",
    "body": "Meddelandet går inte att skicka med SDK: {text}",
}
TOO_LARGE: Final = "Meddelandet är för stort. Med filer får det vara högst {limit} MB. Skicka färre eller mindre."
EMPTY: Final = "Fyll i värdet eller ta bort raden."
LONG: Final = "Det får ha högst 256 tecken."
UNKNOWN: Final = "Mottagaren finns inte i SDK:s adressbok. Välj en mottagare där."

NOT_DELIVERED: Final = "Mottagarens accesspunkt gick inte att nå. Försök igen, eller ring mottagaren."
SENT_AGAIN: Final = "Mottagarens accesspunkt gick inte att nå. Meddelandet skickas en gång till av sig självt."
LOST: Final = "Accesspunkten känner inte till meddelandet längre. Försök igen, så lämnas det över på nytt."
NO_TRANSPORT_RECEIPT: Final = (
    "Accesspunkten har inte kunnat leverera meddelandet på {time}, men försöker kanske ännu. "
    "Ring mottagaren, eller försök igen."
)
NO_MESSAGE_RECEIPT: Final = (
    "Mottagarens accesspunkt har meddelandet, men mottagaren har inte kvitterat det på {time}. "
    "Ring och fråga. Försök igen skickar precis samma meddelande en gång till."
)
CONFIRMED_LATE: Final = (
    "Mottagaren har kvitterat meddelandet, men för sent. Välj Försök igen: då räknas kvittensen, och inget skickas."
)
CONTRADICTED_LATE: Final = (
    "Mottagaren har både kvitterat och avvisat meddelandet. Ring och fråga. "
    "Försök igen skickar precis samma meddelande en gång till."
)
WARNED: Final = "Mottagarens accesspunkt tog emot meddelandet, men varnade för något i det."
CONFIRMED: Final = "Mottagaren har redan tagit emot meddelandet."

STATES: Final[Mapping[DeliveryState, StateWords]] = {
    DeliveryState.SEND_IN_PROGRESS: StateWords(sentence="Lämnas just nu till accesspunkten."),
    DeliveryState.SEND_ENQUEUED: StateWords(sentence="Accesspunkten har tagit över det."),
    DeliveryState.WAITING_FOR_RECEIPT: StateWords(
        sentence="Framme hos mottagarens organisation, som ännu inte har kvitterat."
    ),
    DeliveryState.ACKNOWLEDGED: StateWords(sentence="Mottagaren har tagit emot meddelandet (kvittens accepterad)."),
    DeliveryState.ACKNOWLEDGED_WITH_WARNING: StateWords(
        sentence="Mottagaren har tagit emot meddelandet, med en anmärkning i kvittensen."
    ),
    DeliveryState.NOT_FOUND: StateWords(sentence="Accesspunkten känner inte till meddelandet."),
}
"""What the states of a delivery mean in SDK."""

CERTIFICATES_UNAVAILABLE: Final = "Ett paket väntar: avsändarens certifikat går inte att hämta. {error}"
PARCEL_FAILED: Final = (
    "Ett paket hos accesspunkten gick inte att ta emot. Det ligger kvar och prövas igen. Be er IT-avdelning "
    "läsa loggen."
)
PARCEL_LOST: Final = (
    "Ett paket bröts av när det hämtades, och accesspunkten har det inte kvar. Avsändaren får ingen kvittens och ser"
    " att det inte kom fram. Be accesspunktens operatör om dess logg, och avsändaren att skicka igen."
)
SCANNER_UNAVAILABLE: Final = "Ett paket väntar: bilagorna kan inte kontrolleras mot skadlig kod. {error}"
SCANNER_SILENT: Final = "Bilagorna kan inte kontrolleras mot skadlig kod just nu. Vi försöker igen."
HARMFUL_FILE: Final = "Filen {name} innehåller skadlig kod ({malware}). Ta bort den."
HARMFUL: Final = (
    "En bilaga innehåller skadlig kod ({malware}), så meddelandet har inte skickats. Skriv ett nytt utan den."
)
UNSCANNED: Final = (
    "Bilagorna har inte kontrollerats mot skadlig kod, eftersom virusskyddet inte svarade. "
    "Öppna dem bara om du väntar dem."
)
RECEIPT_REFUSED: Final = "En kvittens från {sender} går inte att lita på, och ändrar ingenting. {error}"
RECEIPT_STRANGE: Final = (
    "En kvittens kom från {sender} men är utställd av eller till någon annan ({other}), och ändrar ingenting."
)

_MULTIPLE: Final = 3
MOST_WORDS: Final = 1000
"""Characters of a receipt's own text that are shown; the receipt itself is kept whole."""
_PLACES: Final = (
    ("/sdk:person", "persons"),
    ("/sdk:reference", "references"),
    ("ContentFiles", "attachments"),
    ("ContentText", "body"),
    ("sdk:recipient", "recipients"),
    ("messageHeader/sdk:label", "subject"),
)


def hours(number: float) -> str:
    """Return a time in words: minutes below an hour, else hours."""
    if number < 1:
        return f"{max(1, round(number * 60))} min"
    return f"{number:g} h"


def field_of(finding: Finding) -> str:
    """Return the form field that a finding belongs to, told from its path."""
    if finding.detail is Detail.TOO_LONG:
        return "attachments"
    return next((field for place, field in _PLACES if place in finding.path), "body")


def at_field(finding: Finding, max_bytes: int) -> str:
    """Return the sentence at the field."""
    if finding.detail is Detail.TOO_LONG:
        return Sentence(TOO_LARGE, limit=max_bytes // 10**6)
    too_long = finding.rule == "SDK-CS-Reference" or finding.text == TEXT_TOO_LONG
    text = EMPTY if finding.rule == "SDK-Empty" else LONG if too_long else finding.text
    return Sentence(FIELD_SENTENCES[field_of(finding)], text=Sentence(text))


def reason_of(reason: Finding) -> str:
    """Return what a receipt's reason means; unknown codes are allowed in the network (test case 2.6.7)."""
    sentence = REJECTED_BECAUSE.get(reason.detail, "Mottagaren tog inte emot meddelandet.")
    shown = reason.text if len(reason.text) <= MOST_WORDS else f"{reason.text[:MOST_WORDS]}…"
    return (
        Sentence("{sentence} Mottagarens ord: {words}", sentence=Sentence(sentence), words=shown) if shown else sentence
    )


def refused(sender: str, findings: Sequence[Finding], why_silent: str | None) -> str:
    """Return the administrator's line about an incoming message that was not accepted."""
    codes = dict.fromkeys(f"{finding.cause} {finding.detail}" for finding in findings[:_MULTIPLE])
    reasons = dict.fromkeys(REFUSED_BECAUSE.get(finding.detail, finding.text) for finding in findings[:_MULTIPLE])
    because = Sentence(why_silent) if why_silent else Sentence.joined(reasons, by="; ")
    sentence = "Ingen kvittens skickas." if why_silent else "Avsändaren får besked."
    told = Sentence.joined([because, f"({', '.join(codes)})" if codes else "", sentence])
    return Sentence("Ett SDK-meddelande från {sender} togs inte emot: {told}", sender=sender, told=told)
