"""What the codes of a receipt mean for a case worker, and what to do; what a finding means at a form's field."""

from budkavle_sdk_transport.findings import Detail, Finding

REJECTED_BECAUSE: dict[str, str] = {
    Detail.STRUCTURE: "Mottagarens system kunde inte läsa meddelandet. Be er support titta på det.",
    Detail.INVARIANT: "Meddelandet bryter mot en regel i SDK. Be er support titta på det.",
    Detail.FORBIDDEN: "Mottagarens system hittade skadlig kod. Kontrollera bilagorna och skicka om utan dem.",
    Detail.TOO_LONG: "Meddelandet är för stort för mottagaren. Dela upp det i flera meddelanden.",
    Detail.DUPLICATE: "Mottagaren har redan tagit emot ett meddelande med samma nummer. Ring och fråga om det kom fram.",
    Detail.MULTIPLE_MATCHES: "Mottagaren har redan tagit emot ett meddelande med samma nummer. Ring och fråga.",
    Detail.NOT_FOUND: "Funktionsadressen finns inte hos mottagaren. Välj mottagaren på nytt i adressboken.",
    Detail.NOT_SUPPORTED: "Mottagaren tar inte emot den sortens fil eller svar. Skicka bilagorna som PDF.",
    Detail.SECURITY: "Mottagaren kunde inte lita på avsändaren eller underskriften. Be er support titta på det.",
}
"""By detaljkod; the receiver's own text is shown beside it."""

FIELD_SENTENCES: dict[str, str] = {
    "subject": "Ämnet får ha högst 256 tecken.",
    "attachments": "Bilagorna går inte att skicka med SDK: {text}",
    "persons": "Personuppgiften är inte ifylld som SDK kräver: {text}",
    "references": "Referensen är inte ifylld som SDK kräver: {text}",
    "recipients": "Mottagaren går inte att nå med SDK: {text}",
    "body": "Meddelandet går inte att skicka med SDK: {text}",
}

_PLACES = (
    ("person", "persons"),
    ("reference", "references"),
    ("ContentFiles", "attachments"),
    ("ContentText", "body"),
    ("recipient", "recipients"),
    ("messageHeader/sdk:label", "subject"),
)


def field_of(finding: Finding) -> str:
    """Return the form field that a finding belongs to, told from its path."""
    if finding.detail is Detail.TOO_LONG:
        return "attachments"
    return next((field for place, field in _PLACES if place in finding.path), "body")


def reason_of(code: str) -> str:
    """Return the sentence for a detaljkod; unknown codes are allowed in the network (test case 2.6.7)."""
    return REJECTED_BECAUSE.get(code, "Mottagaren tog inte emot meddelandet.")
