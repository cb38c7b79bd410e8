"""The cover page: sender, recipient, date, number of pages, and the text."""

import re
from dataclasses import dataclass
from datetime import date

from budkavle_fax.documents.typesetting import printable, typeset
from budkavle_fax.language import Say
from budkavle_fax.numbers.formats import shown

NOTE = "Innehåller känsliga uppgifter. Har faxet kommit fel: läs det inte, ring avsändaren och förstör det."
WORDS = ("FAX", "Antal sidor", "Till", "Från", "Datum")


@dataclass(frozen=True, slots=True)
class Cover:
    """The content of a cover page.

    Attributes:
        organisation: The sender's organisation.
        mailbox: The mailbox that sends.
        number: The sender's own fax number, E.164; empty if the mailbox has none.
        recipient: The recipient's name; empty if only the number is known.
        to: The recipient's number, E.164.
        note: A note about sensitive content; empty for none.
        language: The language of the cover's own words, such as `sv`.
    """

    organisation: str
    mailbox: str
    number: str
    recipient: str
    to: str
    on: date
    subject: str
    body: str
    note: str = NOTE
    language: str = "sv"


def translated(cover: Cover, say: Say) -> dict[str, str]:
    """Return translations of the cover's own words, for a process that only receives data."""
    return {word: say(word) for word in (*WORDS, cover.note) if word}


def cover_page(cover: Cover, document_pages: int, say: Say = str) -> bytes:
    """Return the cover as a PDF. Long text continues on more pages, and the page count includes all of them."""
    to = f"{cover.recipient}, {shown(cover.to)}" if cover.recipient else shown(cover.to)
    sender = f"{cover.mailbox}, {shown(cover.number)}" if cover.number else cover.mailbox
    values = {
        "language": cover.language,
        "words": {"fax": say("FAX"), "pages": say("Antal sidor")},
        "organisation": printable(cover.organisation),
        "facts": [
            (say("Till"), printable(to)),
            (say("Från"), printable(sender)),
            (say("Datum"), cover.on.isoformat()),
        ],
        "document_pages": document_pages,
        "note": say(cover.note) if cover.note else "",
        "subject": printable(cover.subject),
        "paragraphs": [part for part in re.split(r"\n[ ]*\n", printable(cover.body)) if part.strip()],
    }
    return typeset("cover.typ", values)
